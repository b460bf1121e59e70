//! ID tokens that a relying party must refuse, one flaw each.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::keys::Keys;
use crate::error::Error;

/// What is wrong with the next login's ID token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hostility {
    /// For another client.
    WrongAudience,
    /// From another issuer.
    WrongIssuer,
    /// For another login.
    WrongNonce,
    /// Without the nonce that was asked for.
    MissingNonce,
    /// Ended an hour ago.
    Expired,
    /// Not signed at all.
    AlgNone,
    /// Signed with the public key as if it were a shared secret.
    HmacWithPublicKey,
    /// Signed by a key that the key set does not list.
    UnknownKey,
    /// The last byte of the signature is another one.
    BrokenSignature,
    /// Without the hosted domain, as a consumer account's.
    MissingHostedDomain,
    /// With somebody else's hosted domain.
    WrongHostedDomain,
    /// The address is not verified.
    UnverifiedEmail,
}

/// The token with its flaw.
pub(super) fn sign(keys: &Keys, mut claims: Value, hostility: Hostility) -> Result<String, Error> {
    let mut without = |name: &str| {
        if let Some(fields) = claims.as_object_mut() {
            fields.shift_remove(name);
        }
    };
    match hostility {
        Hostility::WrongAudience => claims["aud"] = json!("another-client"),
        Hostility::WrongIssuer => claims["iss"] = json!("https://accounts.example.net"),
        Hostility::WrongNonce => claims["nonce"] = json!("another-login"),
        Hostility::MissingNonce => without("nonce"),
        Hostility::Expired => {
            for name in ["iat", "exp", "auth_time"] {
                claims[name] = json!(claims[name].as_i64().unwrap_or_default() - 7_200);
            }
        }
        Hostility::MissingHostedDomain => without("hd"),
        Hostility::WrongHostedDomain => claims["hd"] = json!("example.net"),
        Hostility::UnverifiedEmail => claims["email_verified"] = json!(false),
        Hostility::AlgNone => {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            return Ok(format!(
                "{}.{}.",
                part(&json!({ "alg": "none", "typ": "JWT" })),
                part(&claims)
            ));
        }
        Hostility::HmacWithPublicKey => return keys.sign_with_public_key(&claims),
        Hostility::UnknownKey => return keys.sign_with_unknown_key(&claims),
        Hostility::BrokenSignature => {
            let token = keys.sign(&claims)?;
            let (signed, signature) = token.rsplit_once('.').unwrap_or((&token, ""));
            let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
            if let Some(last) = bytes.last_mut() {
                *last ^= 1;
            }
            return Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes)));
        }
    }
    keys.sign(&claims)
}
