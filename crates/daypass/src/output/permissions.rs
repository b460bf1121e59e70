//! What is held on a resource, for people.

use super::{style, table, visible};

/// Stands beside what is granted; read without its colour, too.
const GRANTED: &str = "✔";

/// Stands beside what is missing.
const MISSING: &str = "✖";

/// One row for each permission, in alphabetical order, with its mark.
pub(crate) fn list<'a>(
    granted: impl Iterator<Item = &'a str>,
    missing: impl Iterator<Item = &'a str>,
    width: Option<u16>,
) -> String {
    let granted = granted.map(|name| (name, GRANTED));
    let mut rows: Vec<_> = granted.chain(missing.map(|name| (name, MISSING))).collect();
    rows.sort_unstable();
    let rows = rows
        .into_iter()
        .map(|(name, mark)| vec![visible(name), mark.to_owned()]);
    let text = table::columns(&["PERMISSION", "GRANTED"], rows.collect(), width);
    // Coloured last: to the table, a colour would be text that takes room.
    text.lines()
        .map(|line| coloured(line, GRANTED, style::GOOD))
        .map(|line| coloured(&line, MISSING, style::BAD) + "\n")
        .collect()
}

fn coloured(line: &str, mark: &str, colour: anstyle::Style) -> String {
    match line.strip_suffix(mark) {
        Some(before) => format!("{before}{}", style::paint(colour, mark)),
        None => line.to_owned(),
    }
}
