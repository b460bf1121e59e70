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
use crate::iam::evaluate::{Question, decide};
use crate::world::World;

pub(super) const SERVICE: &str = "iamcredentials.googleapis.com";
/// Seconds.
const LONGEST_LIFETIME_SECONDS: i64 = 3_600;
/// Seconds, for accounts that the organisation policy `iam.allowServiceAccountCredentialLifetimeExtension` lists.
const EXTENDED_LIFETIME_SECONDS: i64 = 43_200;
/// What every link but the last of a chain of delegates needs.
const DELEGATION: &str = "iam.serviceAccounts.implicitDelegation";

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

/// The account, after each link of the chain to it was checked; the project must be `-`. Without delegates the caller
/// needs the permission on the account. With them the caller, and each delegate in turn, needs to be let through to
/// the next one, and the last delegate needs the permission.
pub(super) fn account(
    cloud: &Cloud,
    call: &Call<'_>,
    body: &Value,
    permission: &str,
) -> Result<String, ApiError> {
    if call.parameter(0) != "-" {
        return Err(ApiError::bad_field(
            "name",
            "The project must be the wildcard character -.",
        ));
    }
    let target = format!("projects/-/serviceAccounts/{}", call.parameter(1));
    let world = cloud.world();
    let mut member = call.caller.member.clone();
    for name in body["delegates"].as_array().into_iter().flatten() {
        let delegate = name.as_str().unwrap_or_default();
        if !delegate.starts_with("projects/-/serviceAccounts/") {
            let message = "Each delegate must have the form projects/-/serviceAccounts/{ACCOUNT_EMAIL_OR_UNIQUEID}.";
            return Err(ApiError::bad_field("delegates", message));
        }
        let email = link(&world, cloud, &member, delegate, DELEGATION)
            .ok_or_else(|| ApiError::denied_account(DELEGATION))?;
        member = format!("serviceAccount:{email}");
    }
    link(&world, cloud, &member, &target, permission)
        .ok_or_else(|| ApiError::denied_account(permission))
}

/// The address of the account if the member has the permission on it.
fn link(
    world: &World,
    cloud: &Cloud,
    member: &str,
    account: &str,
    permission: &str,
) -> Option<String> {
    let question = Question {
        member,
        permission,
        resource: account,
        at: cloud.now(),
        attributes: None,
        modified_grants: &[],
    };
    let allowed = decide(world, cloud.evaluator(), &question).allowed;
    let found = world.resources.get(account).filter(|_| allowed)?;
    Some(found.short_name().to_owned())
}

/// The lifetime asked for, in whole seconds.
fn lifetime_seconds(body: &Value) -> i64 {
    let lifetime = body["lifetime"].as_str().unwrap_or("3600s");
    let whole = lifetime
        .strip_suffix('s')
        .and_then(|text| text.split('.').next());
    whole.and_then(|text| text.parse().ok()).unwrap_or(0)
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
    let seconds = lifetime_seconds(&body);
    if !(1..=EXTENDED_LIFETIME_SECONDS).contains(&seconds) {
        let message = "The token lifetime must be between 1 and 43200 seconds.";
        return Err(ApiError::bad_field("lifetime", message));
    }
    let email = account(cloud, call, &body, "iam.serviceAccounts.getAccessToken")?;
    let is_extended = cloud.world().extended_lifetimes.contains(&email);
    if seconds > LONGEST_LIFETIME_SECONDS && !is_extended {
        let message = "The token lifetime must be between 1 and 3600 seconds. To use a longer lifetime, set the \
                       constraints/iam.allowServiceAccountCredentialLifetimeExtension organization policy.";
        return Err(ApiError::bad_field("lifetime", message));
    }
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
    let email = account(cloud, call, &body, "iam.serviceAccounts.getOpenIdToken")?;
    let principal = format!("serviceAccount:{email}");
    let token = cloud
        .mint_id_token(&principal, audience, SignedDuration::from_hours(1))
        .map_err(|_| ApiError::internal())?;
    let entry = logging::credential_entry(call, &email, "GenerateIdToken", cloud.now());
    cloud.world().log(entry);
    Ok(Reply::json(&json!({ "token": token })))
}
