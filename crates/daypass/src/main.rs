//! `daypass`: privileges with a lifetime on Google Cloud. One binary: the client's verbs, the server, the sandbox.

use std::process::ExitCode;

mod cli;
mod client;
mod commands;
mod configuration;
mod error;
mod exit;
mod output;
mod wiring;

fn main() -> ExitCode {
    if let Some(done) = commands::hidden() {
        return done.into();
    }
    commands::run(cli::parse()).into()
}
