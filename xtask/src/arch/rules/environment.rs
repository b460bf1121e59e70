//! Only the binary, the sandbox, xtask and tests read environment variables.
//!
//! Everything else gets its settings as values, so that a test can give them and a reader can find them.

use crate::arch::Workspace;
use crate::arch::violation::Violation;

const MAY_READ: &[&str] = &["crates/daypass/", "sandbox/", "xtask/", "tests/"];
const READS: &[&str] = &["env::var(", "env::var_os(", "env::vars(", "env::vars_os("];

const HINT: &str = "read the variable in crates/daypass and hand the value in";

pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in &workspace.files {
        // Cargo tells build scripts everything through variables.
        let may_read = MAY_READ.iter().any(|folder| file.path.starts_with(folder))
            || file.path.ends_with("/build.rs");
        if may_read {
            continue;
        }
        for (index, line) in file.shipped.lines().enumerate() {
            if READS.iter().any(|call| line.contains(call)) {
                violations.push(Violation::new(
                    &file.path,
                    index + 1,
                    "reads an environment variable",
                    HINT,
                ));
            }
        }
    }
    violations
}
