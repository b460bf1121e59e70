//! The control API under `/sandbox/`: JSON, without authentication, for tests and demonstrations.

mod directory;
mod knobs;
mod policies;

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::error::Error;
use crate::http::reply::Reply;
use crate::http::request::Received;

/// What went wrong, for the person who writes the test.
pub(crate) struct Refusal(StatusCode, String);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal(StatusCode::BAD_REQUEST, error.to_string())
    }
}

type Answer = Result<Value, Refusal>;

fn refused(message: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, message.into())
}

/// The body as a typed value; an empty body is an empty object.
fn body<T: DeserializeOwned>(received: &Received) -> Result<T, Refusal> {
    let bytes = if received.body.is_empty() {
        b"{}"
    } else {
        received.body.as_slice()
    };
    serde_json::from_slice(bytes)
        .map_err(|error| refused(format!("the body is not valid: {error}")))
}

fn query(received: &Received, name: &str) -> Option<String> {
    received
        .query_pairs()
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

/// A duration such as `90m`, `1h30m`, `PT90M`, `5400s` or `-30s`.
fn duration(text: &str) -> Result<jiff::SignedDuration, Refusal> {
    text.parse().map_err(|_| {
        refused(format!(
            "\"{text}\" is not a duration; write it as 90m, 1h30m, PT90M or 5400s"
        ))
    })
}

/// Answers a request whose first segment is `sandbox`.
pub(crate) fn answer(cloud: &Cloud, received: &Received, segments: &[String]) -> Reply {
    let path: Vec<&str> = segments
        .iter()
        .skip(1)
        .map(String::as_str)
        .filter(|segment| !segment.is_empty())
        .collect();
    match route(cloud, received, &path) {
        Ok(value) => Reply::json(&value),
        Err(Refusal(status, message)) => {
            Reply::json(&json!({ "error": message })).with_status(status)
        }
    }
}

fn route(cloud: &Cloud, received: &Received, path: &[&str]) -> Answer {
    match (received.method.as_str(), path) {
        ("GET", []) => Ok(knobs::overview(cloud)),
        ("GET", ["clock"]) => Ok(knobs::clock(cloud)),
        ("POST", ["clock"]) => knobs::set_clock(cloud, received),
        ("POST", ["date-shift"]) => knobs::shift_date(cloud, received),
        ("GET", ["latency"]) => Ok(knobs::latency(cloud)),
        ("POST", ["latency"]) => knobs::set_latency(cloud, received),
        ("GET", ["pages"]) => Ok(knobs::pages(cloud)),
        ("POST", ["pages"]) => knobs::set_pages(cloud, received),
        ("GET", ["faults"]) => Ok(knobs::faults(cloud)),
        ("POST", ["faults"]) => knobs::add_faults(cloud, received),
        ("DELETE", ["faults"]) => {
            cloud.clear_faults();
            Ok(json!({}))
        }
        ("GET", ["policies"]) => Ok(policies::all(cloud)),
        ("GET", ["policies", resource @ .., "history"]) => {
            policies::history(cloud, &resource.join("/"))
        }
        ("GET", ["policies", resource @ ..]) => policies::one(cloud, &resource.join("/")),
        ("PUT", ["policies", resource @ ..]) => policies::put(cloud, received, &resource.join("/")),
        ("POST", ["permissions", "check"]) => policies::check(cloud, received),
        ("GET", ["audit"]) => Ok(json!({ "entries": cloud.audit_entries() })),
        ("GET", ["requests"]) => policies::requests(cloud, received),
        ("DELETE", ["requests"]) => {
            cloud.clear_requests();
            Ok(json!({}))
        }
        ("GET", ["principals"]) => Ok(directory::list(cloud)),
        ("POST", ["principals"]) => directory::change(cloud, received),
        ("POST", ["tokens"]) => directory::mint_token(cloud, received),
        ("POST", ["id-tokens"]) => directory::mint_id_token(cloud, received),
        ("POST", ["roles"]) => directory::add_role(cloud, received),
        ("POST", ["logins"]) => knobs::set_hostility(cloud, received),
        ("GET", ["environment"]) => directory::environment(cloud, received),
        _ => Err(Refusal(
            StatusCode::NOT_FOUND,
            format!("no {} {} here", received.method, received.path),
        )),
    }
}
