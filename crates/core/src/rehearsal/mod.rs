//! Rehearsals: what the entitlements would decide, tried without anybody's power at stake.
//!
//! A rehearsal is a world that is made up (`fixtures:`) and tests that play in it (`tests:`). Each test goes through
//! [`crate::decide::decide`], the same function that decides in earnest: there is no second implementation of the
//! rules that could agree with a wrong expectation.

mod case;
mod difference;
mod groups;
mod load;
mod load_test;
mod raw;
mod reader;
mod run;
#[cfg(test)]
mod tests;
mod world;

pub use case::{Expect, Expected, ExpectedStep, Test, Verdict};
pub use difference::{Change, Difference, Direction, Way, difference};
pub use groups::Groups;
pub use load::{read, read_groups};
pub use run::{Failure, Outcome, Rehearsal, rehearse};
pub use world::World;
