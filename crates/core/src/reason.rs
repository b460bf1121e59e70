//! The request reason: what Google's audit log shows beside each of our calls.

use std::fmt::{self, Write as _};

use crate::ids::GrantId;

/// Most grant ids that are spelled out; the rest is a count (design, flow 5).
const MAX_IDS: usize = 10;

/// Longest value of the `X-Goog-Request-Reason` header that we send, in bytes.
pub const MAX_BYTES: usize = 512;

/// The value of `X-Goog-Request-Reason`: `daypass <batch id> <grant ids, at most 10, then +n>`, in ASCII.
///
/// Google's audit log joins to ours by grant id, there and in the binding's title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestReason(String);

impl RequestReason {
    /// The reason of one write for these grants.
    pub fn of_batch(batch: GrantId, grants: &[GrantId]) -> Self {
        let mut text = format!("daypass {batch}");
        for id in grants.iter().take(MAX_IDS) {
            text.push(' ');
            text.push_str(&id.to_string());
        }
        if grants.len() > MAX_IDS {
            // Writing to a String cannot fail.
            let _ = write!(text, " +{}", grants.len() - MAX_IDS);
        }
        debug_assert!(text.len() <= MAX_BYTES && text.is_ascii());
        Self(text)
    }

    /// The reason of the token with which Daypass acts as its own service account. It is held for an hour and serves many
    /// grants, so that it names none; each write has its own reason.
    pub fn of_broker() -> Self {
        Self("daypass broker: to act as Daypass's own service account".to_owned())
    }

    /// The reason of everything that is done within one session: `daypass <id>: <what the person said>`. The id is
    /// that of the grant, or of the session where no grant stands behind it.
    ///
    /// What the person said is percent-encoded where it is not printable ASCII, as is the percent sign itself, so that
    /// the value fits into any header and no line break gets in; what is longer than the header may be is cut off at a
    /// whole character.
    pub fn of_session(id: GrantId, said: &str) -> Self {
        let mut text = format!("daypass {id}: ");
        for character in said.trim().chars() {
            let mut encoded = String::new();
            if matches!(character, ' '..='~') && character != '%' {
                encoded.push(character);
            } else {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(encoded, "%{byte:02X}");
                }
            }
            if text.len() + encoded.len() > MAX_BYTES {
                break;
            }
            text.push_str(&encoded);
        }
        Self(text.trim_end().to_owned())
    }

    /// The header value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
