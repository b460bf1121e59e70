use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

/// Longest id that is accepted; Google's have nine characters.
const LONGEST: usize = 32;

/// A customer of Google: an organization's Cloud Identity or Workspace account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Customer(String);

/// The text names no customer.
#[derive(Debug, Error)]
#[error(
    "'{0}' is not the id of a customer, which looks like C0123abcd; 'gcloud organizations list' shows it as DIRECTORY_CUSTOMER_ID"
)]
pub struct CustomerError(String);

impl FromStr for Customer {
    type Err = CustomerError;

    /// `C0123abcd`, or `customers/C0123abcd`.
    fn from_str(text: &str) -> Result<Self, CustomerError> {
        let id = text.strip_prefix("customers/").unwrap_or(text);
        let fits = id.len() > 1
            && id.len() <= LONGEST
            && id.starts_with('C')
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits {
            Ok(Self(id.to_owned()))
        } else {
            Err(CustomerError(daypass_core::justification::printable(
                text, 80,
            )))
        }
    }
}

impl TryFrom<String> for Customer {
    type Error = CustomerError;

    fn try_from(text: String) -> Result<Self, CustomerError> {
        text.parse()
    }
}

impl fmt::Display for Customer {
    /// `customers/C0123abcd`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "customers/{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn an_id_with_or_without_its_collection() {
        for text in ["C0123abcd", "customers/C0123abcd"] {
            let customer: Customer = text.parse().unwrap();
            assert_eq!(customer.to_string(), "customers/C0123abcd");
        }
        for wrong in [
            "",
            "C",
            "0123",
            "c0123",
            "C01' || true",
            "customers/",
            "C01/2",
        ] {
            assert!(wrong.parse::<Customer>().is_err(), "{wrong}");
        }
    }
}
