//! IAM Service Account Credentials v1: what Google signs for a service account, and the keys that verify it
//! (facts 1.5).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::credentials::{SERVICE, account};
use super::{logging, policies};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields::Shape;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::world::account_keys::AccountKey;

/// Where the keys are, on `www.googleapis.com`.
const KEYS: &str = "www.googleapis.com";
/// Seconds from now until a JWT may end at the latest.
const LONGEST_JWT_SECONDS: i64 = 12 * 3_600;

const SIGN_JWT: Shape = Shape::Message(
    "",
    &[
        ("payload", Shape::Text),
        ("delegates", Shape::List(&Shape::Text)),
    ],
);
const SIGN_BLOB: Shape = Shape::Message(
    "",
    &[
        ("payload", Shape::Bytes),
        ("delegates", Shape::List(&Shape::Text)),
    ],
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}/serviceAccounts/{}:signJwt",
        "signJwt",
        sign_jwt,
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}/serviceAccounts/{}:signBlob",
        "signBlob",
        sign_blob,
    ),
    Route::new(
        KEYS,
        "GET",
        "service_accounts/v1/metadata/{}/{}",
        "serviceAccountKeys",
        keys,
    )
    .open(),
];

/// The key of an account, made when it is first needed and then kept.
fn key_of(cloud: &Cloud, email: &str) -> Result<Arc<AccountKey>, ApiError> {
    if let Some(found) = cloud.world().account_keys.get(email) {
        return Ok(Arc::clone(found));
    }
    // Not under the lock: an RSA key takes its time.
    let made = Arc::new(AccountKey::generate(email).map_err(|_| ApiError::internal())?);
    let mut world = cloud.world();
    let kept = world.account_keys.entry(email.to_owned()).or_insert(made);
    Ok(Arc::clone(kept))
}

fn record(cloud: &Cloud, call: &Call<'_>, email: &str, method: &str) {
    let entry = logging::credential_entry(call, email, method, cloud.now());
    cloud.world().log(entry);
}

fn sign_jwt(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let body = policies::body(cloud, call, &SIGN_JWT)?;
    let payload = body["payload"].as_str().unwrap_or_default();
    let claims: Value = serde_json::from_str(payload).unwrap_or_default();
    if !claims.is_object() {
        let message = "The payload must be a JSON object of JWT claims.";
        return Err(ApiError::bad_field("payload", message));
    }
    let latest = cloud.now().as_second() + LONGEST_JWT_SECONDS;
    if claims["exp"].as_i64().is_some_and(|end| end > latest) {
        let message = "The exp claim must be at most 12 hours in the future.";
        return Err(ApiError::bad_field("payload", message));
    }
    let email = account(cloud, call, &body, "iam.serviceAccounts.signJwt")?;
    let key = key_of(cloud, &email)?;
    let signed = key.sign_jwt(&claims).map_err(|_| ApiError::internal())?;
    record(cloud, call, &email, "SignJwt");
    Ok(Reply::json(
        &json!({ "keyId": key.id, "signedJwt": signed }),
    ))
}

fn sign_blob(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let body = policies::body(cloud, call, &SIGN_BLOB)?;
    let payload = STANDARD.decode(body["payload"].as_str().unwrap_or_default());
    let payload =
        payload.map_err(|_| ApiError::bad_field("payload", "The payload must be base64."))?;
    let email = account(cloud, call, &body, "iam.serviceAccounts.signBlob")?;
    let key = key_of(cloud, &email)?;
    let signed = key.sign_blob(&payload).map_err(|_| ApiError::internal())?;
    record(cloud, call, &email, "SignBlob");
    Ok(Reply::json(
        &json!({ "keyId": key.id, "signedBlob": signed }),
    ))
}

fn keys(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let (form, name) = (call.parameter(0), call.parameter(1));
    let email = {
        let world = cloud.world();
        let account = world
            .resources
            .get(&format!("projects/-/serviceAccounts/{name}"));
        let account = account.map(|account| account.short_name().to_owned());
        account.ok_or_else(|| ApiError::not_found("Requested entity was not found."))?
    };
    let key = key_of(cloud, &email)?;
    let shown = match form {
        "jwk" => json!({ "keys": [key.jwk] }),
        "raw" => json!({ key.id.as_str(): key.public_pem }),
        "x509" => json!({ key.id.as_str(): key.certificate_pem }),
        _ => return Err(ApiError::not_found("Requested entity was not found.")),
    };
    Ok(Reply::json(&shown))
}
