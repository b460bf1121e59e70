use std::fmt;
use std::sync::Arc;

use daypass_core::Timestamp;
use secrecy::SecretString;

/// An OAuth access token: a person's own, or one of a service account. It lives in memory only: there is no way to
/// write it down by accident, and `Debug` shows nothing of it. Clones are the same token.
#[derive(Clone)]
pub struct AccessToken(Arc<Held>);

struct Held {
    secret: SecretString,
    expires_at: Timestamp,
}

impl AccessToken {
    /// A token and the moment from which Google refuses it.
    pub fn new(secret: SecretString, expires_at: Timestamp) -> Self {
        Self(Arc::new(Held { secret, expires_at }))
    }

    /// The token, for the one who sends it to Google.
    pub fn secret(&self) -> &SecretString {
        &self.0.secret
    }

    /// When Google ceases to take it.
    pub fn expires_at(&self) -> Timestamp {
        self.0.expires_at
    }

    /// Whether it is over at this moment.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.0.expires_at <= now
    }
}

/// Two are equal if they came from the same sign-in; the secrets themselves are never compared.
impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_nothing_of_itself_and_ends() {
        let token = AccessToken::new("canary-8f2a".to_owned().into(), Timestamp::UNIX_EPOCH);
        assert_eq!(format!("{token:?}"), "AccessToken(…)");
        assert!(token.is_over(Timestamp::UNIX_EPOCH));
        assert!(!token.is_over(Timestamp::MIN));
        let other = AccessToken::new("canary-8f2a".to_owned().into(), Timestamp::UNIX_EPOCH);
        assert!(token == token.clone() && token != other);
    }
}
