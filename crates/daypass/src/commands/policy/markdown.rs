//! A difference for a comment on a pull request.

use std::fmt::Write as _;

use daypass_core::rehearsal::{Difference, Direction};

use super::diff::{heading, remarks, summary, terms};
use crate::output::visible;

/// More rows than this are left to `daypass policy diff` itself: hosts of pull requests cut long comments, GitHub at
/// 65,536 characters.
const MOST_ROWS: usize = 150;

/// More names than this are counted in a cell.
const MOST_NAMES: usize = 20;

/// The summary first, then a table for each direction, the most dangerous first.
pub(super) fn document(found: &Difference) -> String {
    let mut text = format!("### Entitlements\n\n**{}**\n", summary(found));
    let mut left = MOST_ROWS;
    for direction in Direction::ALL {
        let changes = found.changes.iter();
        let changes: Vec<_> = changes
            .filter(|change| change.direction == direction)
            .collect();
        if changes.is_empty() {
            continue;
        }
        let _ = writeln!(
            text,
            "\n#### {}\n\n| who | may | by | what | terms |\n|---|---|---|---|---|",
            heading(direction)
        );
        for change in changes.iter().take(left) {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                cell(&change.who),
                change.way.word(),
                code(change.entitlement.as_str()),
                cell(&change.what),
                code(&terms(change))
            );
        }
        if changes.len() > left {
            let _ = writeln!(
                text,
                "\n{} more of these are not shown; `daypass policy diff` shows all.",
                changes.len() - left
            );
        }
        left = left.saturating_sub(changes.len());
    }
    for remark in remarks(found) {
        let _ = writeln!(text, "\n{}", escaped(&remark));
    }
    text
}

fn cell(names: &[String]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(MOST_NAMES)
        .map(|name| code(name.strip_prefix("user:").unwrap_or(name)))
        .collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown.join("<br>")
}

/// Text as it is, in a cell: no markup in it counts, and nobody is notified by it.
fn code(text: &str) -> String {
    let safe = visible(text).replace('|', "\\|");
    // A fence longer than any run of backticks inside.
    let longest = safe
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if safe.starts_with('`') || safe.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{safe}{space}{fence}")
}

fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in visible(text).chars() {
        if "\\`*_{}[]<>#|@!".contains(c) {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}
