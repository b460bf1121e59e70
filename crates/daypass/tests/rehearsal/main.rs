//! Rehearsals at the command line: `policy test`, `policy diff` and `policy explain`, from files alone.
#![expect(clippy::unwrap_used, reason = "tests")]

mod commands;
mod folder;
mod hostile_files;
mod scale;
