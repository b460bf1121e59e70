//! The rules of the house, checked from `cargo metadata` and the text of the tracked files.
//!
//! One rule is one file under `rules/`. A rule is a pure function of the [`Workspace`], so that the
//! tests can show, for each of them, a tree in which it fails.

mod layers;
mod packages;
mod rules;
mod source;
mod tree;
mod violation;

use std::io::{self, Write};
use std::path::Path;

use packages::Package;
use tree::SourceFile;
use violation::Violation;

/// Everything that a rule may look at.
struct Workspace {
    packages: Vec<Package>,
    files: Vec<SourceFile>,
}

/// Checks every rule below `root` and says whether all hold.
///
/// # Errors
/// When `cargo metadata` fails, a file cannot be read, or `output` cannot be written.
pub(crate) fn run(root: &Path, output: &mut impl Write) -> io::Result<bool> {
    let root = root.canonicalize()?;
    let workspace = Workspace {
        packages: packages::load(&root)?,
        files: tree::load(&root)?,
    };
    let mut violations: Vec<(&str, Violation)> = Vec::new();
    for rule in rules::ALL {
        let broken = (rule.check)(&workspace);
        violations.extend(broken.into_iter().map(|violation| (rule.name, violation)));
    }
    for (rule, violation) in &violations {
        violation.write(rule, output)?;
    }
    let files = workspace.files.len();
    writeln!(output, "{}", rules::file_sizes::summary(&workspace))?;
    writeln!(
        output,
        "arch: {} rules, {} packages, {files} files, {} violations",
        rules::ALL.len(),
        workspace.packages.len(),
        violations.len(),
    )?;
    Ok(violations.is_empty())
}

/// Prints the name and the sentence of every rule.
///
/// # Errors
/// When `output` cannot be written.
pub(crate) fn list_rules(output: &mut impl Write) -> io::Result<bool> {
    for rule in rules::ALL {
        writeln!(output, "{:<18} {}", rule.name, rule.sentence)?;
    }
    Ok(true)
}
