//! The engine with a real store and IAM in memory: verbs, reconcilers, faults.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod activation;
mod approving;
mod asked_again;
mod asking;
mod batches;
mod calls;
mod emergencies;
mod ending;
mod extending;
mod foreign_writer;
mod frail_store;
mod fresh_groups;
mod holding;
mod incumbents;
mod loops;
mod own_power;
mod reaching;
mod redeciding;
mod reloading;
mod slow_answers;
mod standing;
mod steps;
mod tokens;
