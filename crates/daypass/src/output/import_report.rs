//! What an import carried over, and what it could not.

use std::fmt::Write as _;

use daypass_core::import::{Imported, Weight};

use super::style::{self, paint};
use super::visible;

/// The report, with what needs attention last, next to the prompt.
pub(crate) fn describe(imported: &Imported) -> String {
    let mut text = String::new();
    for (weight, style, heading) in [
        (Weight::Carried, style::GOOD, "Carried over"),
        (
            Weight::Changed,
            style::WAITING,
            "Carried over, and works differently",
        ),
        (Weight::Left, style::BAD, "Not carried over"),
        (Weight::Wrong, style::BAD, "To be mended first"),
    ] {
        let notes = imported.notes.iter().filter(|note| note.weight == weight);
        for (index, note) in notes.enumerate() {
            if index == 0 {
                let _ = writeln!(text, "{}", paint(style, heading));
            }
            let _ = writeln!(text, "  {}", visible(&note.to_string()));
            if let Some(hint) = &note.hint {
                let _ = writeln!(
                    text,
                    "    {}hint:{:#} {}",
                    style::HINT,
                    style::HINT,
                    visible(hint)
                );
            }
        }
    }
    let count = |weight| {
        imported
            .notes
            .iter()
            .filter(|note| note.weight == weight)
            .count()
    };
    let _ = if imported.is_wrong() {
        write!(text, "Nothing is imported until that is mended.")
    } else {
        write!(
            text,
            "{}, {} not carried over.",
            entitlements(imported.drafts.len()),
            count(Weight::Left)
        )
    };
    text
}

fn entitlements(count: usize) -> String {
    match count {
        0 => "No entitlements".into(),
        1 => "1 entitlement".into(),
        more => format!("{more} entitlements"),
    }
}
