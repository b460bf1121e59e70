//! Principals as IAM names them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::email::{Email, is_domain};

/// Longest `principal://` or `principalSet://` identifier that is read, in bytes.
const MAX_IDENTIFIER: usize = 1_024;

/// A member of an allow policy, of the kinds that Daypass gives to or recognises
/// (<https://cloud.google.com/iam/docs/principal-identifiers>).
///
/// `allUsers` and `allAuthenticatedUsers` are not among them on purpose (I8).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Principal {
    /// A Google account.
    User(Email),
    /// A Google group.
    Group(Email),
    /// A service account.
    ServiceAccount(Email),
    /// Everybody of a Workspace domain.
    Domain(String),
    /// One federated identity, `principal://…`. Case matters.
    Federated(String),
    /// A set of federated identities, `principalSet://…`. Case matters.
    FederatedSet(String),
}

impl Principal {
    /// The principal behind an address: service accounts live in domains of Google's own.
    pub fn of_account(email: Email) -> Self {
        if email.domain().ends_with(".gserviceaccount.com") {
            Self::ServiceAccount(email)
        } else {
            Self::User(email)
        }
    }

    /// The address of a user, group or service account.
    pub fn email(&self) -> Option<&Email> {
        match self {
            Self::User(email) | Self::Group(email) | Self::ServiceAccount(email) => Some(email),
            Self::Domain(_) | Self::Federated(_) | Self::FederatedSet(_) => None,
        }
    }
}

impl FromStr for Principal {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = || Error::Principal(crate::justification::printable(text, 120));
        if matches!(text, "allUsers" | "allAuthenticatedUsers") {
            return Err(Error::PublicPrincipal(text.to_owned()));
        }
        if text.starts_with("principal://") || text.starts_with("principalSet://") {
            return federated(text).ok_or_else(refuse);
        }
        let (kind, rest) = text.split_once(':').ok_or_else(refuse)?;
        let email = || Email::parse(rest).map_err(|_| refuse());
        match kind {
            // A service account written as a user is refused by Google; say what it is from the start.
            "user" => match Self::of_account(email()?) {
                Self::User(email) => Ok(Self::User(email)),
                _ => Err(refuse()),
            },
            "group" => Ok(Self::Group(email()?)),
            "serviceAccount" => Ok(Self::ServiceAccount(email()?)),
            "domain" if is_domain(rest) => Ok(Self::Domain(rest.to_ascii_lowercase())),
            _ => Err(refuse()),
        }
    }
}

fn federated(text: &str) -> Option<Principal> {
    let (scheme, path) = text.split_once("://")?;
    let path = path.strip_prefix("iam.googleapis.com/")?;
    let fits = text.len() <= MAX_IDENTIFIER
        && path.split('/').all(|segment| !segment.is_empty())
        && !path.chars().any(|c| {
            c.is_whitespace()
                || crate::justification::is_deceptive(c)
                || c == '"'
                || c == '\\'
                || c == '?'
        });
    match (fits, scheme) {
        (true, "principal") => Some(Principal::Federated(text.to_owned())),
        (true, "principalSet") => Some(Principal::FederatedSet(text.to_owned())),
        _ => None,
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(email) => write!(f, "user:{email}"),
            Self::Group(email) => write!(f, "group:{email}"),
            Self::ServiceAccount(email) => write!(f, "serviceAccount:{email}"),
            Self::Domain(domain) => write!(f, "domain:{domain}"),
            Self::Federated(name) | Self::FederatedSet(name) => f.write_str(name),
        }
    }
}

impl TryFrom<String> for Principal {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Principal> for String {
    fn from(principal: Principal) -> Self {
        principal.to_string()
    }
}

/// A member string in the one form that our authentication codes and comparisons use.
///
/// IAM ignores case except in `principal://` and `principalSet://`, and rewrites a deleted member to
/// `deleted:user:a@example.com?uid=123`: ownership must stay provable through both (finding 5).
pub fn canonical_member(member: &str) -> String {
    let live = match member.strip_prefix("deleted:") {
        Some(rest) => rest.split_once("?uid=").map_or(rest, |(name, _)| name),
        None => member,
    };
    if live.starts_with("principal://") || live.starts_with("principalSet://") {
        live.to_owned()
    } else {
        live.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_public_is_never_a_principal() {
        for text in ["allUsers", "allAuthenticatedUsers"] {
            assert!(matches!(
                text.parse::<Principal>(),
                Err(Error::PublicPrincipal(_))
            ));
        }
    }

    #[test]
    fn wrong_forms_are_refused() {
        for text in [
            "alice@example.com",
            "user:",
            "user:a@b@example.com",
            "user:x@p.iam.gserviceaccount.com",
            "domain:localhost",
            "deleted:user:a@example.com?uid=1",
            "principal://evil.example/x",
            "principalSet://iam.googleapis.com//",
            "USER:a@example.com",
        ] {
            assert!(text.parse::<Principal>().is_err(), "{text}");
        }
    }

    #[test]
    fn deleted_members_and_case_are_canonical() {
        assert_eq!(
            canonical_member("deleted:user:A@example.com?uid=12"),
            "user:a@example.com"
        );
        assert_eq!(
            canonical_member("serviceAccount:X@P.iam.gserviceaccount.com"),
            "serviceaccount:x@p.iam.gserviceaccount.com"
        );
        assert_eq!(
            canonical_member("deleted:principal://iam.googleapis.com/X?uid=1"),
            "principal://iam.googleapis.com/X"
        );
        assert_eq!(
            canonical_member("principalSet://iam.googleapis.com/X"),
            "principalSet://iam.googleapis.com/X"
        );
    }

    proptest! {
        /// I26 for members.
        #[test]
        fn what_is_printed_reads_back(local in "[a-z][a-z0-9.+-]{0,20}", domain in "[a-z]{1,10}\\.(com|org)", kind in "user|group") {
            let text = format!("{kind}:{local}@{domain}");
            prop_assert_eq!(text.parse::<Principal>().unwrap().to_string(), text);
        }

        /// I27: no text makes the parser panic.
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            if let Ok(principal) = text.parse::<Principal>() {
                prop_assert_eq!(principal.to_string().parse::<Principal>().unwrap(), principal);
            }
        }
    }
}
