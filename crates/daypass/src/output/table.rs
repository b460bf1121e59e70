//! Tables without lines, and lists of names with their values.

use comfy_table::{ContentArrangement, Table, presets};

use super::style::{self, paint};

/// Columns with a heading each. Cells are safe text already.
pub(crate) fn columns(headings: &[&str], rows: Vec<Vec<String>>, width: Option<u16>) -> String {
    let mut table = borderless(width);
    table.set_header(headings.to_vec());
    table.add_rows(rows);
    let text = trimmed(&table);
    match text.split_once('\n') {
        Some((first, rest)) => format!("{}\n{rest}", paint(style::HEADING, first)),
        None => text,
    }
}

/// Names and values, one a line; a value may have several lines.
pub(crate) fn fields(rows: Vec<(&str, String)>, width: Option<u16>) -> String {
    let mut table = borderless(width);
    table.add_rows(
        rows.into_iter()
            .map(|(name, value)| vec![name.to_owned(), value]),
    );
    trimmed(&table)
}

fn borderless(width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match width {
        Some(width) => table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table
}

/// Without the spaces at both ends of a line.
fn trimmed(table: &Table) -> String {
    table
        .lines()
        .map(|line| {
            line.strip_prefix(' ')
                .unwrap_or(&line)
                .trim_end()
                .to_owned()
                + "\n"
        })
        .collect()
}
