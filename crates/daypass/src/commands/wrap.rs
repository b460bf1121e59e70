//! `daypass gcloud|kubectl|cloud-sql-proxy`: one tool in a session of its own.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;

use daypass_session::SessionError;
use daypass_session::arguments::{ArgumentError, OwnFlags, Tool, split};

use super::{Context, assume};
use crate::cli::{SessionArguments, TokenArguments, WrappedArguments, wrapped};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{self, visible};
use crate::settings::{Key, Settings, executable_on_path, is_executable};

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
    let program = match program(tool, typed) {
        Ok(program) => program,
        Err(error) => {
            output::error(&error);
            return Ok(match error {
                Error::Usage { .. } => Exit::not_started(&ErrorKind::NotFound.into()),
                other => other.exit().beside_a_program(),
            });
        }
    };
    let is_plain = own
        == OwnFlags {
            yes: own.yes,
            non_interactive: own.non_interactive,
            ..OwnFlags::default()
        };
    if is_plain && assume::is_inside() {
        return Ok(become_tool(&program, &split.rest));
    }
    Ok(assume::run_inside(
        &context,
        &session(own),
        program,
        split.rest,
    ))
}

/// Becomes the tool, which acts as the session's account by the environment that it is started in.
fn become_tool(program: &OsStr, arguments: &[OsString]) -> Exit {
    use std::os::unix::process::CommandExt as _;
    let error = std::process::Command::new(program).args(arguments).exec();
    let exit = Exit::not_started(&error);
    output::error(&Error::Session(SessionError::Start {
        program: visible(&program.to_string_lossy()),
        source: error,
    }));
    exit
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
    if let Some(typed) = typed {
        return Ok(typed.into_os_string());
    }
    let key = Key::Path(tool).name();
    match Settings::load()?.executable(tool) {
        Some(found) if is_executable(&found) => Ok(found.into_os_string()),
        Some(found) => Err(Error::Usage {
            message: format!(
                "{} is not an executable file",
                visible(&found.to_string_lossy())
            ),
            hint: format!(
                "it is set as {key}: daypass config set {key} /PATH, or daypass config unset {key}"
            ),
        }),
        None => Err(Error::Usage {
            message: format!("{} is not on PATH", tool.name()),
            hint: format!("install it, or say where it is: daypass config set {key} /PATH"),
        }),
    }
}
