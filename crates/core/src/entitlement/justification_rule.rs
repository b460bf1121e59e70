//! What the requester must write.

use serde::{Deserialize, Serialize};

use crate::justification::Justification;

/// What the requester must write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JustificationRule {
    /// Whether there must be one.
    pub required: bool,
    /// A regular expression that must be found in it.
    pub pattern: Option<String>,
    /// What to write, in words.
    pub hint: Option<String>,
}

impl JustificationRule {
    /// Reads what was written, or says what is wrong with it. None: nothing is, and nothing need be.
    pub fn read(&self, text: &str) -> Result<Option<Justification>, String> {
        if text.trim().is_empty() {
            return if self.required {
                Err("a justification is required".into())
            } else {
                Ok(None)
            };
        }
        let justification = Justification::parse(text).map_err(|error| error.to_string())?;
        if let Some(pattern) = &self.pattern {
            // The loader compiled it; one that does not compile denies.
            let found = regex::Regex::new(pattern)
                .is_ok_and(|regex| regex.is_match(justification.as_str()));
            if !found {
                return Err(format!("the justification does not match {pattern}"));
            }
        }
        Ok(Some(justification))
    }
}
