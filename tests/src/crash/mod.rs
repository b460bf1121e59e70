//! The real server as a process of its own, made to die and to meet a failing disk, with an oracle over what it
//! recorded and what the sandbox saw.
//!
//! The sandbox runs in the test's process and survives everything.

mod foreign;
mod injection;
mod ledger;
mod load;
mod oracle;
mod person;
mod policies;
mod program;
mod record;
mod server;
mod site;

pub use foreign::ForeignWriter;
pub use injection::{Injection, is_strace_there};
pub use ledger::{Deed, Ledger};
pub use load::{Load, Shared};
pub use oracle::Oracle;
pub use person::Person;
pub use program::Program;
pub use record::Record;
pub use server::{Ended, Server, Start};
pub use site::{RESOURCES, Site};

/// How long records and policies may disagree after a restart.
pub const AGREE_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);

/// Whether the checks run in their long form.
pub fn is_long() -> bool {
    std::env::var_os("DAYPASS_TEST_LONG").is_some_and(|value| value == "1")
}

/// The one number that drives a test: from `DAYPASS_TEST_SEED`, else by chance. A failure prints it.
pub fn seed() -> u64 {
    let named = std::env::var("DAYPASS_TEST_SEED").ok();
    named.map_or_else(by_chance, |text| {
        text.parse().expect("DAYPASS_TEST_SEED is a number")
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test that names no seed takes any"
)]
fn by_chance() -> u64 {
    rand::random()
}
