//! No tracked file names a path of one machine: it would mean nothing on the next one.

use crate::arch::Workspace;
use crate::arch::violation::Violation;

/// Spelled in pieces, so that this file passes its own rule.
const FOLDERS: &[&str] = &[
    concat!("/", "root", "/"),
    concat!("/", "work", "/"),
    concat!("/", "farm", "/"),
];

const HINT: &str = "write the path from the root of the checkout, or take it as a setting";

pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in &workspace.files {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(folder) = FOLDERS.iter().find(|folder| starts_a_path(line, folder)) {
                let message = format!("names the path {folder} of one machine");
                violations.push(Violation::new(&file.path, index + 1, message, HINT));
            }
        }
    }
    violations
}

/// Whether the folder occurs at the start of a path, and not inside of a longer one or of an address.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(index, _)| {
        let before = line[..index].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "._-~})]*$".contains(before))
    })
}
