//! Support for the whole-system tests: a running sandbox, real clients with a clean environment, example
//! policies, and a whole Daypass over all of it.
//!
//! What goes wrong here fails the test that asked for it, so that everything panics rather than returns errors.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "test support: what cannot be set up fails the test"
)]

pub mod crash;
pub mod examples;
pub mod gcloud;
pub mod peer;
pub mod process;
pub mod proxy_speed;
pub mod python;
pub mod random_cases;
pub mod speed;
pub mod storm;
pub mod targets;
pub mod world;

use daypass_sandbox::{Options, Sandbox};

/// A sandbox with the built-in world on a free port of 127.0.0.1.
pub async fn sandbox() -> Sandbox {
    Sandbox::start(Options::default())
        .await
        .expect("the sandbox starts")
}
