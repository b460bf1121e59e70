//! Cursors: opaque to clients, and refused unless this server made them for the same list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::failure::Failure;

/// Bytes of the authentication code that are kept: 128 bits.
const TAG_BYTES: usize = 16;

/// The key that cursors are made with. It lives as long as the process: a cursor is for the next click, not for later.
pub(crate) struct CursorKey([u8; 32]);

impl CursorKey {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// A cursor that continues `list` after `position`. The list's name holds everything that narrows it, and whose
    /// list it is, so that a cursor does not move between lists.
    pub(crate) fn seal(&self, list: &str, position: &str) -> String {
        let mut bytes = self.tag(list, position).to_vec();
        bytes.extend_from_slice(position.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position in a cursor of this list.
    pub(crate) fn open(&self, list: &str, cursor: &str) -> Result<String, Failure> {
        let refuse = || {
            Failure::invalid("the cursor does not belong to this list")
                .hint("begin again without a cursor")
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refuse())?;
        let (tag, position) = bytes.split_at_checked(TAG_BYTES).ok_or_else(refuse)?;
        let position = std::str::from_utf8(position).map_err(|_| refuse())?;
        let is_ours: bool =
            subtle::ConstantTimeEq::ct_eq(tag, &self.tag(list, position)[..]).into();
        if is_ours {
            Ok(position.to_owned())
        } else {
            Err(refuse())
        }
    }

    fn tag(&self, list: &str, position: &str) -> [u8; TAG_BYTES] {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        mac.update(&(list.len() as u64).to_be_bytes());
        mac.update(list.as_bytes());
        mac.update(position.as_bytes());
        let full = mac.finalize().into_bytes();
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&full[..TAG_BYTES]);
        tag
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_cursor_opens_only_where_it_was_made() {
        let key = CursorKey::new([7; 32]);
        let cursor = key.seal("grants?mine alice", "abc");
        assert_eq!(key.open("grants?mine alice", &cursor).unwrap(), "abc");
        assert!(key.open("grants?mine bob", &cursor).is_err());
        assert!(
            CursorKey::new([8; 32])
                .open("grants?mine alice", &cursor)
                .is_err()
        );
        for wrong in ["", "abc", "!!!", &format!("{cursor}AA"), &cursor[1..]] {
            assert!(key.open("grants?mine alice", wrong).is_err(), "{wrong}");
        }
    }
}
