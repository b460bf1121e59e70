//! What runs inside: started with the session's environment, and its end as a code.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use rustix::process::Pid;
use tokio::process::{Child, Command};

use super::{Inside, Plan};
use crate::error::SessionError;
use crate::folder::SessionFolder;
use crate::shell::{self, Launch};
use crate::variables::Variables;

/// Starts it. It shares our terminal and our process group, so that Ctrl-C and Ctrl-Z reach it as they reach any
/// program that was started by hand.
pub(super) fn start(
    plan: &Plan,
    folder: &SessionFolder,
    environment: Variables,
) -> Result<Child, SessionError> {
    let launch = match &plan.inside {
        Inside::Shell(shell) => shell::launch(shell, &plan.inherited, folder)?,
        Inside::Command { program, arguments } => Launch {
            program: program.clone(),
            arguments: arguments.clone(),
            variables: Vec::new(),
        },
    };
    let mut environment = environment;
    for (name, value) in launch.variables {
        environment.set(name, value);
    }
    Command::new(&launch.program)
        .args(&launch.arguments)
        .env_clear()
        .envs(environment.iter())
        .spawn()
        .map_err(|source| SessionError::Start {
            program: launch.program.display().to_string(),
            source,
        })
}

/// Its process id; none once it was waited for.
pub(super) fn id(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()?).ok()?)
}

/// The code by which a shell would know this end.
pub(super) fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX)
}
