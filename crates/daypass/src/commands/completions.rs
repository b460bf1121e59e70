//! `daypass completions SHELL`.

use crate::cli::{self, CompletionsArguments};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(arguments: &CompletionsArguments) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut cli::definition(),
        "daypass",
        &mut script,
    );
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
