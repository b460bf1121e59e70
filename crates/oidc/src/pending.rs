//! A sign-in between the redirect to the provider and its callback.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq as _;
use url::Url;

use crate::Error;

/// How long a person may take at the provider.
pub const PENDING_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// Where to send the browser, and what to keep meanwhile.
#[derive(Debug)]
pub struct LoginStart {
    /// The provider's authorization endpoint with all parameters: redirect the browser there.
    pub url: Url,
    /// To be stored on the server, bound to this browser by a cookie.
    pub pending: PendingLogin,
}

/// State, nonce and PKCE verifier of one sign-in. It is used up by `finish`, cannot be cloned, and never prints its
/// secrets; `Serialize` does write them, for a store on the server only.
#[derive(Serialize, Deserialize)]
pub struct PendingLogin {
    #[serde(serialize_with = "expose", deserialize_with = "conceal")]
    pub(crate) state: SecretString,
    #[serde(serialize_with = "expose", deserialize_with = "conceal")]
    pub(crate) nonce: SecretString,
    #[serde(serialize_with = "expose", deserialize_with = "conceal")]
    pub(crate) verifier: SecretString,
    pub(crate) expires_at: Timestamp,
}

impl PendingLogin {
    /// When this sign-in is void and may be deleted.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The `state` parameter, for a store that is keyed by it.
    #[must_use]
    pub fn state(&self) -> &SecretString {
        &self.state
    }

    /// The form for a store on the server. It holds secrets.
    pub fn to_stored(&self) -> Result<SecretString, Error> {
        serde_json::to_string(self)
            .map(SecretString::from)
            .map_err(|_| Error::BadPendingLogin)
    }

    /// Reads what [`PendingLogin::to_stored`] wrote.
    pub fn from_stored(stored: &SecretString) -> Result<Self, Error> {
        serde_json::from_str(stored.expose_secret()).map_err(|_| Error::BadPendingLogin)
    }

    pub(crate) fn has_state(&self, state: &str) -> bool {
        self.state
            .expose_secret()
            .as_bytes()
            .ct_eq(state.as_bytes())
            .into()
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PendingLogin")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

fn expose<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn conceal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}
