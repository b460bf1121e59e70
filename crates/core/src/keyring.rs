//! The keys that prove a binding to be ours.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Error;

/// Bytes of a key: the block of security that HMAC-SHA256 can use.
pub const KEY_BYTES: usize = 32;

/// Bytes of a tag: 128 bits, which nobody can guess in the life of a binding (design, flow 5).
pub const TAG_BYTES: usize = 16;

/// A short name of a key, `[a-z0-9]{1,6}`: it stands in each binding's title, before the tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Reads a key id.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fits = (1..=6).contains(&text.len())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Policy(format!(
                "'{}' is no key id",
                crate::justification::printable(text, 20)
            )))
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One key. It cannot be printed.
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    secret: [u8; KEY_BYTES],
}

impl Key {
    /// A key of this id.
    pub fn new(id: KeyId, secret: [u8; KEY_BYTES]) -> Self {
        Self { id, secret }
    }

    fn mac(&self, message: &[u8]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("any length is a key");
        mac.update(message);
        mac
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id.as_str())
    }
}

/// The current key, which signs, and all old ones, which still verify: a rotation never disowns a live binding.
#[derive(Debug, Clone)]
pub struct Keyring {
    current: Key,
    old: Vec<Key>,
}

impl Keyring {
    /// A keyring that signs with `current`.
    pub fn new(current: Key, old: Vec<Key>) -> Self {
        Self { current, old }
    }

    /// The id of the key that signs.
    pub fn current_id(&self) -> &KeyId {
        &self.current.id
    }

    /// The tag of a message under the current key.
    pub fn tag(&self, message: &[u8]) -> [u8; TAG_BYTES] {
        let full = self.current.mac(message).finalize().into_bytes();
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&full[..TAG_BYTES]);
        tag
    }

    /// Whether the tag is the one that the named key gives, in constant time.
    pub fn verifies(&self, id: &KeyId, message: &[u8], tag: &[u8; TAG_BYTES]) -> bool {
        std::iter::once(&self.current)
            .chain(&self.old)
            .filter(|key| key.id == *id)
            .any(|key| key.mac(message).verify_truncated_left(tag).is_ok())
    }
}
