//! IAM Service Account Credentials v1: short-lived tokens of service accounts (facts 1.5).

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::logging;
use super::policies;
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;

const SERVICE: &str = "iamcredentials.googleapis.com";
/// Seconds; longer needs an organisation policy that this world does not have.
const LONGEST_LIFETIME_SECONDS: i64 = 3_600;

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}/serviceAccounts/{}:generateAccessToken",
        "generateAccessToken",
        generate_access_token,
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}/serviceAccounts/{}:generateIdToken",
        "generateIdToken",
        generate_id_token,
    ),
    // Some clients ask where a token may be used before they use it, and take 404 for an answer.
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/serviceAccounts/{}/allowedLocations",
        "getAllowedLocations",
        |_, _| Err(ApiError::not_found("Requested entity was not found.")),
    ),
];

/// The account, after the caller's permission was checked; the project must be `-`.
fn account(cloud: &Cloud, call: &Call<'_>, permission: &str) -> Result<String, ApiError> {
    if call.parameter(0) != "-" {
        return Err(ApiError::bad_field(
            "name",
            "The project must be the wildcard character -.",
        ));
    }
    let world = cloud.world();
    let found = world
        .resources
        .get(&format!("projects/-/serviceAccounts/{}", call.parameter(1)));
    let key = found.map_or_else(
        || format!("projects/-/serviceAccounts/{}", call.parameter(1)),
        |found| found.key.clone(),
    );
    policies::require(&world, cloud, call, &key, permission)
        .map_err(|_| ApiError::denied_account(permission))?;
    Ok(found
        .map(|found| found.short_name().to_owned())
        .unwrap_or_default())
}

fn generate_access_token(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let body = policies::body(cloud, call, &fields::GENERATE_ACCESS_TOKEN)?;
    let scopes: Vec<String> = body["scope"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if scopes.is_empty() {
        return Err(ApiError::bad_field(
            "scope",
            "Request must specify at least one scope.",
        ));
    }
    let lifetime = body["lifetime"].as_str().unwrap_or("3600s");
    let whole = lifetime
        .strip_suffix('s')
        .and_then(|text| text.split('.').next());
    let seconds = whole.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    if !(1..=LONGEST_LIFETIME_SECONDS).contains(&seconds) {
        let message = "The token lifetime must be between 1 and 3600 seconds. To use a longer lifetime, set the \
                       constraints/iam.allowServiceAccountCredentialLifetimeExtension organization policy.";
        return Err(ApiError::bad_field("lifetime", message));
    }
    let email = account(cloud, call, "iam.serviceAccounts.getAccessToken")?;
    let mut world = cloud.world();
    let now = cloud.now();
    let member = format!("serviceAccount:{email}");
    let (token, expires) =
        world
            .tokens
            .mint(&member, now, SignedDuration::from_secs(seconds), scopes);
    let entry = logging::credential_entry(call, &email, "GenerateAccessToken", now);
    world.log(entry);
    // Google prints whole seconds here.
    let expire_time = jiff::Timestamp::from_second(expires.as_second()).unwrap_or(expires);
    Ok(Reply::json(
        &json!({ "accessToken": token, "expireTime": expire_time.to_string() }),
    ))
}

fn generate_id_token(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let body = policies::body(cloud, call, &fields::GENERATE_ID_TOKEN)?;
    let audience = body["audience"]
        .as_str()
        .filter(|audience| !audience.is_empty());
    let audience =
        audience.ok_or_else(|| ApiError::bad_field("audience", "The audience is required."))?;
    let email = account(cloud, call, "iam.serviceAccounts.getOpenIdToken")?;
    let principal = format!("serviceAccount:{email}");
    let token = cloud
        .mint_id_token(&principal, audience, SignedDuration::from_hours(1))
        .map_err(|_| ApiError::internal())?;
    let entry = logging::credential_entry(call, &email, "GenerateIdToken", cloud.now());
    cloud.world().log(entry);
    Ok(Reply::json(&json!({ "token": token })))
}
