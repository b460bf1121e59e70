//! The outside of a token, read strictly before anything else looks at it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::error::{Error, quoted};
use crate::strict_json::{self, Refused};

/// The largest token that is looked at, in bytes. Google's are below 2 kB.
const TOKEN_LIMIT: usize = 16 * 1024;

/// The signature algorithms that are accepted: this list, never the token's header, decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl SignatureAlgorithm {
    fn named(name: &str) -> Result<Self, Error> {
        match name {
            "RS256" => Ok(Self::Rs256),
            "ES256" => Ok(Self::Es256),
            other => Err(Error::AlgorithmNotAllowed {
                algorithm: quoted(other),
            }),
        }
    }
}

/// A token's header and claims: well formed, but **not verified**.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) key_id: String,
    pub(crate) claims: Map<String, Value>,
}

impl Envelope {
    pub(crate) fn open(token: &str) -> Result<Self, Error> {
        if token.len() > TOKEN_LIMIT {
            return Err(Error::TokenTooLarge { limit: TOKEN_LIMIT });
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            return Err(Error::MalformedToken {
                reason: "it has not three parts",
            });
        };
        let header = object(header)?;
        let claims = object(claims)?;

        let algorithm = match header.get("alg") {
            Some(Value::String(name)) => SignatureAlgorithm::named(name)?,
            _ => {
                return Err(Error::MalformedToken {
                    reason: "its header names no algorithm",
                });
            }
        };
        match header.get("typ") {
            None => {}
            Some(Value::String(kind)) if kind.eq_ignore_ascii_case("JWT") => {}
            Some(_) => {
                return Err(Error::MalformedToken {
                    reason: "its type is not JWT",
                });
            }
        }
        // RFC 7515, 4.1.11: a critical extension that is not understood must be refused; we understand none.
        if header.contains_key("crit") {
            return Err(Error::MalformedToken {
                reason: "its header has critical extensions",
            });
        }
        let key_id = match header.get("kid") {
            Some(Value::String(key_id)) if !key_id.is_empty() => key_id.clone(),
            _ => return Err(Error::MissingKeyId),
        };
        // An empty or clipped signature is a wrong one, whatever the libraries make of it.
        if decoded(signature)?.is_empty() {
            return Err(Error::BadSignature);
        }
        Ok(Self {
            algorithm,
            key_id,
            claims,
        })
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Error::MalformedToken {
            reason: "a part is not base64url",
        })
}

fn object(part: &str) -> Result<Map<String, Value>, Error> {
    match strict_json::parse(&decoded(part)?) {
        Ok(Value::Object(object)) => Ok(object),
        Err(Refused::Twice(name)) => Err(Error::DuplicateMember {
            name: quoted(&name),
        }),
        Ok(_) | Err(Refused::NotJson(_)) => Err(Error::MalformedToken {
            reason: "a part is not a JSON object",
        }),
    }
}
