//! Where a person's files belong (XDG Base Directory Specification). A relative value of a variable counts as none, as
//! the specification has it.
//!
//! On macOS the same folders are used: few people look for a terminal's files in `~/Library`. Untested there.

use std::path::PathBuf;

use crate::error::Error;

/// `$XDG_CONFIG_HOME/daypass`, else `~/.config/daypass`.
pub(crate) fn configuration() -> Result<PathBuf, Error> {
    Ok(below("XDG_CONFIG_HOME", ".config")?.join("daypass"))
}

/// `$XDG_DATA_HOME/daypass/plugins`, else `~/.local/share/daypass/plugins`.
pub(crate) fn plugins() -> Result<PathBuf, Error> {
    Ok(below("XDG_DATA_HOME", ".local/share")?.join("daypass/plugins"))
}

/// The home folder, if one is named.
pub(crate) fn home() -> Option<PathBuf> {
    absolute("HOME")
}

fn below(variable: &'static str, usual: &str) -> Result<PathBuf, Error> {
    absolute(variable)
        .or_else(|| home().map(|home| home.join(usual)))
        .ok_or_else(|| Error::Server {
            message: format!("neither {variable} nor HOME names a folder"),
            hint: Some(format!("set {variable} to a folder of yours")),
        })
}

fn absolute(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}
