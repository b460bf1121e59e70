//! The sub-shell: the user's own shell with the user's own settings, and a mark in its prompt.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::error::SessionError;
use crate::folder::SessionFolder;
use crate::variables::Variables;

/// What POSIX promises on every system, where `SHELL` says nothing.
const USUAL: &str = "/bin/sh";

/// The start-up files, one for each way of having one.
const BASH: &str = include_str!("shell/bash.sh");
const ZSH_ENVIRONMENT: &str = include_str!("shell/zshenv.zsh");
const ZSH: &str = include_str!("shell/zshrc.zsh");
const FISH: &str = include_str!("shell/config.fish");
const POSIX: &str = include_str!("shell/sh.sh");

/// A program, how to start it, and what to add to its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Launch {
    pub(crate) program: OsString,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) variables: Vec<(&'static str, OsString)>,
}

/// The user's shell, by `SHELL`.
pub fn of_user(inherited: &Variables) -> OsString {
    inherited
        .get("SHELL")
        .unwrap_or(OsStr::new(USUAL))
        .to_owned()
}

/// The sub-shell of a session. A shell that is not known is started as it is: everything works in it but the mark.
pub(crate) fn launch(
    shell: &OsStr,
    inherited: &Variables,
    folder: &SessionFolder,
) -> Result<Launch, SessionError> {
    let mut launch = Launch {
        program: shell.to_owned(),
        arguments: Vec::new(),
        variables: Vec::new(),
    };
    let name = Path::new(shell)
        .file_name()
        .and_then(OsStr::to_str)
        .unwrap_or_default();
    match name {
        "bash" => {
            let file = folder.write("bashrc", BASH)?;
            launch.arguments = vec!["--rcfile".into(), file.into(), "-i".into()];
        }
        "zsh" => {
            let own = folder.folder("zsh")?;
            folder.write("zsh/.zshenv", ZSH_ENVIRONMENT)?;
            folder.write("zsh/.zshrc", ZSH)?;
            if let Some(users) = inherited.get("ZDOTDIR") {
                launch
                    .variables
                    .push(("DAYPASS_SESSION_ZDOTDIR", users.to_owned()));
            }
            launch.variables.push(("ZDOTDIR", own.into()));
            launch.arguments = vec!["-i".into()];
        }
        "fish" => {
            let file = folder.write("config.fish", FISH)?;
            let mut command = OsString::from("source ");
            command.push(quoted(file.as_os_str()));
            launch.arguments = vec!["--init-command".into(), command, "--interactive".into()];
        }
        "sh" | "dash" | "ash" | "ksh" | "busybox" => {
            let file = folder.write("shrc", POSIX)?;
            if let Some(users) = inherited.get("ENV") {
                launch
                    .variables
                    .push(("DAYPASS_SESSION_ENV", users.to_owned()));
            }
            launch.variables.push(("ENV", file.into()));
            launch.arguments = vec!["-i".into()];
        }
        _ => {}
    }
    Ok(launch)
}

/// The path in single quotes, as fish reads them.
fn quoted(path: &OsStr) -> OsString {
    let text = path
        .to_string_lossy()
        .replace('\\', "\\\\")
        .replace('\'', "\\'");
    format!("'{text}'").into()
}
