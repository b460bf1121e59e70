//! One broken rule at one place.

use std::io::{self, Write};

/// Where a rule is broken, how, and what to do about it.
#[derive(Debug)]
pub(super) struct Violation {
    /// Path from the root of the workspace, with `/`.
    pub(super) file: String,
    /// Counted from 1.
    pub(super) line: usize,
    /// What was found.
    pub(super) message: String,
    /// The next step.
    pub(super) hint: &'static str,
}

impl Violation {
    pub(super) fn new(
        file: &str,
        line: usize,
        message: impl Into<String>,
        hint: &'static str,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line,
            message: message.into(),
            hint,
        }
    }

    /// Writes `file:line: rule: message` and the hint below it, so that editors can jump there.
    ///
    /// # Errors
    /// When `output` cannot be written.
    pub(super) fn write(&self, rule: &str, output: &mut impl Write) -> io::Result<()> {
        writeln!(
            output,
            "{}:{}: {rule}: {}",
            self.file, self.line, self.message
        )?;
        writeln!(output, "  hint: {}", self.hint)
    }
}
