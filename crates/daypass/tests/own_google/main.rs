//! The commands that ask Google as the person at the terminal, against the sandbox cloud and against answers that no
//! cloud should give.
#![cfg(feature = "sandbox")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod daypass_server;
mod gcloud;
mod odd_google;
mod permissions;
mod person;
mod service_accounts;
