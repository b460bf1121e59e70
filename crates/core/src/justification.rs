//! The reason that a person gives, and the rule for showing text that a stranger wrote.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Longest justification, in characters (`facts`: limits of the pages and of Google's audit log leave it room).
pub const MAX_CHARACTERS: usize = 2_000;

/// Why the access is needed: plain text, checked once when it comes in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Justification(String);

impl Justification {
    /// Trims the text and refuses what could deceive an approver or break a log: control characters, text-direction
    /// marks, invisible characters, and more than [`MAX_CHARACTERS`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        // The byte length bounds the count, so that a huge text is refused without walking it.
        if text.len() > MAX_CHARACTERS * 4 || text.chars().count() > MAX_CHARACTERS {
            return Err(Error::Justification(format!(
                "is longer than {MAX_CHARACTERS} characters"
            )));
        }
        if text.is_empty() {
            return Err(Error::Justification("is empty".into()));
        }
        if let Some(wrong) = text.chars().find(|c| is_deceptive(*c) && *c != '\n') {
            return Err(Error::Justification(format!(
                "contains the invisible character U+{:04X}",
                u32::from(wrong)
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that show as nothing, move the cursor, or turn the direction of the text around.
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Text from outside made safe for a message or a terminal: deceptive characters become `\u{…}`, and what is longer
/// than `limit` characters is cut with `…`.
pub fn printable(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == limit {
            shown.push('…');
            break;
        }
        if is_deceptive(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

impl fmt::Display for Justification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Justification {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<Justification> for String {
    fn from(justification: Justification) -> Self {
        justification.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_refused() {
        for text in [
            "",
            "  ",
            "a\u{202e}b",
            "a\u{0}b",
            "a\u{1b}[31mb",
            "a\u{200b}b",
            "a\rb",
            &"x".repeat(2_001),
            &"x".repeat(100_000),
        ] {
            assert!(
                Justification::parse(text).is_err(),
                "{:?}",
                printable(text, 20)
            );
        }
    }

    #[test]
    fn quotes_and_other_scripts_are_plain_text() {
        for text in [
            "INC-1 \") || true || (\"",
            "Störung in Zürich — 障害",
            "two\nlines",
        ] {
            assert!(Justification::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn printable_text_has_no_deceptive_character() {
        assert_eq!(
            printable("a\u{1b}[31m\u{202e}", 40),
            "a\\u{1b}[31m\\u{202e}"
        );
        assert_eq!(printable("abcdef", 3), "abc…");
    }
}
