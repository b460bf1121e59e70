use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A field that the requester fills in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Input {
    /// Its name, in `input` of a request.
    pub name: String,
    /// `string`, `integer`, `boolean` or `one of`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The words to choose from, where it is `one of`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Its title for people.
    pub title: String,
    /// A regular expression that must be found in a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Whether it must be filled in.
    pub required: bool,
}

/// What a field is filled with. A number or a truth value may also be sent as the text that says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "an input is text, a whole number, true or false"
)]
#[expect(missing_docs, reason = "the names say it")]
pub enum InputValue {
    Boolean(bool),
    Integer(i64),
    String(String),
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
