//! Whether what is to run inside can be found: better known before people are asked to approve, and a token is minted.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use daypass_session::{Inside, SessionError};

use crate::error::Error;
use crate::output::visible;
use crate::settings::is_executable;

/// What certainly cannot be started is an error; the rest is for the system to say.
pub(super) fn check(inside: &Inside) -> Result<(), Error> {
    match inside {
        Inside::Shell(shell) if !can_be_found(shell) => Err(Error::Usage {
            message: format!(
                "SHELL is '{}', which cannot be started",
                visible(&shell.to_string_lossy())
            ),
            hint: "set SHELL: SHELL=/bin/bash daypass assume …".into(),
        }),
        Inside::Command { program, .. } if program.is_empty() => Err(Error::Usage {
            message: "the command is empty".into(),
            hint: "write a program behind '--', or leave '--' out for a shell".into(),
        }),
        Inside::Command { program, .. } if !is_path(program) && !can_be_found(program) => {
            Err(Error::Session(SessionError::Start {
                program: visible(&program.to_string_lossy()),
                source: io::Error::new(io::ErrorKind::NotFound, "it is not on PATH"),
            }))
        }
        _ => Ok(()),
    }
}

fn is_path(program: &OsStr) -> bool {
    program.as_encoded_bytes().contains(&b'/')
}

fn can_be_found(program: &OsStr) -> bool {
    if is_path(program) {
        return is_executable(Path::new(program));
    }
    // Without PATH, the system has a default of its own.
    std::env::var_os("PATH").is_none_or(|path| {
        std::env::split_paths(&path).any(|folder| is_executable(&folder.join(program)))
    })
}
