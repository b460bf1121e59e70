//! SHA-256 of values of our own.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Error;

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
