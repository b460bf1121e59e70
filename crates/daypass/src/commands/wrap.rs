//! `daypass gcloud|kubectl|cloud-sql-proxy`: one tool in a session of its own.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use daypass_session::arguments::{ArgumentError, OwnFlags, Tool, split};

use super::{Context, assume};
use crate::cli::{SessionArguments, WrappedArguments, wrapped};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

/// The first version of the Cloud SQL proxy, and the second.
const PROXY_1: &str = "cloud_sql_proxy";
const PROXY_2: &str = "cloud-sql-proxy";

pub(super) fn run(
    context: &Context,
    tool: Tool,
    arguments: &WrappedArguments,
) -> Result<Exit, Error> {
    let (typed, line) = arguments
        .line
        .split_first()
        .map_or((OsStr::new(tool.name()), &[][..]), |(name, rest)| {
            (name.as_os_str(), rest)
        });
    let split = match split(tool, line) {
        Ok(split) => split,
        Err(error) => return Ok(refused(&error)),
    };
    if split.own.help {
        output::print(&wrapped::help(typed))?;
        return Ok(Exit::Done);
    }
    let own = split.own;
    let context = context.with(own.server.clone(), own.yes, own.non_interactive);
    let program = program(tool, typed);
    Ok(assume::run_inside(
        &context,
        &session(own),
        program,
        split.rest,
    ))
}

/// A line that cannot be read is a usage error beside the tool's own codes.
fn refused(error: &ArgumentError) -> Exit {
    output::error(&Error::Usage {
        message: error.to_string(),
        hint: error.hint(),
    });
    Exit::Usage.beside_a_program()
}

fn session(own: OwnFlags) -> SessionArguments {
    SessionArguments {
        service_account: own.service_account.map(|account| account.to_string()),
        reason: own.reason,
        duration: own.lasts,
        renew: own.renew,
        project: own.project,
        metadata: None,
        direct: own.direct,
        brokered: own.brokered,
        entitlement: own.entitlement,
    }
}

/// The program to start: of the Cloud SQL proxy the version that was typed, else the other if that is what there is.
fn program(tool: Tool, typed: &OsStr) -> OsString {
    if tool != Tool::CloudSqlProxy {
        return tool.name().into();
    }
    let wanted = [
        if typed == PROXY_1 { PROXY_1 } else { PROXY_2 },
        PROXY_2,
        PROXY_1,
    ];
    let found = wanted.into_iter().find(|name| on_path(name).is_some());
    found.unwrap_or(wanted[0]).into()
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
