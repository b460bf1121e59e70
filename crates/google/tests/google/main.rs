//! The adapter against odd answers, by a scripted server, and against the sandbox cloud.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod directory;
mod failures;
mod fake;
mod identities;
mod knowledge;
mod projects;
mod reaching;
mod requests;
mod sandbox;
mod scopes;
mod service_accounts;
mod testable;
mod tokens;
