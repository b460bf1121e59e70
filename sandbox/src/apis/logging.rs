//! Cloud Audit Logs: what was written, by whom and why; readable through Logging v2.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::filter;
use super::paging::page;
use super::policies;
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::world::World;
use crate::world::resources::Kind;

const SERVICE: &str = "logging.googleapis.com";

pub(crate) static ROUTES: &[Route] = &[Route::new(
    SERVICE,
    "POST",
    "v2/entries:list",
    "entries.list",
    list_entries,
)];

/// The method's name in the audit log of its service.
fn method_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Organization | Kind::Folder | Kind::Project => "SetIamPolicy",
        Kind::Bucket => "storage.setIamPermissions",
        Kind::Topic => "google.iam.v1.IAMPolicy.SetIamPolicy",
        Kind::Secret => "google.cloud.secretmanager.v1.SecretManagerService.SetIamPolicy",
        Kind::ServiceAccount => "google.iam.admin.v1.SetIAMPolicy",
        Kind::ComputeInstance => "v1.compute.instances.setIamPolicy",
        Kind::Cluster | Kind::SqlInstance => "",
    }
}

fn entry(
    call: &Call<'_>,
    log: &str,
    service: &str,
    payload: &Value,
    reason: Option<&str>,
    time: Timestamp,
) -> Value {
    let mut attributes = json!({ "time": time.to_string() });
    if let Some(reason) = reason {
        attributes["reason"] = json!(reason);
    }
    let mut proto = json!({
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "status": {},
        "authenticationInfo": { "principalEmail": call.caller.email(), "principalSubject": call.caller.member },
        "requestMetadata": {
            "callerIp": "127.0.0.1",
            "callerSuppliedUserAgent": call.received.header("user-agent").unwrap_or_default(),
            "requestAttributes": attributes,
            "destinationAttributes": {},
        },
        "serviceName": service,
    });
    if let (Some(proto), Some(fields)) = (proto.as_object_mut(), payload.as_object()) {
        proto.extend(fields.clone());
    }
    json!({
        "protoPayload": proto,
        "insertId": format!("{:016x}", crate::random::random::<u64>()),
        "resource": { "type": "audited_resource", "labels": { "service": service } },
        "timestamp": time.to_string(),
        "severity": "NOTICE",
        "logName": log,
        "receiveTimestamp": time.to_string(),
    })
}

/// The entry of a policy write, with the change under `serviceData.policyDelta`.
pub(crate) fn set_policy_entry(
    world: &World,
    call: &Call<'_>,
    name: &str,
    delta: &Value,
    reason: Option<&str>,
    time: Timestamp,
) -> Value {
    let Some(resource) = world.resources.get(name) else {
        return Value::Null;
    };
    let above = world
        .resources
        .lineage(&resource.key)
        .into_iter()
        .find(|above| above.kind.is_container());
    let log = above
        .map(|above| format!("{}/logs/cloudaudit.googleapis.com%2Factivity", above.key))
        .unwrap_or_default();
    let service = resource.kind.service();
    let payload = json!({
        "methodName": method_name(resource.kind),
        "resourceName": resource.relative_name(),
        "authorizationInfo": [{
            "resource": resource.relative_name(),
            "permission": format!("{}.setIamPolicy", resource.kind.permission_prefix()),
            "granted": true,
        }],
        "serviceData": {
            "@type": "type.googleapis.com/google.iam.v1.logging.AuditData",
            "policyDelta": { "bindingDeltas": delta },
        },
    });
    entry(call, &log, service, &payload, reason, time)
}

/// The entry of a minted credential.
pub(crate) fn credential_entry(
    call: &Call<'_>,
    email: &str,
    method: &str,
    time: Timestamp,
) -> Value {
    let project = email
        .split_once('@')
        .and_then(|(_, host)| host.split('.').next())
        .unwrap_or_default();
    let log = format!("projects/{project}/logs/cloudaudit.googleapis.com%2Fdata_access");
    let payload = json!({
        "methodName": method,
        "resourceName": format!("projects/-/serviceAccounts/{email}"),
    });
    entry(
        call,
        &log,
        "iamcredentials.googleapis.com",
        &payload,
        call.received.reason().as_deref(),
        time,
    )
}

/// What a filter finds at a dotted path: one value, or every element of a list.
fn at_path(entry: &Value, path: &str) -> Vec<String> {
    let mut found = entry;
    for step in path.split('.') {
        found = &found[step];
    }
    match found {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn list_entries(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let body = policies::body(cloud, call, &fields::LIST_ENTRIES)?;
    let named = body["resourceNames"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned);
    let by_id = body["projectIds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let parents: Vec<String> = named
        .chain(by_id.map(|id| format!("projects/{id}")))
        .collect();
    if parents.is_empty() {
        return Err(ApiError::bad_field(
            "resource_names",
            "Must specify at least one parent resource.",
        ));
    }
    let world = cloud.world();
    let mut keys = Vec::new();
    for parent in &parents {
        policies::require(&world, cloud, call, parent, "logging.logEntries.list")?;
        keys.extend(world.resources.key(parent));
    }
    let mut found = Vec::new();
    for entry in &world.audit {
        let log = entry["logName"].as_str().unwrap_or_default();
        let within = keys
            .iter()
            .any(|key| log.starts_with(&format!("{key}/logs/")));
        let filter = body["filter"].as_str().unwrap_or_default();
        let passes = filter::passes(filter, &|path| at_path(entry, path))
            .map_err(|message| ApiError::bad_field("filter", &message))?;
        if within && passes {
            found.push(entry.clone());
        }
    }
    if body["orderBy"]
        .as_str()
        .is_some_and(|order| order.ends_with("desc"))
    {
        found.reverse();
    }
    let size = body["pageSize"]
        .as_u64()
        .and_then(|size| usize::try_from(size).ok());
    Ok(Reply::json(&page(
        "entries",
        found,
        size,
        body["pageToken"].as_str(),
        50,
    )))
}
