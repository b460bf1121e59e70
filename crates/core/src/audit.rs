//! The audit trail: one entry for each thing that happened, chained by hashes.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::ids::GrantId;
use crate::person::Person;

/// Where somebody acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Channel {
    Web,
    Cli,
    Api,
    Slack,
    Scheduler,
    System,
}

/// Who acted: a person by address and key, or Daypass itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The person; none: Daypass itself.
    pub person: Option<Person>,
    /// Where.
    pub channel: Channel,
}

impl Actor {
    /// A person.
    pub fn person(person: &Person, channel: Channel) -> Self {
        Self {
            person: Some(person.clone()),
            channel,
        }
    }

    /// Daypass itself: the clock or a reconciler.
    pub fn system() -> Self {
        Self {
            person: None,
            channel: Channel::System,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.person {
            Some(person) => fmt::Display::fmt(&person.email, f),
            None => f.write_str("daypass"),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A grant was asked for or given.
    Requested,
    /// Somebody said yes.
    Approved,
    /// Somebody, or the rules, said no.
    Denied,
    /// Somebody said yes and is no approver any more: their word does not count.
    ApprovalVoid,
    /// The entitlement changed; the request was decided under its new version.
    DecidedAnew,
    /// The approvers of the open step were reminded.
    Reminded,
    /// Nobody decided in time: more people may decide now.
    Escalated,
    /// All that is needed is there.
    Granted,
    /// The requester took it back.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
    /// A scheduled grant reached its start.
    Started,
    /// What will be written into policies: recorded before it is.
    Intended,
    /// A policy was read and shows some of a grant's bindings settled.
    Observed,
    /// All bindings are read back.
    Activated,
    /// Google refused a binding; what was written is being removed.
    ActivationAbandoned,
    /// Nothing of the grant stands.
    ActivationFailed,
    /// Somebody ended it early; removal is under way.
    RevocationBegun,
    /// Ended early; nothing of it stands.
    Revoked,
    /// Its time is over.
    Ended,
    /// Somebody looked at an emergency afterwards.
    Reviewed,
    /// An extension is about to take its place.
    ExtensionBegun,
    /// An extension stands in its place.
    Superseded,
    /// Somebody else removed a binding of an active grant.
    RemovedOutside,
    /// A token is about to be minted: recorded before it is.
    TokenIntended,
    /// A token was minted, and is handed out.
    TokenMinted,
    /// Google gave no token.
    TokenRefused,
    /// A token was minted and thrown away: the grant ended meanwhile.
    TokenWithheld,
    /// A binding of ours that no grant in the store knows was found.
    OrphanFound,
    /// An expired binding is about to be removed.
    SweepIntended,
    /// A binding with our title does not carry our proof.
    AlteredFound,
    /// Somebody signed in.
    SignedIn,
    /// Somebody signed out.
    SignedOut,
    /// New entitlements are in force.
    EntitlementsChanged,
    /// A change of the entitlements cannot be used; the last good version stays in force.
    EntitlementsRefused,
}

impl Action {
    /// The name in the record.
    pub fn as_str(self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => name,
            _ => String::new(),
        }
    }
}

/// An entry before the store numbers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in UTC.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// The grant concerned.
    pub grant: Option<GrantId>,
    /// The particulars.
    pub detail: Map<String, Value>,
}

impl Entry {
    /// An entry without particulars.
    pub fn new(at: Timestamp, actor: Actor, action: Action) -> Self {
        Self {
            at,
            actor,
            action,
            grant: None,
            detail: Map::new(),
        }
    }

    /// The same, about a grant.
    #[must_use]
    pub fn of_grant(mut self, grant: GrantId) -> Self {
        self.grant = Some(grant);
        self
    }

    /// The same, with one more particular; `null` is left out.
    #[must_use]
    pub fn with<T: Serialize>(mut self, key: &str, value: &T) -> Self {
        if let Ok(value) = serde_json::to_value(value)
            && !value.is_null()
        {
            self.detail.insert(key.to_owned(), value);
        }
        self
    }
}

/// An entry as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its number: 1, 2, 3, …, without a gap (I15).
    pub sequence: u64,
    /// The entry.
    pub entry: Entry,
    /// The chain's hash after it: SHA-256 over the hash before it and its own canonical bytes.
    pub chain: ChainHash,
}

/// The hash of the chain after an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChainHash(#[serde(with = "hex")] pub [u8; 32]);

impl ChainHash {
    /// The hash before the first entry.
    pub const START: Self = Self([0; 32]);

    /// The hash after one more entry. The bytes that go in are exactly those that the store keeps.
    #[must_use]
    pub fn after(self, sequence: u64, entry: &[u8]) -> Self {
        let mut digest = Sha256::new();
        digest.update(self.0);
        digest.update(sequence.to_be_bytes());
        digest.update(entry);
        Self(digest.finalize().into())
    }
}

/// The bytes of an entry that are hashed and stored: its JSON, in the field order of [`Entry`].
///
/// # Panics
///
/// Never: an entry has string keys only.
pub fn canonical(entry: &Entry) -> Vec<u8> {
    #[expect(
        clippy::expect_used,
        reason = "an entry has string keys only, so it always becomes JSON"
    )]
    serde_json::to_vec(entry).expect("an entry becomes JSON")
}

mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        bytes: &[u8; 32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&data_encoding::HEXLOWER.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .map_err(D::Error::custom)?;
        bytes
            .try_into()
            .map_err(|_| D::Error::custom("expected 32 bytes"))
    }
}
