//! What the requester fills in beside the justification.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Most inputs of one entitlement.
pub const MOST_INPUTS: usize = 20;

/// Longest value of an input, in characters.
pub const LONGEST_INPUT: usize = 256;

/// One field of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its name, as constraints and `--input` write it: `^[a-z][a-z0-9_]{0,31}$`.
    pub name: String,
    /// What may be written.
    pub kind: InputKind,
    /// Its title for people.
    pub title: String,
    /// A regular expression that must be found in a string.
    pub pattern: Option<String>,
    /// Whether it must be filled in.
    pub required: bool,
}

/// What may be written into an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// Any text.
    String,
    /// A whole number of 64 bits.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    OneOf(Vec<String>),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the names say it")]
pub enum InputValue {
    Boolean(bool),
    Integer(i64),
    String(String),
}

impl Input {
    /// Whether the name can be used in constraints and on the command line.
    pub fn is_name(text: &str) -> bool {
        (1..=32).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    }

    /// Reads what was written, or says what is expected.
    pub fn read(&self, text: &str) -> Result<InputValue, String> {
        let text = text.trim();
        if text.chars().count() > LONGEST_INPUT {
            return Err(format!("at most {LONGEST_INPUT} characters"));
        }
        if text
            .chars()
            .any(|c| c.is_control() || crate::justification::is_deceptive(c))
        {
            return Err("text without control characters".into());
        }
        match &self.kind {
            InputKind::String => {
                let fits = self.pattern.as_ref().is_none_or(|pattern| {
                    // The loader compiled it; one that does not compile fits nothing.
                    regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
                });
                if fits {
                    Ok(InputValue::String(text.to_owned()))
                } else {
                    let pattern = self.pattern.as_deref().unwrap_or_default();
                    Err(format!("text that matches {pattern}"))
                }
            }
            InputKind::Integer => text
                .parse()
                .map(InputValue::Integer)
                .map_err(|_| "a whole number".into()),
            InputKind::Boolean => match text.to_ascii_lowercase().as_str() {
                "true" => Ok(InputValue::Boolean(true)),
                "false" => Ok(InputValue::Boolean(false)),
                _ => Err("true or false".into()),
            },
            InputKind::OneOf(words) => match words.iter().find(|word| *word == text) {
                Some(word) => Ok(InputValue::String(word.clone())),
                None => Err(format!("one of {}", words.join(", "))),
            },
        }
    }
}

impl fmt::Display for InputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::String(value) => f.write_str(value),
        }
    }
}
