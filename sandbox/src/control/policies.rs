//! Policies with their history, access checks, and the requests received.

use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answer, Refusal, body, query, refused};
use crate::cloud::Cloud;
use crate::http::request::Received;

fn not_found(resource: &str) -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        format!("there is no resource {resource}"),
    )
}

/// Every resource with its present policy.
pub(super) fn all(cloud: &Cloud) -> Value {
    let keys: Vec<String> = cloud
        .world()
        .resources
        .iter()
        .map(|resource| resource.key.clone())
        .collect();
    let policies: Map<String, Value> = keys
        .into_iter()
        .filter_map(|key| cloud.policy(&key).map(|policy| (key, policy)))
        .collect();
    json!({ "policies": policies })
}

pub(super) fn one(cloud: &Cloud, resource: &str) -> Answer {
    cloud.policy(resource).ok_or_else(|| not_found(resource))
}

pub(super) fn history(cloud: &Cloud, resource: &str) -> Answer {
    let key = cloud
        .world()
        .resources
        .key(resource)
        .ok_or_else(|| not_found(resource))?;
    Ok(json!({ "resource": key, "versions": cloud.history(&key) }))
}

pub(super) fn put(cloud: &Cloud, received: &Received, resource: &str) -> Answer {
    let policy: Value = body(received)?;
    if cloud.world().resources.key(resource).is_none() {
        return Err(not_found(resource));
    }
    cloud.put_policy(resource, policy)?;
    one(cloud, resource)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    principal: String,
    resource: String,
    permission: String,
    at: Option<Timestamp>,
}

pub(super) fn check(cloud: &Cloud, received: &Received) -> Answer {
    let Check {
        principal,
        resource,
        permission,
        at,
    } = body(received)?;
    Ok(json!(cloud.check(&principal, &resource, &permission, at)))
}

/// `?since=INDEX` leaves out what was received up to that index.
pub(super) fn requests(cloud: &Cloud, received: &Received) -> Answer {
    let since = query(received, "since").unwrap_or_else(|| "0".to_owned());
    let since = since
        .parse()
        .map_err(|_| refused("since is the index of a request"))?;
    Ok(json!({ "requests": cloud.requests(since) }))
}
