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
    let done = commands::prepare(std::env::args_os().collect()).and_then(|words| match words {
        Words::Read(words) => Ok(commands::run(cli::parse(words))),
        Words::Print(text) => output::print(text).map(|()| Exit::Done),
    });
    let exit = done.unwrap_or_else(|error| {
        output::error(&error);
        error.exit()
    });
    exit.into()
}
