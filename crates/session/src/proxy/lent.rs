//! What the session lends to requests: the token and the reason, ready to be sent.

use std::fmt;
use std::sync::Arc;

use daypass_core::Timestamp;
use daypass_core::reason::RequestReason;
use daypass_engine::ports::AccessToken;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::ExposeSecret as _;

use super::Error;

/// The header from which Google's audit log takes the reason.
pub(super) const REASON: HeaderName = HeaderName::from_static("x-goog-request-reason");

/// A token with its reason and the end of the session, in the form in which they are sent. Clones are the same.
#[derive(Clone)]
pub struct Lent(Arc<Prepared>);

struct Prepared {
    authorization: HeaderValue,
    reason: HeaderValue,
    token_ends: Timestamp,
    session_ends: Timestamp,
}

impl Lent {
    /// Prepares a token. It is added to requests before `session_ends` only.
    pub fn new(
        token: &AccessToken,
        reason: &RequestReason,
        session_ends: Timestamp,
    ) -> Result<Self, Error> {
        let bearer = format!("Bearer {}", token.secret().expose_secret());
        let mut authorization = HeaderValue::try_from(bearer).map_err(Error::Header)?;
        // Neither `Debug` nor an index of HTTP/2 headers keeps it.
        authorization.set_sensitive(true);
        let reason = HeaderValue::from_str(reason.as_str()).map_err(Error::Header)?;
        Ok(Self(Arc::new(Prepared {
            authorization,
            reason,
            token_ends: token.expires_at(),
            session_ends,
        })))
    }

    /// When the session ends.
    pub fn session_ends(&self) -> Timestamp {
        self.0.session_ends
    }

    /// Whether Google still takes the token.
    pub(super) fn token_holds(&self, now: Timestamp) -> bool {
        now < self.0.token_ends
    }

    /// Puts token and reason into the headers, in place of whatever was there.
    pub(super) fn write_to(&self, headers: &mut HeaderMap) {
        headers.insert(header::AUTHORIZATION, self.0.authorization.clone());
        headers.insert(REASON, self.0.reason.clone());
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lent(…, until {})", self.0.session_ends)
    }
}
