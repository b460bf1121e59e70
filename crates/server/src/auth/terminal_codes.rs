//! Codes that a browser hands to a terminal.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use daypass_engine::SignedInPerson;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::{CodeChallenge, verifies};

/// How long a code is good.
const LIFETIME: SignedDuration = SignedDuration::from_mins(2);

/// Codes that may wait at once.
const MAX_WAITING: usize = 10_000;

struct Waiting {
    who: SignedInPerson,
    challenge: CodeChallenge,
    expires_at: Timestamp,
}

/// The codes that wait, by SHA-256.
#[derive(Default)]
pub(crate) struct TerminalCodes(Mutex<HashMap<[u8; 32], Waiting>>);

impl TerminalCodes {
    /// Remembers a code for this person and challenge. The oldest gives way when there are too many.
    pub(crate) fn put(
        &self,
        code: &str,
        who: SignedInPerson,
        challenge: CodeChallenge,
        now: Timestamp,
    ) {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, waiting| now < waiting.expires_at);
        if codes.len() >= MAX_WAITING {
            let oldest = codes
                .iter()
                .min_by_key(|(_, waiting)| waiting.expires_at)
                .map(|(key, _)| *key);
            oldest.and_then(|key| codes.remove(&key));
        }
        let expires_at = now.checked_add(LIFETIME).unwrap_or(now);
        codes.insert(
            Sha256::digest(code.as_bytes()).into(),
            Waiting {
                who,
                challenge,
                expires_at,
            },
        );
    }

    /// Trades a code for who signed in. It is used up, also by a wrong verifier.
    pub(crate) fn redeem(
        &self,
        code: &str,
        verifier: &str,
        now: Timestamp,
    ) -> Option<SignedInPerson> {
        let key: [u8; 32] = Sha256::digest(code.as_bytes()).into();
        let waiting = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&key)?;
        (now < waiting.expires_at && verifies(&waiting.challenge, verifier)).then_some(waiting.who)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use daypass_core::email::Email;
    use daypass_core::person::Person;

    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn put(codes: &TerminalCodes, code: &str) {
        let person = Person {
            issuer: "https://issuer.example".into(),
            subject: "1".into(),
            email: Email::parse("alice@example.com").unwrap(),
        };
        let challenge =
            CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        codes.put(
            code,
            SignedInPerson {
                person,
                name: "Alice".into(),
            },
            challenge,
            Timestamp::UNIX_EPOCH,
        );
    }

    #[test]
    fn a_code_works_once_soon_and_with_its_verifier() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let codes = TerminalCodes::default();
        put(&codes, "a");
        assert!(codes.redeem("b", VERIFIER, at(1)).is_none());
        assert!(codes.redeem("a", VERIFIER, at(119)).is_some());
        assert!(codes.redeem("a", VERIFIER, at(119)).is_none(), "used twice");
        put(&codes, "c");
        assert!(codes.redeem("c", VERIFIER, at(120)).is_none(), "too late");
        put(&codes, "d");
        assert!(
            codes
                .redeem("d", &VERIFIER.replace('d', "e"), at(1))
                .is_none()
        );
        assert!(
            codes.redeem("d", VERIFIER, at(1)).is_none(),
            "a wrong verifier uses it up"
        );
    }
}
