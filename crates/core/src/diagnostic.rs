//! What is wrong in a file that a person wrote, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::justification::printable;

/// The longest path that Linux opens, in bytes.
const LONGEST_PATH: usize = 4096;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, and may do more or less than is meant.
    Warning,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Its stable name, such as `leads-to-more`; none for errors of form.
    pub code: Option<String>,
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1; 0 if the finding has no place.
    pub line: u64,
    /// The column, from 1, in characters.
    pub column: u64,
    /// How many characters of the line it is about; at least 1 is underlined.
    pub width: u64,
    /// What is wrong.
    pub message: String,
    /// The next step.
    pub hint: Option<String>,
    /// The line of the file, for showing.
    pub excerpt: Option<String>,
}

impl Diagnostic {
    /// An error without a place or a next step.
    pub fn error(file: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code: None,
            file: file.to_owned(),
            line: 0,
            column: 0,
            width: 0,
            message: message.into(),
            hint: None,
            excerpt: None,
        }
    }
}

/// As compilers show it: the message, the place, the line with what is meant underlined, the next step.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        match &self.code {
            Some(code) => write!(f, "{word}[{code}]: {}", self.message)?,
            None => write!(f, "{word}: {}", self.message)?,
        }
        // A file's name may hold anything: a line break in it could look like a finding of its own.
        let file = printable(&self.file, LONGEST_PATH);
        if self.line == 0 {
            write!(f, "\n --> {file}")?;
        } else {
            let number = self.line.to_string();
            let margin = " ".repeat(number.len());
            write!(f, "\n{margin}--> {file}:{}:{}", self.line, self.column)?;
            if let Some(excerpt) = &self.excerpt {
                let indent = usize::try_from(self.column.saturating_sub(1)).unwrap_or(0);
                let left = excerpt.chars().count().saturating_sub(indent).max(1);
                let width = usize::try_from(self.width).unwrap_or(1).clamp(1, left);
                write!(
                    f,
                    "\n{margin} |\n{number} | {excerpt}\n{margin} | {}{}",
                    " ".repeat(indent),
                    "^".repeat(width)
                )?;
            }
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  = hint: {hint}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_line_break_stays_in_its_line() {
        let finding = Diagnostic::error("a.yaml\n --> other.yaml", "wrong");
        assert_eq!(
            finding.to_string(),
            "error: wrong\n --> a.yaml\\u{a} --> other.yaml"
        );
    }
}
