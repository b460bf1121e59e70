//! `daypass gcloud|kubectl|cloud-sql-proxy`: one tool in a session of its own.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use daypass_session::arguments::{ArgumentError, OwnFlags, Tool, split};

use super::{Context, assume};
use crate::cli::{SessionArguments, TokenArguments, WrappedArguments, wrapped};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;
use crate::settings::{Settings, executable_on_path};

/// The first version of the Cloud SQL proxy.
const PROXY_1: &str = "cloud_sql_proxy";

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
    let program = program(tool, typed)?;
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
        token: TokenArguments {
            service_account: own.service_account.map(|account| account.to_string()),
            reason: own.reason,
            duration: own.lasts,
            project: own.project,
            direct: own.direct,
            brokered: own.brokered,
            entitlement: own.entitlement,
            grant: own.grant,
            input: Vec::new(),
        },
        renew: own.renew,
        ..SessionArguments::default()
    }
}

/// The program to start: the one that was set for the tool, else the one on `PATH`. Of the Cloud SQL proxy the first
/// version's name stands for that version, where it is there.
fn program(tool: Tool, typed: &OsStr) -> Result<OsString, Error> {
    let typed = (typed == PROXY_1)
        .then(|| executable_on_path(PROXY_1))
        .flatten();
    let settings = Settings::load()?;
    let found = typed.or_else(|| settings.executable(tool));
    // What is not there is named by the error.
    Ok(found.map_or_else(|| tool.name().into(), PathBuf::into_os_string))
}
