//! The claims of an ID token, by the sandbox clock.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::cloud::Cloud;
use crate::world::directory::PrincipalKind;

/// Claims for somebody in the directory, as Google writes them; `None` if there is nobody of that name.
pub(super) fn claims(
    cloud: &Cloud,
    principal: &str,
    audience: &str,
    lifetime: SignedDuration,
) -> Option<Value> {
    let now = cloud.now().as_second();
    let world = cloud.world();
    let found = world.directory.resolve(principal)?;
    let mut claims = json!({
        "iss": cloud.base_url(),
        "aud": audience,
        "azp": if found.kind == PrincipalKind::ServiceAccount { &found.uid } else { audience },
        "sub": found.uid,
        "email": found.email,
        "email_verified": true,
        "iat": now,
        "exp": now.saturating_add(lifetime.as_secs()),
    });
    if found.kind == PrincipalKind::User {
        claims["name"] = json!(found.name);
    }
    if let Some(domain) = &found.hosted_domain {
        claims["hd"] = json!(domain);
    }
    Some(claims)
}

/// The left half of the token's hash (OpenID Connect Core 3.1.3.6).
pub(super) fn access_token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(token.as_bytes())[..16])
}
