//! The token of a session, as all of its servers see it.

use daypass_core::Timestamp;
use daypass_engine::ports::AccessToken;
use tokio::sync::watch;

/// The present token, and the one after it, and so on. None before the first, and once the session is over.
pub type TokenWatch = watch::Receiver<Option<AccessToken>>;

/// Seconds that a token has left; none when it has no whole second left.
pub(crate) fn seconds_left(token: &AccessToken, now: Timestamp) -> Option<u64> {
    let left = token.expires_at().duration_since(now).as_secs();
    u64::try_from(left).ok().filter(|left| *left > 0)
}
