//! Security Token Service v1: a subject token in, an access token out (facts 1.4).

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::{Call, Received};
use crate::http::routes::Route;

const SERVICE: &str = "sts.googleapis.com";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(SERVICE, "POST", "v1/token", "exchangeToken", exchange).open(),
    Route::new(SERVICE, "POST", "v1beta/token", "exchangeToken", exchange).open(),
    Route::new(SERVICE, "POST", "sts/v1/token", "exchangeToken", exchange).open(),
    Route::new(SERVICE, "POST", "v1/introspect", "introspect", introspect).open(),
    Route::new(
        SERVICE,
        "POST",
        "sts/v1/introspect",
        "introspect",
        introspect,
    )
    .open(),
];

/// Fields of a form or of a JSON body; snake case and camel case both occur.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn read(received: &Received) -> Form {
        let is_json = received
            .header("content-type")
            .is_some_and(|kind| kind.contains("json"));
        if is_json {
            let body = received.json_body().unwrap_or_default();
            let fields = body.as_object().into_iter().flatten();
            let text = |value: &Value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            };
            return Form(
                fields
                    .map(|(name, value)| (name.clone(), text(value)))
                    .collect(),
            );
        }
        Form(
            form_urlencoded::parse(&received.body)
                .into_owned()
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let wanted = name.replace('_', "").to_lowercase();
        let found = self
            .0
            .iter()
            .find(|(field, _)| field.replace('_', "").to_lowercase() == wanted);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// An error as RFC 6749 writes it.
pub(crate) fn oauth_error(error: &str, description: &str) -> Reply {
    let status = if error == "invalid_client" {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::BAD_REQUEST
    };
    Reply::json(&json!({ "error": error, "error_description": description })).with_status(status)
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this type")]
fn exchange(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let form = Form::read(call.received);
    if form.get("grant_type") != Some(EXCHANGE) {
        return Ok(oauth_error(
            "unsupported_grant_type",
            "The grant type must be a token exchange.",
        ));
    }
    if form.get("audience").is_none() {
        return Ok(oauth_error(
            "invalid_request",
            "Invalid value for \"audience\".",
        ));
    }
    let Some(subject) = form.get("subject_token") else {
        return Ok(oauth_error(
            "invalid_request",
            "The subject token is missing.",
        ));
    };
    let mut world = cloud.world();
    let Some(member) = world.tokens.subject(subject).map(str::to_owned) else {
        return Ok(oauth_error(
            "invalid_grant",
            "The subject token is not one that this sandbox issued.",
        ));
    };
    let scopes = form
        .get("scope")
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let (token, _) = world.tokens.mint(&member, cloud.now(), LIFETIME, scopes);
    Ok(Reply::json(&json!({
        "access_token": token,
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": LIFETIME.as_secs(),
    })))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this type")]
fn introspect(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let form = Form::read(call.received);
    let world = cloud.world();
    let found = form
        .get("token")
        .and_then(|token| world.tokens.find(token, cloud.now()).ok());
    Ok(Reply::json(&match found {
        None => json!({ "active": false }),
        Some(token) => json!({
            "active": true,
            "username": token.member.split_once(':').map_or("", |(_, email)| email),
            "scope": token.scopes.join(" "),
            "exp": token.expires_at.as_second(),
            "iss": "https://sts.googleapis.com/",
        }),
    }))
}
