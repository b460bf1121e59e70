//! The token endpoint, revocation and userinfo.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{CLIENT_ID, CLIENT_SECRET, hostile, id_token};
use crate::apis::sts::{Form, oauth_error};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::{Call, Received};

const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// A code must be redeemed soon.
const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// The client that redeems: known clients prove themselves, public ones have only the code verifier.
fn client(received: &Received, form: &Form) -> Result<String, Reply> {
    let basic = received
        .header("authorization")
        .and_then(|value| value.strip_prefix("Basic "));
    let basic = basic
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let (id, secret) = match basic.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((id, secret)) => (Some(decode(id)), Some(decode(secret))),
        None => (
            form.get("client_id").map(str::to_owned),
            form.get("client_secret").map(str::to_owned),
        ),
    };
    let id = id.ok_or_else(|| oauth_error("invalid_client", "The OAuth client was not found."))?;
    // A public client has no secret; one that shows a secret must have the right one.
    if secret.is_some_and(|secret| id != CLIENT_ID || secret != CLIENT_SECRET) {
        return Err(oauth_error("invalid_client", "Unauthorized"));
    }
    Ok(id)
}

/// The two halves of basic authentication are form-encoded (RFC 6749, 2.3.1).
fn decode(text: &str) -> String {
    url::form_urlencoded::parse(text.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

/// Redeems a code once.
pub(super) fn token(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let form = Form::read(call.received);
    if form.get("grant_type") != Some("authorization_code") {
        return Ok(oauth_error("unsupported_grant_type", "Invalid grant_type."));
    }
    let client_id = match client(call.received, &form) {
        Ok(client_id) => client_id,
        Err(reply) => return Ok(reply),
    };
    let pending = form
        .get("code")
        .and_then(|code| cloud.openid().state().codes.remove(code));
    let now = cloud.now();
    let Some(pending) =
        pending.filter(|pending| now.duration_since(pending.issued_at) < CODE_LIFETIME)
    else {
        return Ok(oauth_error("invalid_grant", "Malformed auth code."));
    };
    if pending.client_id != client_id {
        return Ok(oauth_error(
            "invalid_grant",
            "The code was issued to another client.",
        ));
    }
    if form.get("redirect_uri") != Some(&pending.redirect_uri) {
        return Ok(oauth_error("redirect_uri_mismatch", "Bad Request"));
    }
    let verifier = form.get("code_verifier").unwrap_or_default();
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != pending.challenge {
        return Ok(oauth_error("invalid_grant", "Invalid code verifier."));
    }
    let member = format!("user:{}", pending.email);
    let (access_token, _) =
        cloud
            .world()
            .tokens
            .mint(&member, now, LIFETIME, pending.scopes.clone());
    let Some(mut claims) = id_token::claims(cloud, &member, &client_id, LIFETIME) else {
        return Ok(oauth_error("invalid_grant", "Account has been deleted."));
    };
    claims["auth_time"] = json!(pending.issued_at.as_second());
    claims["at_hash"] = json!(id_token::access_token_hash(&access_token));
    if let Some(nonce) = &pending.nonce {
        claims["nonce"] = json!(nonce);
    }
    let keys = &cloud.openid().keys;
    let hostility = cloud.openid().state().hostility.take();
    let signed = match hostility {
        Some(hostility) => hostile::sign(keys, claims, hostility),
        None => keys.sign(&claims),
    };
    let id_token = signed.map_err(|_| ApiError::internal())?;
    Ok(Reply::json(&json!({
        "access_token": access_token,
        "expires_in": LIFETIME.as_secs(),
        "scope": pending.scopes.join(" "),
        "token_type": "Bearer",
        "id_token": id_token,
    }))
    .with_header("cache-control", "no-store"))
}

/// RFC 7009; Google takes the token from the query too.
#[expect(clippy::unnecessary_wraps, reason = "every handler has this type")]
pub(super) fn revoke(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let form = Form::read(call.received);
    let token = form
        .get("token")
        .or(call.query_value("token"))
        .unwrap_or_default();
    Ok(if cloud.world().tokens.revoke(token) {
        Reply::json(&json!({}))
    } else {
        oauth_error("invalid_token", "Token expired or revoked")
    })
}

pub(super) fn userinfo(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let claims = id_token::claims(cloud, &call.caller.member, "", LIFETIME)
        .ok_or_else(ApiError::internal)?;
    let shown = ["sub", "name", "email", "email_verified", "hd"];
    let claims = claims
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| shown.contains(&name.as_str()));
    Ok(Reply::json(
        &claims
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    ))
}
