//! Access tokens that people lent to their browser's session, so that what they approve is done with their own rights.
//! In memory only: a restart costs another sign-in.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use daypass_engine::ports::{AccessToken, TokenHash};
use jiff::Timestamp;

use crate::app::App;

/// The scope that lets the token do at Google what the person may do
/// (<https://developers.google.com/identity/protocols/oauth2/scopes#iam>).
pub(crate) const POWER_SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Most tokens that are kept. Beyond that the one that ends first gives way.
const MOST_TOKENS: usize = 10_000;

/// The tokens, by the hash of the session that they were lent to.
#[derive(Default)]
pub(crate) struct Powers(Mutex<HashMap<TokenHash, AccessToken>>);

impl Powers {
    /// Keeps the token for the session with this token of its own.
    pub(crate) fn put(&self, session: &str, token: AccessToken, now: Timestamp) {
        let mut powers = self.alive(now);
        if powers.len() >= MOST_TOKENS {
            let first = powers.iter().min_by_key(|(_, token)| token.expires_at());
            let first = first.map(|(hash, _)| hash.clone());
            first.and_then(|hash| powers.remove(&hash));
        }
        powers.insert(key(session), token);
    }

    /// The token that was lent to the session, if it is still good.
    pub(crate) fn of(&self, session: &str, now: Timestamp) -> Option<AccessToken> {
        self.alive(now).get(&key(session)).cloned()
    }

    /// Takes the session's token out: the session is over.
    pub(crate) fn take(&self, session: &str, now: Timestamp) -> Option<AccessToken> {
        self.alive(now).remove(&key(session))
    }

    /// What is not over yet; the rest is gone for good.
    fn alive(&self, now: Timestamp) -> MutexGuard<'_, HashMap<TokenHash, AccessToken>> {
        let mut powers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        powers.retain(|_, token| !token.is_over(now));
        powers
    }
}

/// Ends what was lent to a session, here and at the provider. Where the provider does not take it back, it ends by
/// itself within the hour.
pub(crate) async fn give_back(app: &App, session: &str) {
    let lent = app.powers.take(session, app.engine.now());
    if let (Some(token), Some(login)) = (lent, &app.login)
        && let Err(error) = login.give_back(token.secret()).await
    {
        tracing::warn!(%error, "a lent access token could not be given back; it ends by itself");
    }
}

fn key(session: &str) -> TokenHash {
    TokenHash(daypass_core::token::digest(session))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_token_is_its_sessions_and_ends() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let powers = Powers::default();
        let token = |ends| AccessToken::new("secret".to_owned().into(), at(ends));
        powers.put("one", token(10), at(0));
        powers.put("two", token(20), at(0));
        assert!(powers.of("one", at(9)).is_some());
        assert!(powers.of("three", at(9)).is_none());
        assert!(powers.of("one", at(10)).is_none(), "it is over");
        assert_eq!(powers.0.lock().unwrap().len(), 1, "and gone");
        assert!(powers.take("two", at(11)).is_some());
        assert!(powers.of("two", at(11)).is_none());
    }

    #[test]
    fn there_are_never_too_many() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let powers = Powers::default();
        for number in 0..=MOST_TOKENS {
            let ends = i64::try_from(number).unwrap() + 100;
            let token = AccessToken::new("secret".to_owned().into(), at(ends));
            powers.put(&number.to_string(), token, at(0));
        }
        assert_eq!(powers.0.lock().unwrap().len(), MOST_TOKENS);
        assert!(powers.of("0", at(0)).is_none(), "the one that ends first");
        assert!(powers.of("1", at(0)).is_some());
    }
}
