//! No unsafe code anywhere: the lint forbids it, this rule also sees code that this platform leaves out.

use crate::arch::Workspace;
use crate::arch::source::words;
use crate::arch::violation::Violation;

const HINT: &str =
    "use a crate that wraps the call safely, and say in the commit why it is trusted";

pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in &workspace.files {
        for (index, line) in file.code.lines().enumerate() {
            if words(line).any(|word| word == "unsafe") {
                violations.push(Violation::new(&file.path, index + 1, "unsafe code", HINT));
            }
        }
    }
    violations
}
