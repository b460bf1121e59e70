//! The name of an entitlement.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of an entitlement: `^[a-z][a-z0-9-]{2,62}$`, unique over all files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntitlementId(String);

impl EntitlementId {
    /// Checks the form.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (3..=63).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        fits.then(|| Self(text.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntitlementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for EntitlementId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| {
            format!(
                "'{}' is not an entitlement id: 3 to 63 of a-z, 0-9 and -, starting with a letter",
                crate::justification::printable(&text, 70)
            )
        })
    }
}

impl From<EntitlementId> for String {
    fn from(id: EntitlementId) -> Self {
        id.0
    }
}
