//! The wrappers: what follows their names is not for clap, which would take flags that are the tool's.

use std::ffi::{OsStr, OsString};

use clap::{Args, CommandFactory as _};

/// A tool's own line, untouched: `commands::words` puts it behind `--`.
#[derive(Debug, Args)]
pub(crate) struct WrappedArguments {
    /// The wrapper's name as it was typed, and all that follows it
    #[arg(last = true, hide = true, value_name = "ARGUMENTS")]
    pub(crate) line: Vec<OsString>,
}

/// The help of a wrapper, by its name or alias.
pub(crate) fn help(name: &OsStr) -> String {
    let mut whole = super::Cli::command();
    whole.build();
    whole
        .find_subcommand_mut(name)
        .map(|wrapper| wrapper.render_help().to_string())
        .unwrap_or_default()
}
