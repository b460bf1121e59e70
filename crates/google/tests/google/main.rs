//! The adapter against odd answers, by a scripted server, and against the sandbox cloud.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod failures;
mod fake;
mod identities;
mod knowledge;
mod requests;
mod sandbox;
