//! What is wrong with a source text, and where.

use super::Span;

/// A text that is not CEL, or more of it than is read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {}{}", span.start, expectation(expected.as_ref()))]
pub struct SyntaxError {
    /// What was met.
    pub message: String,
    /// The place in the source.
    pub span: Span,
    /// What would have been right there, if that can be said.
    pub expected: Option<String>,
}

fn expectation(expected: Option<&String>) -> String {
    expected.map_or_else(String::new, |expected| format!(", expected {expected}"))
}

impl SyntaxError {
    pub(super) fn new(message: impl Into<String>, span: Span) -> Self {
        Self {
            message: message.into(),
            span,
            expected: None,
        }
    }

    pub(super) fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }
}
