//! Properties of the rules: the invariants, tried on generated policies, grants and decisions.

#![expect(clippy::unwrap_used, reason = "tests")]

mod generators;
mod organisation;

mod agreement;
mod approvers;
mod decision;
mod edges;
mod forms;
mod incumbents;
mod life_cycle;
mod naming;
mod ownership;
mod policy_edits;
mod rules;
mod sizes;
mod stations;
mod tokens;
