//! Properties of the rules: the invariants, tried on generated policies, grants and decisions.

#![expect(clippy::unwrap_used, reason = "tests")]

mod generators;

mod decision;
mod life_cycle;
mod ownership;
mod policy_edits;
mod sizes;
