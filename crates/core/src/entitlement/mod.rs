//! What may be asked for: the model of an entitlement.

mod catalogue;
mod load;
mod raw;
mod target;

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use catalogue::{Catalogue, GiveError};
pub use load::{Source, load};

use crate::Error;
use crate::condition::ExtraCondition;
use crate::duration::Duration;
use crate::principal::Principal;
use crate::resource::ResourceName;
use crate::role::Role;

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

/// One entitlement, with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// Its id.
    pub id: EntitlementId,
    /// A short name for people.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Whom to ask about it.
    pub owner: Option<Principal>,
    /// Who may ask.
    pub requesters: Vec<Principal>,
    /// Who may receive; empty: the requester only.
    pub beneficiaries: Vec<Principal>,
    /// Who may give it unasked.
    pub grantors: Vec<Principal>,
    /// What is given.
    pub privileges: Vec<Privilege>,
    /// For how long.
    pub duration: DurationRule,
    /// How far ahead it may be scheduled; none: now only.
    pub start_latest: Option<Duration>,
    /// What the requester must write.
    pub justification: JustificationRule,
    /// Who must agree; none: nobody.
    pub approval: Option<Approval>,
}

/// Roles on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privilege {
    /// The resource that the entitlement names.
    pub resource: ResourceName,
    /// The resource whose policy is written: the same, or its project where the entitlement says `at: project`.
    pub target: ResourceName,
    /// The roles.
    pub roles: Vec<Role>,
    /// The condition beside the window: the entitlement's own, and the limit to `resource` where `target` is its
    /// project.
    pub condition: Option<ExtraCondition>,
}

/// Bounds of the lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DurationRule {
    /// The shortest.
    pub min: Duration,
    /// What is taken when nothing is asked.
    pub default: Duration,
    /// The longest.
    pub max: Duration,
}

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

/// Who must agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who may decide.
    pub approvers: Vec<Principal>,
    /// How many different people must say yes.
    pub needed: u32,
    /// How long a request waits for them.
    pub expires: Duration,
}

/// SHA-256 of an entitlement with its defaults: what a decision was made under (I23).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of a value's JSON. Field order is the type's own, so equal values give equal hashes.
    ///
    /// # Panics
    ///
    /// Never for types of our own, whose keys are strings.
    pub fn of<T: Serialize>(value: &T) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "our own types have string keys only, so they always become JSON"
        )]
        let json = serde_json::to_vec(value).expect("a value of our own becomes JSON");
        Self(Sha256::digest(&json).into())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Entitlement {
    /// The hash that grants remember.
    pub fn hash(&self) -> Hash {
        Hash::of(self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Hash {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok();
        bytes
            .and_then(|b| b.try_into().ok())
            .map(Self)
            .ok_or_else(|| Error::Policy("not a SHA-256 hash".into()))
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}
