//! Privileged sessions, from outside: the real program, real processes and shells, against a sandbox.

#![expect(clippy::unwrap_used, reason = "tests")]

mod abandoned;
mod acted;
mod asking;
mod capture;
mod cleared;
mod clients;
mod clients_bq;
mod clients_metadata;
mod clients_node;
mod clients_proxied;
mod clients_rotation;
mod clients_rust;
mod endings;
mod escapes;
mod ground;
mod inside;
mod kills;
mod leaks;
mod lines;
mod opened;
mod proxied;
mod servers;
mod shells;
mod single;
mod strangers;
mod tokens;
