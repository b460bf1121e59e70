//! The proxy between real connections: clients that show what clients show, and hosts that see what hosts see.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod certificates;
mod client;
mod commands;
mod ending;
mod http2;
mod invariant;
mod logging;
mod shapes;
mod strangers;
mod streams;
mod upgrades;
mod upstream;
mod world;
