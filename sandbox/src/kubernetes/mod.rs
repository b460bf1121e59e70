//! The API server of a cluster: enough of Kubernetes for kubectl to find its way, look at pods and keep configuration.
//! Whoever comes with a token of the sandbox may do what IAM grants on the cluster's project.

mod config_maps;
mod discovery;
mod namespaces;
mod pods;
mod protobuf;
mod reviews;
mod table;

use http::StatusCode;
use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;

/// The service of these routes in the record of requests.
pub(crate) const SERVICE: &str = "kubernetes";

/// Every route of an API server.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    [
        discovery::ROUTES,
        namespaces::ROUTES,
        pods::ROUTES,
        config_maps::ROUTES,
        reviews::ROUTES,
    ]
    .into_iter()
    .flatten()
}

/// The cluster that a call is for.
fn cluster<'a>(call: &'a Call<'_>) -> &'a str {
    call.received.cluster.as_deref().unwrap_or_default()
}

/// What a caller wants: a verb of Kubernetes on a resource, in a namespace if it has one.
#[derive(Clone, Copy, Debug)]
struct Wanted<'a> {
    /// As IAM writes it after `container.`: `configMaps`.
    resource: &'a str,
    /// As IAM writes it: `getLogs`.
    verb: &'a str,
    /// Empty for all, or where there is none.
    namespace: &'a str,
}

/// Fails in the words of Kubernetes Engine unless IAM grants it.
fn require(cloud: &Cloud, call: &Call<'_>, wanted: Wanted<'_>) -> Result<(), ApiError> {
    let permission = format!("container.{}.{}", wanted.resource, wanted.verb);
    let verdict = cloud.check(&call.caller.member, cluster(call), &permission, None);
    if verdict.allowed {
        return Ok(());
    }
    let resource = wanted.resource.to_lowercase();
    let verb = wanted.verb.strip_suffix("Logs").unwrap_or(wanted.verb);
    let place = if wanted.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", wanted.namespace)
    };
    Err(ApiError::forbidden(format!(
        "{resource} is forbidden: User \"{}\" cannot {verb} resource \"{resource}\" in API group \"\" {place}: \
         requires one of [\"{permission}\"] permission(s).",
        call.caller.email()
    )))
}

fn not_found(resource: &str, name: &str) -> ApiError {
    ApiError::not_found(format!("{resource} \"{name}\" not found"))
}

/// A list of the core group.
fn list(kind: &str, items: Vec<Value>) -> Value {
    json!({
        "kind": kind,
        "apiVersion": "v1",
        "metadata": { "resourceVersion": "1" },
        "items": Value::Array(items),
    })
}

/// An error as Kubernetes writes it: an object of kind Status.
pub(crate) fn status(error: &ApiError) -> Reply {
    let (reason, message) = match error.code {
        StatusCode::UNAUTHORIZED => ("Unauthorized", "Unauthorized"),
        StatusCode::FORBIDDEN => ("Forbidden", error.message.as_str()),
        StatusCode::NOT_FOUND => ("NotFound", error.message.as_str()),
        StatusCode::CONFLICT => ("AlreadyExists", error.message.as_str()),
        StatusCode::BAD_REQUEST => ("BadRequest", error.message.as_str()),
        StatusCode::TOO_MANY_REQUESTS => ("TooManyRequests", error.message.as_str()),
        StatusCode::SERVICE_UNAVAILABLE => ("ServiceUnavailable", error.message.as_str()),
        _ => ("InternalError", error.message.as_str()),
    };
    let body = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": error.code.as_u16(),
    });
    let reply = Reply::json(&body).with_status(error.code);
    match error.retry_after {
        Some(seconds) => reply.with_header("retry-after", &seconds.to_string()),
        None => reply,
    }
}
