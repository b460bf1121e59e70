//! getIamPolicy, setIamPolicy and testIamPermissions, as every service shares them.

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields::{self, Shape};
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::iam::evaluate::{Question, decide};
use crate::iam::write::{Write, modified_roles, set_policy};
use crate::world::World;
use crate::world::resources::Kind;

/// Permissions of one testIamPermissions call (finding 3).
const MOST_PERMISSIONS: usize = 100;

/// The body of a call, checked against its shape.
pub(crate) fn body(cloud: &Cloud, call: &Call<'_>, shape: &Shape) -> Result<Value, ApiError> {
    fields::checked(
        call.received.json_body()?,
        shape,
        &cloud.world().novel_fields,
    )
}

/// Fails with the service's refusal unless the caller has the permission on the resource. A resource that
/// does not exist is refused in the same words, except where the caller may see the project around it.
pub(crate) fn require(
    world: &World,
    cloud: &Cloud,
    call: &Call<'_>,
    name: &str,
    permission: &str,
) -> Result<(), ApiError> {
    require_for(world, cloud, call, name, permission, &[])
}

fn require_for(
    world: &World,
    cloud: &Cloud,
    call: &Call<'_>,
    name: &str,
    permission: &str,
    modified_grants: &[String],
) -> Result<(), ApiError> {
    let allowed = |resource: &str| {
        let member = &call.caller.member;
        let at = cloud.now();
        let question = Question {
            member,
            permission,
            resource,
            at,
            attributes: None,
            modified_grants,
        };
        decide(world, cloud.evaluator(), &question).allowed
    };
    let exists = world.resources.get(name).is_some();
    if exists && allowed(name) {
        return Ok(());
    }
    if call.service == Kind::Bucket.service() {
        return Err(if exists || name.starts_with("projects/") {
            ApiError::denied_bucket(call.caller.email(), permission)
        } else {
            ApiError::not_found("The specified bucket does not exist.")
        });
    }
    let around = name.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
    if !exists && around != name && allowed(&around) {
        return Err(ApiError::not_found(format!(
            "Resource '{name}' was not found."
        )));
    }
    Err(ApiError::denied(call.service, permission, name))
}

/// The version that the reader asked for, from the query or the body.
fn requested_version(call: &Call<'_>, body: &Value) -> Result<u8, ApiError> {
    let names = [
        "options.requestedPolicyVersion",
        "optionsRequestedPolicyVersion",
        "options.requested_policy_version",
    ];
    let from_query = names
        .iter()
        .find_map(|name| call.query_value(name))
        .map(|text| text.parse::<i64>().unwrap_or(-1));
    let asked = from_query
        .or_else(|| body["options"]["requestedPolicyVersion"].as_i64())
        .unwrap_or(0);
    match u8::try_from(asked) {
        Ok(version @ (0 | 1 | 3)) => Ok(version),
        _ => Err(ApiError::bad_field(
            "options.requested_policy_version",
            &format!("Invalid requested policy version {asked}. Valid values are 0, 1, and 3."),
        )),
    }
}

/// Reads a policy; returns it in the version asked for.
pub(crate) fn get(cloud: &Cloud, call: &Call<'_>, name: &str) -> Result<Value, ApiError> {
    let body = body(cloud, call, &fields::GET_IAM_POLICY)?;
    let version = requested_version(call, &body)?;
    let world = cloud.world();
    require(
        &world,
        cloud,
        call,
        name,
        &permission(&world, name, call, "getIamPolicy"),
    )?;
    let resource = world.resources.get(name).ok_or_else(ApiError::internal)?;
    let (policy, etag) = resource.policy.visible(call.lag.stale_read);
    Ok(shown(policy.render(version, etag), call))
}

/// Writes a policy and the audit log; returns the stored policy.
pub(crate) fn set(
    cloud: &Cloud,
    call: &Call<'_>,
    name: &str,
    policy: Value,
    mask: Option<&str>,
) -> Result<Value, ApiError> {
    let mut world = cloud.world();
    let modified = world
        .resources
        .get(name)
        .map(|resource| modified_roles(&resource.policy.policy, &policy))
        .unwrap_or_default();
    let permission = permission(&world, name, call, "setIamPolicy");
    require_for(&world, cloud, call, name, &permission, &modified)?;
    let reason = call.received.reason();
    let time = cloud.now();
    let written = set_policy(
        &mut world,
        cloud.evaluator(),
        &Write {
            resource: name,
            policy,
            update_mask: mask,
            actor: &call.caller.member,
            reason: reason.as_deref(),
            method: "setIamPolicy",
            time,
            lag: call.lag,
        },
    )?;
    let entry = super::logging::set_policy_entry(
        &world,
        call,
        name,
        &written.delta,
        reason.as_deref(),
        time,
    );
    world.log(entry);
    Ok(shown(written.policy, call))
}

/// setIamPolicy with the usual body.
pub(crate) fn set_from_body(
    cloud: &Cloud,
    call: &Call<'_>,
    name: &str,
    shape: &Shape,
) -> Result<Reply, ApiError> {
    let mut body = body(cloud, call, shape)?;
    let Some(policy) = body
        .get_mut("policy")
        .map(Value::take)
        .filter(Value::is_object)
    else {
        return Err(ApiError::bad_field("policy", "The policy is required."));
    };
    let mask = body["updateMask"].as_str().map(str::to_owned);
    set(cloud, call, name, policy, mask.as_deref()).map(|policy| Reply::json(&policy))
}

pub(crate) fn get_reply(cloud: &Cloud, call: &Call<'_>, name: &str) -> Result<Reply, ApiError> {
    get(cloud, call, name).map(|policy| Reply::json(&policy))
}

/// testIamPermissions with the usual body.
pub(crate) fn test_from_body(
    cloud: &Cloud,
    call: &Call<'_>,
    name: &str,
) -> Result<Reply, ApiError> {
    let body = body(cloud, call, &fields::TEST_IAM_PERMISSIONS)?;
    let asked = body["permissions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let granted = test(
        cloud,
        call,
        name,
        &asked.map(str::to_owned).collect::<Vec<_>>(),
    )?;
    Ok(Reply::json(&if granted.is_empty() {
        json!({})
    } else {
        json!({ "permissions": granted })
    }))
}

/// The subset of permissions that the caller has. On a resource that does not exist there are none.
pub(crate) fn test(
    cloud: &Cloud,
    call: &Call<'_>,
    name: &str,
    asked: &[String],
) -> Result<Vec<String>, ApiError> {
    if asked.len() > MOST_PERMISSIONS {
        let message = format!(
            "The number of permissions ({}) exceeds the maximum of {MOST_PERMISSIONS}.",
            asked.len()
        );
        return Err(ApiError::bad_field("permissions", &message));
    }
    let world = cloud.world();
    let mut granted = Vec::new();
    for permission in asked {
        if !is_permission_name(permission) {
            let message = format!("Permission {permission} is not valid for this resource.");
            return Err(ApiError::bad_field("permissions", &message));
        }
        let member = &call.caller.member;
        let at = cloud.now();
        let question = Question {
            member,
            permission,
            resource: name,
            at,
            attributes: None,
            modified_grants: &[],
        };
        if decide(&world, cloud.evaluator(), &question).allowed {
            granted.push(permission.clone());
        }
    }
    Ok(granted)
}

/// `service.resource.verb`, without wildcards. This world knows a selection of Google's permissions: one that it
/// does not know is not refused, it is not granted.
fn is_permission_name(permission: &str) -> bool {
    let parts: Vec<&str> = permission.split('.').collect();
    let plain =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    parts.len() >= 3 && parts.iter().all(plain)
}

/// `storage.buckets.getIamPolicy` and so on, by the kind of the resource or, if there is none, of the route.
fn permission(world: &World, name: &str, call: &Call<'_>, verb: &str) -> String {
    let prefix = world.resources.get(name).map_or_else(
        || prefix_of_name(name, call),
        |found| found.kind.permission_prefix(),
    );
    format!("{prefix}.{verb}")
}

fn prefix_of_name(name: &str, call: &Call<'_>) -> &'static str {
    let kinds = [
        Kind::Organization,
        Kind::Folder,
        Kind::Bucket,
        Kind::Topic,
        Kind::Secret,
        Kind::ServiceAccount,
        Kind::ComputeInstance,
    ];
    let collection = name.rsplit('/').nth(1).unwrap_or_default();
    let found = kinds
        .into_iter()
        .map(Kind::permission_prefix)
        .find(|prefix| prefix.ends_with(collection));
    found
        .filter(|_| !collection.is_empty() || call.service.is_empty())
        .unwrap_or("resourcemanager.projects")
}

/// Log types become numbers for clients that asked for numbers.
fn shown(mut policy: Value, call: &Call<'_>) -> Value {
    if !call.wants_enum_numbers() {
        return policy;
    }
    let configs = policy
        .get_mut("auditConfigs")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten();
    for log in configs
        .filter_map(|config| config.get_mut("auditLogConfigs")?.as_array_mut())
        .flatten()
    {
        let number = match log["logType"].as_str() {
            Some("ADMIN_READ") => 1,
            Some("DATA_WRITE") => 2,
            Some("DATA_READ") => 3,
            _ => continue,
        };
        log["logType"] = json!(number);
    }
    policy
}
