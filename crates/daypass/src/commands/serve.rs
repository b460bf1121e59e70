//! `daypass serve`: the server.

use std::fmt::Write as _;
use std::path::Path;

use daypass_core::resource::KINDS;

use super::signals::told_to_end;
use crate::cli::{KeysArguments, KeysCommand, ServeArguments};
use crate::configuration::{Configuration, make_key};
use crate::error::Error;
use crate::exit::Exit;
use crate::{output, wiring};

/// Runs the server until it is told to end.
pub(super) fn run(arguments: &ServeArguments) -> Result<Exit, Error> {
    let configuration = Configuration::load(&arguments.config)?;
    super::log::to_stderr(arguments.log_format);
    #[cfg(feature = "crash-points")]
    crash_where_told();
    on_all_cores(async {
        let running = wiring::start(&configuration, None, None).await?;
        output::talk(&format!("Daypass listens on http://{}", running.address));
        running.until(told_to_end()?).await?;
        Ok(Exit::Done)
    })
}

/// `DAYPASS_CRASH_AT=after-set:2` makes the server die the third time that it comes to that place.
#[cfg(feature = "crash-points")]
fn crash_where_told() {
    let Ok(told) = std::env::var("DAYPASS_CRASH_AT") else {
        return;
    };
    let (name, passes) = told.split_once(':').unwrap_or((&told, "0"));
    let known = daypass_engine::crash::POINTS.contains(&name);
    match passes.parse() {
        Ok(passes) if known => daypass_engine::crash::choose(name, passes),
        _ => tracing::error!(told, "DAYPASS_CRASH_AT names no place"),
    }
}

/// Runs work that serves many at once.
pub(super) fn on_all_cores<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// `daypass keys new`: a new key to prove bindings with.
pub(super) fn keys(arguments: &KeysArguments) -> Result<Exit, Error> {
    let KeysCommand::New { dir } = &arguments.command;
    let is_first = !dir.join("current").exists();
    let id = new_key(dir)?;
    let folder = dir.display();
    output::talk(&if is_first {
        format!("The key {id} is current now. Back {folder} up: it proves which bindings are ours.")
    } else {
        format!("The key {id} is current now; the older ones in {folder} still verify.")
    });
    Ok(Exit::Done)
}

pub(super) fn new_key(folder: &Path) -> Result<String, Error> {
    let id = make_key(folder, &daypass_google::OsRandom)?;
    Ok(id.as_str().to_owned())
}

/// The table of resource kinds, for `daypass doctor --resource-kinds`.
pub(super) fn resource_kinds() -> String {
    let mut text = String::new();
    for kind in KINDS {
        let conditions = match kind.conditions {
            daypass_core::resource::ConditionSupport::Yes => "ends by itself",
            daypass_core::resource::ConditionSupport::IfUniformBucketLevelAccess => {
                "ends by itself with uniform bucket-level access"
            }
            daypass_core::resource::ConditionSupport::No => "takes no conditions: refused",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<24} {:<62} {conditions}", kind.name, kind.pattern);
    }
    text
}
