//! `daypass`: privileges with a lifetime on Google Cloud. One binary: the client's verbs, the server, the sandbox.

use std::process::ExitCode;

use commands::Words;
use exit::Exit;

mod cli;
mod client;
mod commands;
mod configuration;
mod error;
mod exit;
mod folders;
mod output;
mod settings;
mod wiring;

fn main() -> ExitCode {
    if let Some(done) = commands::hidden() {
        return done.into();
    }
    let typed: Vec<_> = std::env::args_os().collect();
    // Where a program was to be run, a line that is not understood must not look like a failure of that program.
    let refused = |exit: Exit| match exit {
        Exit::Done => exit,
        other if commands::runs_a_program(&typed) => other.beside_a_program(),
        other => other,
    };
    let done = commands::prepare(typed.clone()).and_then(|words| match words {
        Words::Read(words) => Ok(cli::parse(&words).map_or_else(refused, commands::run)),
        Words::Print(text) => output::print(text).map(|()| Exit::Done),
    });
    let exit = done.unwrap_or_else(|error| {
        output::error(&error);
        refused(error.exit())
    });
    exit.into()
}
