//! The sandbox as its clients see it: over HTTP, and through gcloud where it is installed.
#![expect(clippy::unwrap_used, reason = "tests")]

mod client;
mod control;
mod documented;
mod faults;
mod gcloud;
mod groups;
mod impersonation;
mod machines;
mod objects;
mod openid;
mod policies;
mod services;
mod testable_permissions;
mod tunnel;
