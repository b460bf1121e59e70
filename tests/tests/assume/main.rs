//! Privileged sessions, from outside: the real program, real processes and shells, against a sandbox.

#![expect(clippy::unwrap_used, reason = "tests")]

mod asking;
mod clients;
mod endings;
mod escapes;
mod ground;
mod inside;
mod kills;
mod proxied;
mod servers;
mod shells;
mod single;
mod tokens;
