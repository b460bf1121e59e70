//! An OpenID provider with the people of this world. The issuer is the sandbox's own address.

mod authorize;
pub(crate) mod hostile;
mod id_token;
mod keys;
mod token;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::cloud::Cloud;
use crate::error::Error;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use hostile::Hostility;
use keys::Keys;

pub(crate) const SERVICE: &str = "accounts.google.com";
/// The confidential client that is known from the start.
const CLIENT_ID: &str = "daypass-sandbox";
const CLIENT_SECRET: &str = "sandbox-secret";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "GET",
        ".well-known/openid-configuration",
        "discovery",
        discovery,
    )
    .open(),
    Route::new(
        SERVICE,
        "GET",
        "o/oauth2/v2/auth",
        "authorize",
        authorize::authorize,
    )
    .open(),
    Route::new(
        SERVICE,
        "GET",
        "o/oauth2/auth",
        "authorize",
        authorize::authorize,
    )
    .open(),
    Route::new(SERVICE, "POST", "token", "token", token::token).open(),
    Route::new(SERVICE, "POST", "o/oauth2/token", "token", token::token).open(),
    Route::new(SERVICE, "POST", "revoke", "revoke", token::revoke).open(),
    Route::new(SERVICE, "GET", "certs", "certs", certs).open(),
    Route::new(SERVICE, "GET", "oauth2/v3/certs", "certs", certs).open(),
    Route::new(SERVICE, "GET", "userinfo", "userinfo", token::userinfo),
    Route::new(SERVICE, "GET", "v1/userinfo", "userinfo", token::userinfo),
    Route::new(
        SERVICE,
        "GET",
        "oauth2/v3/userinfo",
        "userinfo",
        token::userinfo,
    ),
];

/// A login that waits for its code to be redeemed.
#[derive(Clone, Debug)]
struct PendingCode {
    client_id: String,
    redirect_uri: String,
    email: String,
    nonce: Option<String>,
    scopes: Vec<String>,
    /// `S256` challenge.
    challenge: String,
    issued_at: Timestamp,
}

#[derive(Default)]
struct State {
    codes: HashMap<String, PendingCode>,
    hostility: Option<Hostility>,
}

/// Keys and logins under way.
pub(crate) struct OpenId {
    keys: Arc<Keys>,
    state: Mutex<State>,
}

impl OpenId {
    /// Key generation goes on in the background: it takes a moment, and not every sandbox needs it.
    pub(crate) fn start() -> OpenId {
        OpenId {
            keys: Keys::generate_in_background(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cloud {
    /// What is wrong with the ID token of the next login; `None` for nothing.
    pub fn set_hostility(&self, hostility: Option<Hostility>) {
        self.openid().state().hostility = hostility;
    }
}

/// Mints an ID token of this issuer, as the metadata server or the credentials API would.
pub(crate) fn machine_token(
    cloud: &Cloud,
    principal: &str,
    audience: &str,
    lifetime: SignedDuration,
) -> Result<String, Error> {
    let claims = id_token::claims(cloud, principal, audience, lifetime)
        .ok_or_else(|| Error::Invalid(format!("{principal} is not in the directory")))?;
    cloud.openid().keys.sign(&claims)
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this type")]
fn discovery(cloud: &Cloud, _: &Call<'_>) -> Result<Reply, ApiError> {
    let issuer = cloud.base_url();
    Ok(Reply::json(&json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "jwks_uri": format!("{issuer}/certs"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile", "https://www.googleapis.com/auth/cloud-platform"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "none"],
        "claims_supported": [
            "aud", "at_hash", "auth_time", "azp", "email", "email_verified", "exp", "hd", "iat", "iss", "name", "nonce", "sub",
        ],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code"],
    })))
}

fn certs(cloud: &Cloud, _: &Call<'_>) -> Result<Reply, ApiError> {
    let keys = cloud
        .openid()
        .keys
        .jwks()
        .map_err(|_| ApiError::internal())?;
    Ok(Reply::json(&keys).with_header("cache-control", "public, max-age=3600"))
}
