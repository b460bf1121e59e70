//! Bearer ID tokens of programs: Cloud Scheduler, Pub/Sub push, service accounts that call the API.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::back_channel::{BackChannel, address};
use crate::claims::Claims;
use crate::error::{Error, quoted};
use crate::jwks::KeySet;
use crate::last_good::LastGood;

/// The longest life of a machine token. Google's live for one hour; Google's own workload federation takes no token
/// older than 24 hours.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Which accounts of an issuer may call, and for which audience their tokens must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineIssuer {
    /// Exactly the token's `iss`, for example `https://accounts.google.com`.
    pub issuer: String,
    /// Exactly the token's `aud`.
    pub audience: String,
    /// The addresses of the accounts. Nobody else, whatever the token says; empty means nobody.
    pub accounts: Vec<String>,
}

/// A program whose token holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineIdentity {
    /// The token's issuer. With `subject`, the key of the account.
    pub issuer: String,
    /// The account's id at the issuer.
    pub subject: String,
    /// The account's verified address, in lower case.
    pub email: String,
}

/// Verifies bearer ID tokens against configured issuers.
pub struct MachineVerifier {
    channel: BackChannel,
    issuers: Vec<MachineIssuer>,
    key_sets: HashMap<String, LastGood<KeySet>>,
}

impl fmt::Debug for MachineVerifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MachineVerifier")
            .field("issuers", &self.issuers)
            .finish_non_exhaustive()
    }
}

impl MachineVerifier {
    /// Takes the settings; asks nobody anything yet. `allow_loopback_http` admits http issuers on a loopback IP
    /// address, for the sandbox.
    ///
    /// An issuer may be listed several times, with an audience and accounts each.
    pub fn new(mut issuers: Vec<MachineIssuer>, allow_loopback_http: bool) -> Result<Self, Error> {
        let channel = BackChannel::new(allow_loopback_http)?;
        let mut key_sets = HashMap::new();
        for entry in &mut issuers {
            if entry.audience.is_empty() {
                return Err(Error::EmptySetting {
                    what: "machines.audience",
                });
            }
            channel.admit(&address("machines.issuer", &entry.issuer)?)?;
            for account in &mut entry.accounts {
                account.make_ascii_lowercase();
            }
            key_sets
                .entry(entry.issuer.clone())
                .or_insert_with(|| LastGood::empty(&entry.issuer));
        }
        Ok(Self {
            channel,
            issuers,
            key_sets,
        })
    }

    /// Sets how long the issuer may take for one answer; 10 seconds if this is not called.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.channel.set_timeout(timeout);
        self
    }

    /// Verifies `token` (without `Bearer `) at the time `now`.
    ///
    /// # Errors
    /// One variant of [`Error`] per reason. [`Error::is_unavailable`] tells a provider that is down from a bad token.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<MachineIdentity, Error> {
        let claims = Claims::read(token)?;
        let key_set = self
            .key_sets
            .get(&claims.issuer)
            .ok_or_else(|| Error::WrongIssuer {
                found: quoted(&claims.issuer),
            })?;
        self.check_signature(token, &claims, key_set, now).await?;

        let [audience] = claims.audiences.as_slice() else {
            return Err(Error::WrongAudience);
        };
        let mut entries = self
            .issuers
            .iter()
            .filter(|entry| entry.issuer == claims.issuer && entry.audience == *audience)
            .peekable();
        if entries.peek().is_none() {
            return Err(Error::WrongAudience);
        }
        claims.check_times(now)?;
        if claims.expires_at.duration_since(claims.issued_at) > LONGEST_LIFE {
            return Err(Error::LifetimeTooLong {
                limit_hours: LONGEST_LIFE.as_hours(),
            });
        }
        let email = claims.verified_email()?;
        if !entries.any(|entry| entry.accounts.contains(&email)) {
            return Err(Error::AccountNotListed { email });
        }
        Ok(MachineIdentity {
            issuer: claims.issuer,
            subject: claims.subject,
            email,
        })
    }

    async fn check_signature(
        &self,
        token: &str,
        claims: &Claims,
        last_good: &LastGood<KeySet>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut keys = last_good
            .current(now, KeySet::fetch(&self.channel, &claims.issuer))
            .await?;
        if !keys.has(&claims.key_id) {
            keys = last_good
                .renewed(now, KeySet::fetch(&self.channel, &claims.issuer))
                .await?;
        }
        let key = keys.key(&claims.key_id, claims.algorithm)?;
        // Only the signature is the library's business here: it would read the system's clock and take an audience
        // among several.
        let mut signature_only = Validation::new(Algorithm::from(claims.algorithm));
        signature_only.required_spec_claims.clear();
        signature_only.validate_exp = false;
        signature_only.validate_aud = false;
        jsonwebtoken::decode::<IgnoredAny>(token, &key, &signature_only)
            .map(|_| ())
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => Error::BadSignature,
                ErrorKind::InvalidAlgorithm | ErrorKind::InvalidKeyFormat => Error::UnusableKey {
                    key_id: quoted(&claims.key_id),
                },
                _ => Error::MalformedToken {
                    reason: "it cannot be decoded",
                },
            })
    }
}
