//! Tests that need to look inside: plans, limits of the file, schema.

#![expect(clippy::unwrap_used, reason = "tests")]

mod disk;
mod group_commit;
mod plans;
mod schema;
