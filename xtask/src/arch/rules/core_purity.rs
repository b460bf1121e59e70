//! The core has no async, no input or output, no clock and no randomness.
//!
//! The import rule keeps the crates away that could do so; this one keeps the standard library's away.

use crate::arch::Workspace;
use crate::arch::source::words;
use crate::arch::violation::Violation;

const HINT: &str =
    "take the value as a parameter (now: Timestamp, an id, a text); the engine's ports supply it";

/// Paths that reach outside of the process, or ask the clock.
const IMPURE_PATHS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::env",
    "std::io::stdin",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "Uuid::now_v7",
    "Uuid::new_v4",
];
const IMPURE_WORDS: &[&str] = &["async", "await"];

pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    let core = workspace
        .files
        .iter()
        .filter(|file| file.path.starts_with("crates/core/src/"));
    for file in core {
        for (index, line) in file.shipped.lines().enumerate() {
            let path = IMPURE_PATHS
                .iter()
                .find(|path| line.contains(**path))
                .copied();
            let found = path.or_else(|| words(line).find(|word| IMPURE_WORDS.contains(word)));
            if let Some(found) = found {
                let message = format!("the core uses {found}");
                violations.push(Violation::new(&file.path, index + 1, message, HINT));
            }
        }
    }
    violations
}
