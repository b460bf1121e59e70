//! setIamPolicy: the read-modify-write contract of every service (facts 1.1).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::evaluator::Evaluator;
use super::policy::{Binding, Policy};
use super::stored::{Authorship, Inconsistency};
use super::validate::validate;
use crate::http::errors::ApiError;
use crate::world::World;
use crate::world::resources::Kind;

/// The wording for a version below 3 that meets a policy with conditions and the right etag is [U].
const VERSION_TOO_LOW: &str = "Policy version must be set to 3 to change a policy that already contains conditional role bindings.";

/// One write, as the service's handler understood it.
pub(crate) struct Write<'a> {
    pub(crate) resource: &'a str,
    /// The policy as sent, its fields already checked.
    pub(crate) policy: Value,
    /// `None` means the default, `bindings,etag`.
    pub(crate) update_mask: Option<&'a str>,
    pub(crate) actor: &'a str,
    pub(crate) reason: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) time: Timestamp,
    pub(crate) lag: Inconsistency,
}

/// What a write did: the new policy to return, and the change for the audit log.
pub(crate) struct Written {
    pub(crate) policy: Value,
    pub(crate) delta: Value,
}

/// Applies a write or refuses it; nothing is stored unless all of it is accepted.
pub(crate) fn set_policy(
    world: &mut World,
    evaluator: &Evaluator,
    write: &Write<'_>,
) -> Result<Written, ApiError> {
    let resource = world
        .resources
        .get(write.resource)
        .ok_or_else(ApiError::internal)?;
    let version = match write
        .policy
        .get("version")
        .and_then(Value::as_i64)
        .unwrap_or(0)
    {
        version @ (0 | 1 | 3) => version.unsigned_abs(),
        other => {
            return Err(ApiError::bad_field(
                "policy.version",
                &format!("Invalid policy version {other}."),
            ));
        }
    };
    let etag = write
        .policy
        .get("etag")
        .and_then(Value::as_str)
        .filter(|etag| !etag.is_empty());
    if let Some(etag) = etag {
        let sent = decode_etag(etag).ok_or_else(|| {
            let message = format!(
                "Invalid value at 'policy.etag' (TYPE_BYTES), Base64 decoding failed for \"{etag}\""
            );
            ApiError::bad_field("policy.etag", &message)
        })?;
        if decode_etag(&resource.policy.etag).as_ref() != Some(&sent) {
            return Err(if resource.kind == Kind::Bucket {
                ApiError::precondition()
            } else {
                ApiError::conflict()
            });
        }
        if version < 3 && resource.policy.policy.has_conditions() {
            return Err(ApiError::invalid(VERSION_TOO_LOW));
        }
    }
    let before = (*resource.policy.policy).clone();
    let sent = Policy::from_json(write.policy.clone()).map_err(|error| {
        ApiError::bad_field("policy", &format!("Invalid value at 'policy': {error}"))
    })?;
    let policy = masked(&before, sent, write.update_mask)?;
    validate(world, resource, &policy, version, evaluator)?;
    let delta = policy_delta(&before, &policy);
    let key = resource.key.clone();
    let sequence = world.next_sequence();
    let kept = world.kept;
    let by = Authorship {
        sequence,
        time: write.time,
        actor: write.actor,
        reason: write.reason,
        method: write.method,
    };
    let resource = world
        .resources
        .get_mut(&key)
        .ok_or_else(ApiError::internal)?;
    resource.policy.replace(policy, &by, write.lag, kept);
    let policy = resource.policy.policy.render(3, &resource.policy.etag);
    Ok(Written { policy, delta })
}

/// Every role whose members the write would change: what `modifiedGrantsByRole` sees.
pub(crate) fn modified_roles(before: &Policy, sent: &Value) -> Vec<String> {
    let Ok(after) = Policy::from_json(sent.clone()) else {
        return Vec::new();
    };
    let roles = |policy: &Policy| -> BTreeSet<String> {
        policy
            .bindings
            .iter()
            .map(|binding| binding.role.clone())
            .collect()
    };
    let of = |policy: &Policy, role: &str| -> Vec<Binding> {
        policy
            .bindings
            .iter()
            .filter(|binding| binding.role == role)
            .cloned()
            .collect()
    };
    let all: BTreeSet<String> = roles(before).union(&roles(&after)).cloned().collect();
    all.into_iter()
        .filter(|role| of(before, role) != of(&after, role))
        .collect()
}

/// The default mask is `bindings, etag`: audit configuration survives unless it is named.
fn masked(before: &Policy, sent: Policy, mask: Option<&str>) -> Result<Policy, ApiError> {
    let audit_configs = before.audit_configs.clone();
    let mut policy = Policy {
        bindings: tidy(sent.bindings),
        audit_configs,
        extra: sent.extra,
    };
    let Some(mask) = mask else { return Ok(policy) };
    let paths: Vec<&str> = mask
        .split(',')
        .map(str::trim)
        .filter(|path| !path.is_empty())
        .collect();
    for path in &paths {
        if ![
            "bindings",
            "etag",
            "version",
            "auditConfigs",
            "audit_configs",
            "*",
        ]
        .contains(path)
        {
            return Err(ApiError::bad_field(
                "update_mask",
                &format!("Invalid update mask path '{path}'."),
            ));
        }
    }
    let names = |names: &[&str]| paths.iter().any(|path| names.contains(path));
    if !names(&["bindings", "*"]) {
        policy.bindings.clone_from(&before.bindings);
    }
    if names(&["auditConfigs", "audit_configs", "*"]) {
        policy.audit_configs = sent.audit_configs;
    }
    Ok(policy)
}

/// Empty bindings vanish and a member stands once; the order of everything else is kept.
fn tidy(bindings: Vec<Binding>) -> Vec<Binding> {
    let mut tidy = bindings;
    for binding in &mut tidy {
        let mut seen = BTreeSet::new();
        binding.members.retain(|member| seen.insert(member.clone()));
    }
    tidy.retain(|binding| !binding.members.is_empty());
    tidy
}

fn decode_etag(etag: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard = etag.replace('-', "+").replace('_', "/");
    GeneralPurpose::new(&alphabet::STANDARD, config)
        .decode(standard)
        .ok()
}

/// Added and removed members, as `serviceData.policyDelta` of the audit log has them.
fn policy_delta(before: &Policy, after: &Policy) -> Value {
    let flat = |policy: &Policy| -> Vec<(String, String, Option<Value>)> {
        let pairs = policy.bindings.iter().flat_map(|binding| {
            let condition = binding
                .condition
                .as_ref()
                .and_then(|condition| serde_json::to_value(condition).ok());
            binding
                .members
                .iter()
                .map(move |member| (binding.role.clone(), member.clone(), condition.clone()))
        });
        pairs.collect()
    };
    let (before, after) = (flat(before), flat(after));
    let entry = |action: &str, (role, member, condition): &(String, String, Option<Value>)| {
        let mut delta = json!({ "action": action, "role": role, "member": member });
        if let Some(condition) = condition {
            delta["condition"] = condition.clone();
        }
        delta
    };
    let removed = before
        .iter()
        .filter(|item| !after.contains(item))
        .map(|item| entry("REMOVE", item));
    let added = after
        .iter()
        .filter(|item| !before.contains(item))
        .map(|item| entry("ADD", item));
    Value::Array(removed.chain(added).collect())
}
