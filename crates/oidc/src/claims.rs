//! What a token says, typed; and the checks that both doors share.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::email;
use crate::envelope::{Envelope, SignatureAlgorithm};
use crate::error::{Error, quoted};

/// How far an issuer's clock may be from ours, for every time in every token. There is no second leeway.
pub const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// The longest `sub`, in characters (OpenID Connect Core 1.0, section 2).
const SUBJECT_LIMIT: usize = 255;

/// A token's claims: present and of the right type, but **not verified** until the signature is.
#[derive(Debug)]
pub(crate) struct Claims {
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) key_id: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audiences: Vec<String>,
    pub(crate) authorized_party: Option<String>,
    pub(crate) expires_at: Timestamp,
    pub(crate) issued_at: Timestamp,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) email: String,
    pub(crate) email_verified: bool,
    pub(crate) hosted_domain: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) auth_time: Option<Timestamp>,
    /// `at_hash`: what vouches for the access token that came along.
    pub(crate) access_token_hash: Option<String>,
}

impl Claims {
    /// Reads a token's claims without trusting them.
    pub(crate) fn read(token: &str) -> Result<Self, Error> {
        let Envelope {
            algorithm,
            key_id,
            claims,
        } = Envelope::open(token)?;
        let subject = required(text(&claims, "sub")?, "sub")?;
        if subject.is_empty() || subject.len() > SUBJECT_LIMIT || !subject.is_ascii() {
            return Err(Error::InvalidClaim { claim: "sub" });
        }
        Ok(Self {
            algorithm,
            key_id,
            issuer: required(text(&claims, "iss")?, "iss")?,
            subject,
            audiences: audiences(&claims)?,
            authorized_party: text(&claims, "azp")?,
            expires_at: required(time(&claims, "exp")?, "exp")?,
            issued_at: required(time(&claims, "iat")?, "iat")?,
            not_before: time(&claims, "nbf")?,
            email: required(text(&claims, "email")?, "email")?,
            email_verified: required(truth(&claims, "email_verified")?, "email_verified")?,
            hosted_domain: text(&claims, "hd")?,
            name: text(&claims, "name")?,
            auth_time: time(&claims, "auth_time")?,
            access_token_hash: text(&claims, "at_hash")?,
        })
    }

    pub(crate) fn check_issuer(&self, expected: &str) -> Result<(), Error> {
        if self.issuer == expected {
            Ok(())
        } else {
            Err(Error::WrongIssuer {
                found: quoted(&self.issuer),
            })
        }
    }

    pub(crate) fn check_times(&self, now: Timestamp) -> Result<(), Error> {
        // An interval of time that overflows belongs to a time no honest token has.
        let earliest = now.checked_sub(LEEWAY).unwrap_or(Timestamp::MIN);
        let latest = now.checked_add(LEEWAY).unwrap_or(Timestamp::MAX);
        if self.expires_at <= earliest {
            Err(Error::Expired)
        } else if self.issued_at > latest {
            Err(Error::IssuedInFuture)
        } else if self
            .not_before
            .is_some_and(|not_before| not_before > latest)
        {
            Err(Error::NotYetValid)
        } else {
            Ok(())
        }
    }

    /// The verified address in lower case.
    pub(crate) fn verified_email(&self) -> Result<String, Error> {
        let email = email::normalised(&self.email)?;
        if self.email_verified {
            Ok(email)
        } else {
            Err(Error::EmailNotVerified)
        }
    }
}

fn required<T>(value: Option<T>, claim: &'static str) -> Result<T, Error> {
    value.ok_or(Error::MissingClaim { claim })
}

fn text(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<String>, Error> {
    match claims.get(claim) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::InvalidClaim { claim }),
    }
}

fn truth(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<bool>, Error> {
    match claims.get(claim) {
        None => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(*truth)),
        Some(_) => Err(Error::InvalidClaim { claim }),
    }
}

/// Times are whole seconds since 1970 (RFC 7519's NumericDate; no issuer we know sends fractions).
fn time(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<Timestamp>, Error> {
    let Some(value) = claims.get(claim) else {
        return Ok(None);
    };
    value
        .as_i64()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map(Some)
        .ok_or(Error::InvalidClaim { claim })
}

fn audiences(claims: &Map<String, Value>) -> Result<Vec<String>, Error> {
    let invalid = Error::InvalidClaim { claim: "aud" };
    match claims.get("aud") {
        None => Err(Error::MissingClaim { claim: "aud" }),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(several)) if !several.is_empty() => several
            .iter()
            .map(|audience| audience.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or(invalid),
        Some(_) => Err(invalid),
    }
}
