//! Text from elsewhere, made safe for a terminal: nothing in it moves the cursor, hides, or turns the reading order.

use std::fmt::Write as _;

/// The text with every character escaped that a terminal or a reader's eye would not take as it stands.
pub(crate) fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_deceptive(character) {
            // Writing to a string cannot fail.
            let _ = write!(safe, "{}", character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// The text made visible and cut after `most` characters.
pub(crate) fn short(text: &str, most: usize) -> String {
    let safe = visible(text);
    if safe.chars().count() <= most {
        return safe;
    }
    safe.chars()
        .take(most.saturating_sub(1))
        .chain(['…'])
        .collect()
}

/// An IAM principal as people write it: a user is their address.
pub(crate) fn principal(text: &str) -> String {
    visible(text.strip_prefix("user:").unwrap_or(text))
}

/// Control characters (C0, DEL, C1), bidirectional controls, invisible characters, line separators and tags.
pub(super) fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deceives_is_escaped_and_the_rest_stays() {
        assert_eq!(visible("Zürich 東京 🙂"), "Zürich 東京 🙂");
        assert_eq!(visible("a\u{1b}[31mb"), r"a\u{1b}[31mb");
        assert_eq!(
            visible("\u{202e}gnp.exe\n\u{9b}2J\u{7f}"),
            r"\u{202e}gnp.exe\u{a}\u{9b}2J\u{7f}"
        );
        assert_eq!(short("\u{202e}abcdef", 10), r"\u{202e}a…");
        assert_eq!(principal("user:alice@example.com"), "alice@example.com");
        assert_eq!(principal("group:sre@example.com"), "group:sre@example.com");
    }
}
