//! ephemeral-iam's form: its flags behind the tool's command, but before `--`.

use std::ffi::OsString;

use super::own::Flag;
use super::{ArgumentError, OwnFlags, address};

/// When the flags are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum If {
    /// One of them names an account; else all of them are the tool's.
    AnAccountIsNamed,
    /// In any case.
    Always,
}

/// One of the flags in the line.
struct Taken<'a> {
    flag: Flag,
    /// Empty for a switch.
    value: &'a str,
    /// How many arguments it takes up.
    arguments: usize,
}

/// Takes the flags away and returns the others.
pub(super) fn read(
    own: &mut OwnFlags,
    arguments: &[OsString],
    condition: If,
) -> Result<Vec<OsString>, ArgumentError> {
    let dashes = arguments.iter().position(|argument| argument == "--");
    let (before, behind) = arguments.split_at(dashes.unwrap_or(arguments.len()));
    let (taken, mut rest) = sort(before);
    let names_an_account = taken.iter().any(|taken| taken.flag == Flag::ServiceAccount);
    if condition == If::AnAccountIsNamed && !names_an_account {
        return Ok(arguments.to_vec());
    }
    for Taken { flag, value, .. } in taken {
        if flag.is_switch() {
            own.switch_on(flag);
        } else {
            own.set(flag, value)?;
        }
    }
    rest.extend_from_slice(behind);
    Ok(rest)
}

fn sort(before: &[OsString]) -> (Vec<Taken<'_>>, Vec<OsString>) {
    let (mut taken, mut rest) = (Vec::new(), Vec::new());
    let mut left = before;
    while let Some((argument, behind)) = left.split_first() {
        let next = behind.first().and_then(|next| next.to_str());
        match argument.to_str().and_then(|text| flag_of(text, next)) {
            Some(found) => {
                left = left.get(found.arguments..).unwrap_or_default();
                taken.push(found);
            }
            None => {
                rest.push(argument.clone());
                left = behind;
            }
        }
    }
    (taken, rest)
}

/// Which flag begins here, if its value has the form by which we know that it is not the tool's.
fn flag_of<'a>(text: &'a str, next: Option<&'a str>) -> Option<Taken<'a>> {
    if text == "-y" || text == "--yes" {
        return Some(Taken {
            flag: Flag::Yes,
            value: "",
            arguments: 1,
        });
    }
    let (flag, attached) = named(text)?;
    let value = attached.or(next)?;
    let has_its_form = match flag {
        Flag::ServiceAccount => address::account(value).is_some(),
        Flag::Project => address::is_project(value),
        // `--reason=-x` can be nothing else; `-R -f` is kubectl's own `-R`.
        _ => attached.is_some() || !value.starts_with('-'),
    };
    has_its_form.then_some(Taken {
        flag,
        value,
        arguments: if attached.is_some() { 1 } else { 2 },
    })
}

/// The flag of a name, with the value that is in the same argument.
fn named(text: &str) -> Option<(Flag, Option<&str>)> {
    if let Some(long) = text.strip_prefix("--") {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (long, None),
        };
        let flag = match name {
            "service-account-email" => Flag::ServiceAccount,
            "reason" => Flag::Reason,
            "project" => Flag::Project,
            _ => return None,
        };
        return Some((flag, value));
    }
    let (letter, attached) = text.strip_prefix('-')?.split_at_checked(1)?;
    let flag = match letter {
        "s" => Flag::ServiceAccount,
        "R" => Flag::Reason,
        "p" => Flag::Project,
        _ => return None,
    };
    match (attached.strip_prefix('='), flag) {
        _ if attached.is_empty() => Some((flag, None)),
        // `-p=5432` is a port of the proxy, which is not the form of a project.
        (Some(value), _) => Some((flag, Some(value))),
        (None, Flag::ServiceAccount) => Some((flag, Some(attached))),
        // `-Rf` is kubectl's `-R -f`, and `-projects` a flag of the proxy.
        (None, _) => None,
    }
}
