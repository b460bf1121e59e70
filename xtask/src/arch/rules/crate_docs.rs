//! Every crate root says what the crate is for.

use crate::arch::Workspace;
use crate::arch::violation::Violation;

/// Fewer characters than this say nothing that the crate's name does not.
const LEAST_CHARACTERS: usize = 20;

const HINT: &str = "begin the file with `//!` and a sentence that says what the crate is for and where its edges are";

pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for root in workspace
        .packages
        .iter()
        .flat_map(|package| &package.crate_roots)
    {
        let file = workspace.files.iter().find(|file| &file.path == root);
        let first = file.and_then(|file| file.text.lines().find(|line| !line.trim().is_empty()));
        let sentence = first
            .and_then(|line| line.strip_prefix("//!"))
            .unwrap_or_default();
        if sentence.trim().chars().count() < LEAST_CHARACTERS {
            violations.push(Violation::new(
                root,
                1,
                "the crate root has no documentation",
                HINT,
            ));
        }
    }
    violations
}
