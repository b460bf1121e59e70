//! Identifiers of our own.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Crockford's alphabet: ids sort by time, and no letter is mistaken for a digit.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("0123456789abcdefghjkmnpqrstvwxyz");
    #[expect(
        clippy::expect_used,
        reason = "a constant alphabet of 32 distinct symbols is always valid"
    )]
    specification.encoding().expect("32 distinct symbols")
});

/// Length of an id in text, in characters: 128 bits, 5 a character.
pub const TEXT_LENGTH: usize = 26;

/// The id of a grant: a version 7 UUID (RFC 9562), written in 26 base32 characters.
///
/// It stands in the condition title of each binding and in Google's audit log, and joins those records with ours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GrantId([u8; 16]);

impl GrantId {
    /// An id for a grant made at `now`, made unique by `random`.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self(
            *uuid::Builder::from_unix_timestamp_millis(milliseconds, &random)
                .as_uuid()
                .as_bytes(),
        )
    }

    /// The 16 bytes of the UUID, for storing and for authentication codes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32.encode(&self.0))
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for GrantId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = || Error::GrantId(crate::justification::printable(text, 40));
        if text.len() != TEXT_LENGTH {
            return Err(refuse());
        }
        let bytes = BASE32.decode(text.as_bytes()).map_err(|_| refuse())?;
        Ok(Self(bytes.try_into().map_err(|_| refuse())?))
    }
}

impl TryFrom<String> for GrantId {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<GrantId> for String {
    fn from(id: GrantId) -> Self {
        id.to_string()
    }
}
