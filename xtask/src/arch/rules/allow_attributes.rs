//! A lint is silenced by `expect` with a reason: it reports itself when it is no longer needed.

use crate::arch::Workspace;
use crate::arch::violation::Violation;

const HINT: &str = "write #[expect(the_lint, reason = \"…\")], or mend what the lint found";

pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in &workspace.files {
        for (index, line) in file.code.lines().enumerate() {
            let compact: String = line.split_whitespace().collect();
            if compact.contains("#[allow(") || compact.contains("#![allow(") {
                violations.push(Violation::new(
                    &file.path,
                    index + 1,
                    "a lint is silenced by allow",
                    HINT,
                ));
            }
        }
    }
    violations
}
