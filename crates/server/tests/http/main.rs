//! The server, in process: a real engine on a real store, fakes for Google and the directory, the sandbox as identity
//! provider.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod authorization;
mod cross_site;
mod emergencies;
mod headers;
mod incumbents;
mod inputs;
mod listener;
mod lists;
mod open_api;
mod own_rights;
mod pages;
mod problems;
mod reaching;
mod server;
mod sign_in;
mod steps;
mod tokens;
