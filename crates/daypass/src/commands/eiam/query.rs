//! `query-permissions`: its flags that name the resource are the resource's name in ours.

use std::ffi::OsString;

use super::Defaults;
use super::flags::{Flag, Line};
use crate::error::Error;

pub(super) fn translate(
    mut line: Line,
    rest: &[OsString],
    defaults: &Defaults,
) -> Result<Vec<OsString>, Error> {
    line.read(rest)?;
    let mut words = [line.data(defaults)?, vec!["query-permissions".into()]].concat();
    if line.words.is_empty() {
        return Ok(words);
    }
    let kind = line.words.remove(0);
    let (ours, name, flags): (_, _, &[Flag]) = match kind.to_str().unwrap_or_default() {
        "compute-instance" => (
            "compute-instance",
            Flag::Instance,
            &[
                Flag::Project,
                Flag::Zone,
                Flag::ServiceAccount,
                Flag::Reason,
            ],
        ),
        "project" => (
            "project",
            Flag::Project,
            &[Flag::ServiceAccount, Flag::Reason],
        ),
        "pubsub" => (
            "pubsub-topic",
            Flag::Topic,
            &[Flag::Project, Flag::ServiceAccount, Flag::Reason],
        ),
        // Here `-s` is what is asked about, and not whom to ask as.
        "service-account" => ("service-account", Flag::ServiceAccount, &[Flag::Project]),
        "storage-bucket" => (
            "bucket",
            Flag::Bucket,
            &[Flag::ServiceAccount, Flag::Reason],
        ),
        // A kind of ours, or none: ours knows.
        _ => {
            let flags = line.take(&[
                Flag::Project,
                Flag::Zone,
                Flag::ServiceAccount,
                Flag::Reason,
            ]);
            words.push(kind);
            return Ok([words, line.words, flags].concat());
        }
    };
    words.push(ours.into());
    let mut names = line.values(name);
    if names.is_empty() && name == Flag::Project {
        names.extend(defaults.project.as_ref().map(OsString::from));
    }
    let flags = line.take(flags);
    Ok([words, names, line.words, flags].concat())
}
