//! The command as a whole: arguments in, output and exit code out, against a server that speaks the REST API.
#![expect(clippy::unwrap_used, reason = "tests")]

mod command;
mod errors;
mod examples;
mod fake_server;
mod grants;
mod lists;
mod machines;
mod sessions;
mod steps;
mod waiting;
