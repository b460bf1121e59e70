//! Who is signed in.

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::principal::Principal;

/// A person or a machine whose identity an issuer vouched for.
///
/// The key is (issuer, subject): an address can be given to somebody else. Two `Person`s are the same human when
/// either the key or the address agrees, so that an alias never gets a second vote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Person {
    /// The issuer of the identity, an https URL.
    pub issuer: String,
    /// The issuer's stable key for the person.
    pub subject: String,
    /// The verified address.
    pub email: Email,
}

impl Person {
    /// Whether both are, or could be, the same human being.
    pub fn is_same_human(&self, other: &Self) -> bool {
        (self.issuer == other.issuer && self.subject == other.subject) || self.email == other.email
    }

    /// The IAM principal: a service account by its domain, else a user.
    pub fn principal(&self) -> Principal {
        Principal::of_account(self.email.clone())
    }
}
