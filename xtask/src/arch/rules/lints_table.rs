//! Every package takes the lints of the workspace.

use crate::arch::Workspace;
use crate::arch::violation::Violation;

const HINT: &str = "add the two lines `[lints]` and `workspace = true`";

pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in &workspace.packages {
        let manifest = workspace
            .files
            .iter()
            .find(|file| file.path == package.manifest);
        let text = manifest.map_or("", |file| file.text.as_str());
        if !takes_workspace_lints(text) {
            let message = format!("{} does not take the lints of the workspace", package.name);
            violations.push(Violation::new(&package.manifest, 1, message, HINT));
        }
    }
    violations
}

/// Whether the table `[lints]` of a manifest says `workspace = true`.
fn takes_workspace_lints(manifest: &str) -> bool {
    let mut in_lints = false;
    for line in manifest
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
    {
        if line.starts_with('[') {
            in_lints = line == "[lints]";
        }
        let compact: String = line.split_whitespace().collect();
        if (in_lints && compact == "workspace=true") || compact == "lints.workspace=true" {
            return true;
        }
    }
    false
}
