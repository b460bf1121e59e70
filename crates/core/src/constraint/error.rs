//! Why a constraint cannot be used, or could not be answered.

use std::fmt;

use crate::cel::{Span, SyntaxError};

/// A constraint that is wrong, or that could not be evaluated. Whoever asks denies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstraintError {
    /// What is wrong.
    pub message: String,
    /// The next step, if one can be told.
    pub hint: Option<String>,
    /// The place within the expression, in bytes; the whole expression if evaluation failed.
    pub span: Span,
}

impl ConstraintError {
    pub(super) fn new(message: impl Into<String>, span: Span) -> Self {
        Self {
            message: message.into(),
            hint: None,
            span,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }
}

impl fmt::Display for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConstraintError {}

impl From<SyntaxError> for ConstraintError {
    fn from(error: SyntaxError) -> Self {
        Self {
            message: format!("unexpected: {}", error.message),
            hint: error
                .expected
                .map(|expected| format!("expected {expected}")),
            span: error.span,
        }
    }
}
