//! E-mail addresses as identities.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Longest address that is accepted, in bytes (RFC 5321, 4.5.3.1.3, less the angle brackets).
const MAX_LENGTH: usize = 254;

/// An address in lower case with exactly one `@`.
///
/// Compared by equality only, never by prefix or suffix: `a@evil@corp` and look-alike domains are how other tools
/// were fooled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// Parses and lower-cases an address.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = || Error::Email(crate::justification::printable(text, 80));
        let (local, domain) = text.split_once('@').ok_or_else(refuse)?;
        let local_fits = !local.is_empty()
            && local
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=^_`{|}~.-".contains(c));
        if !local_fits || !is_domain(domain) || text.len() > MAX_LENGTH {
            return Err(refuse());
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The address, lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Whether the text is a DNS name with at least two labels.
pub(crate) fn is_domain(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Email {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn one_at_sign_and_lower_case() {
        assert_eq!(
            Email::parse("Alice@Example.COM").unwrap().as_str(),
            "alice@example.com"
        );
        for wrong in [
            "alice",
            "a@b@example.com",
            "@example.com",
            "a@",
            "a@example",
            "a b@example.com",
            "a@ex\u{202e}ample.com",
            "a@-x.com",
            "a\n@example.com",
        ] {
            assert!(Email::parse(wrong).is_err(), "{wrong:?} was accepted");
        }
    }
}
