//! The conditions that Daypass writes: one shape, rendered and read back exactly.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::Error;

/// How long before Google's now a window starts, in seconds: the clocks of Google's servers differ a little, and a
/// grant that is told to be active must not be refused for that (finding 6).
pub const START_SLACK_SECONDS: i64 = 5;

/// Most logical operators (`&&`, `||`, `!`) in one condition. Unconfirmed: the stored copy of Google's quota page is
/// cut off before it.
pub const MAX_LOGICAL_OPERATORS_UNCONFIRMED: usize = 12;

/// Longest extra condition that is read, in bytes.
const MAX_EXTRA_BYTES: usize = 1_024;

/// The operators that our own part uses: one `&&` for the window, one to join the extra condition.
const OUR_OPERATORS: usize = 2;

/// The lifetime of a binding, in whole seconds UTC: from `start`, up to but without `end`.
///
/// I8: whatever else a condition says, `request.time < end` stands in it, joined by `&&` at the outermost level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// First second of the access.
    pub start: Timestamp,
    /// First second without it.
    pub end: Timestamp,
}

impl Window {
    /// A window on whole seconds: the start is cut, the end too, so that no lifetime is rounded up.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, Error> {
        let (start, end) = (whole_second(start)?, whole_second(end)?);
        if end <= start {
            return Err(Error::DurationNotPositive("the window".into()));
        }
        Ok(Self { start, end })
    }

    /// The whole condition: the window, and the extra condition when the entitlement has one.
    pub fn expression(&self, extra: Option<&ExtraCondition>) -> String {
        let mut text = format!(
            "request.time >= timestamp(\"{}\") && request.time < timestamp(\"{}\")",
            instant(self.start),
            instant(self.end)
        );
        if let Some(extra) = extra {
            // Writing to a String cannot fail.
            let _ = write!(text, " && ({})", extra.as_str());
        }
        text
    }

    /// Reads an expression back. `Some` only if rendering the result gives the very same text: a binding that was
    /// edited by hand is not ours to remove (I9).
    pub fn read(expression: &str) -> Option<(Self, Option<ExtraCondition>)> {
        let rest = expression.strip_prefix("request.time >= timestamp(\"")?;
        let (start, rest) = rest.split_once("\") && request.time < timestamp(\"")?;
        let (end, rest) = rest.split_once("\")")?;
        let extra = match rest {
            "" => None,
            rest => {
                Some(ExtraCondition::parse(rest.strip_prefix(" && (")?.strip_suffix(')')?).ok()?)
            }
        };
        let window = Self::new(start.parse().ok()?, end.parse().ok()?).ok()?;
        (window.expression(extra.as_ref()) == expression).then_some((window, extra))
    }
}

fn whole_second(at: Timestamp) -> Result<Timestamp, Error> {
    Timestamp::from_second(at.as_second()).map_err(|_| Error::TimeOutOfRange)
}

/// `2026-12-01T00:00:00Z`: the one form of IAM's `timestamp()` that we write.
pub fn instant(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// An extra condition from an entitlement, in CEL, that cannot break out of the brackets it is put in.
///
/// Its meaning is Google's business; its lexical form is ours: strings end, brackets pair, and there is no comment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExtraCondition(String);

impl ExtraCondition {
    /// Checks the text and trims it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::Condition("it is empty".into()));
        }
        if text.len() > MAX_EXTRA_BYTES {
            return Err(Error::Condition(format!(
                "it is longer than {MAX_EXTRA_BYTES} bytes"
            )));
        }
        if let Some(c) = text
            .chars()
            .find(|c| crate::justification::is_deceptive(*c))
        {
            return Err(Error::Condition(format!(
                "it contains the invisible character U+{:04X}",
                u32::from(c)
            )));
        }
        let operators = scan(text)?;
        if operators + OUR_OPERATORS > MAX_LOGICAL_OPERATORS_UNCONFIRMED {
            return Err(Error::Condition(format!(
                "it has {operators} logical operators; with ours, IAM takes at most {MAX_LOGICAL_OPERATORS_UNCONFIRMED}"
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Walks the tokens that matter for nesting; returns the number of logical operators.
fn scan(text: &str) -> Result<usize, Error> {
    let wrong = |what: &str, at: usize| Error::Condition(format!("{what} at column {}", at + 1));
    let (mut open, mut operators) = (Vec::new(), 0);
    let mut characters = text.char_indices().peekable();
    let mut previous = ' ';
    while let Some((at, c)) = characters.next() {
        match c {
            '"' | '\'' => {
                // Raw strings give the backslash another meaning; triple quotes change where a string ends.
                if matches!(previous, 'r' | 'R' | 'b' | 'B')
                    || text[at + 1..].starts_with([c]) && text[at + 2..].starts_with([c])
                {
                    return Err(wrong(
                        "a raw, bytes or triple-quoted string, which Daypass does not take,",
                        at,
                    ));
                }
                let mut ended = false;
                while let Some((_, inner)) = characters.next() {
                    if inner == '\\' {
                        characters.next();
                    } else if inner == c {
                        ended = true;
                        break;
                    }
                }
                if !ended {
                    return Err(wrong("a string that does not end, begun", at));
                }
            }
            '(' | '[' | '{' => open.push(c),
            ')' | ']' | '}' => {
                let expected = match c {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if open.pop() != Some(expected) {
                    return Err(wrong("a closing bracket without its opening one", at));
                }
            }
            '/' if characters.peek().is_some_and(|(_, next)| *next == '/') => {
                return Err(wrong("a comment", at));
            }
            '&' | '|' => {
                if characters.next_if(|(_, next)| *next == c).is_none() {
                    return Err(wrong("a single & or |, which CEL does not have,", at));
                }
                operators += 1;
            }
            '!' if characters.peek().is_none_or(|(_, next)| *next != '=') => operators += 1,
            _ => {}
        }
        previous = c;
    }
    match open.last() {
        None => Ok(operators),
        Some(bracket) => Err(Error::Condition(format!(
            "the bracket {bracket} is not closed"
        ))),
    }
}

impl TryFrom<String> for ExtraCondition {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<ExtraCondition> for String {
    fn from(condition: ExtraCondition) -> Self {
        condition.0
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn window(start: &str, end: &str) -> Window {
        Window::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_one_shape() {
        let window = window("2026-12-01T00:00:00.9Z", "2026-12-01T01:00:00.9Z");
        assert_eq!(
            window.expression(None),
            r#"request.time >= timestamp("2026-12-01T00:00:00Z") && request.time < timestamp("2026-12-01T01:00:00Z")"#
        );
        let extra =
            ExtraCondition::parse(r#"resource.name.startsWith("projects/_/buckets/logs-")"#)
                .unwrap();
        assert!(
            window
                .expression(Some(&extra))
                .ends_with(r#" && (resource.name.startsWith("projects/_/buckets/logs-"))"#)
        );
    }

    #[test]
    fn a_condition_cannot_break_out() {
        for text in [
            "true) || (true",
            "true)",
            "(true",
            "\"open",
            "'a\" || true",
            "true // ) ",
            "r\"\\\" || true",
            "'''a''' + '",
            "a & b",
            "[true)",
            "true\u{202e}",
            "",
        ] {
            assert!(ExtraCondition::parse(text).is_err(), "{text}");
        }
        for text in [
            r#"resource.name == "a) || (b""#,
            r#"resource.name == 'it\'s'"#,
            "a != b && !c",
            "a || b",
            r#"resource.name == """#,
        ] {
            assert!(ExtraCondition::parse(text).is_ok(), "{text}");
        }
        assert!(ExtraCondition::parse(&["a"; 11].join(" || ")).is_ok());
        assert!(ExtraCondition::parse(&["a"; 12].join(" || ")).is_err());
    }

    #[test]
    fn edited_conditions_are_not_read() {
        for text in [
            r#"request.time < timestamp("2026-12-01T01:00:00Z")"#,
            r#"(request.time >= timestamp("2026-12-01T00:00:00Z") && request.time < timestamp("2026-12-01T01:00:00Z"))"#,
            r#"request.time >= timestamp("2026-12-01T00:00:00+00:00") && request.time < timestamp("2026-12-01T01:00:00Z")"#,
            r#"request.time >= timestamp("2026-12-01T00:00:00Z") && request.time < timestamp("2026-12-01T01:00:00Z") || true"#,
            r#"request.time >= timestamp("2026-12-01T00:00:00Z") && request.time < timestamp("2026-12-01T01:00:00Z") && (true) || (true)"#,
        ] {
            assert!(Window::read(text).is_none(), "{text}");
        }
    }

    proptest! {
        /// I26 and T24: what is rendered reads back, whatever the window and the extra condition.
        #[test]
        fn what_is_rendered_reads_back(start in 0..4_000_000_000_i64, length in 1..40_000_000_i64, literal in "[ -~]{0,40}") {
            let quoted = format!("resource.name == \"{}\"", literal.replace('\\', "\\\\").replace('"', "\\\""));
            let window = Window::new(Timestamp::from_second(start).unwrap(), Timestamp::from_second(start + length).unwrap()).unwrap();
            for extra in [None, ExtraCondition::parse(&quoted).ok()] {
                let text = window.expression(extra.as_ref());
                prop_assert_eq!(Window::read(&text), Some((window, extra)));
            }
        }

        /// I27: no text makes the scanner panic, and what it accepts stays inside its brackets.
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let _ = ExtraCondition::parse(&text);
            let _ = Window::read(&text);
        }
    }
}
