//! What IAM refuses to store, in Google's words where they are known (facts 1.1, 1.2).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::conditions;
use super::evaluator::Evaluator;
use super::members::{Member, same_member};
use super::policy::{Binding, Policy, without_withcond};
use crate::http::errors::ApiError;
use crate::world::World;
use crate::world::resources::{Kind, Resource};
use crate::world::roles::BASIC_ROLES;

/// Members of a policy, counted per occurrence (facts 1.2).
const MOST_MEMBERS: usize = 1_500;
/// Groups and domains among them (facts 1.2).
const MOST_GROUPS: usize = 250;
/// Bytes of a policy [U]: documented as "a few tens of kB", known as 64 KiB.
const LARGEST_POLICY: usize = 64 * 1024;
/// Bindings of one role and principal that differ only in their condition [U].
const MOST_CONDITIONS_OF_ONE: usize = 20;
/// The wording for a condition in a policy whose version is not 3 is [U].
const CONDITION_NEEDS_VERSION_3: &str =
    "Policy version must be set to 3 for a policy that contains conditional role bindings.";
/// The wording for a kind that takes no conditions is [U].
const NO_CONDITIONS_HERE: &str = "Conditions are not supported on this resource type.";
/// The wording of Cloud Storage for a bucket without uniform bucket-level access is [U].
const CONDITIONS_NEED_UNIFORM_ACCESS: &str =
    "Cannot set IAM conditions on a bucket that does not have uniform bucket-level access enabled.";
/// The wording for public members on a project, folder or organization is [U].
const NO_PUBLIC_MEMBERS: &str =
    "Members of type allUsers and allAuthenticatedUsers are not allowed on this resource.";

/// Checks a policy that is about to replace the resource's present one.
pub(crate) fn validate(
    world: &World,
    resource: &Resource,
    policy: &Policy,
    version: u64,
    evaluator: &Evaluator,
) -> Result<(), ApiError> {
    for binding in &policy.bindings {
        check_role(world, resource, binding)?;
        check_members(world, resource, binding)?;
        check_condition(resource, binding, version, evaluator)?;
    }
    check_owners(resource, policy)?;
    check_limits(policy)
}

fn check_role(world: &World, resource: &Resource, binding: &Binding) -> Result<(), ApiError> {
    let role = without_withcond(&binding.role);
    let unsupported = || {
        ApiError::invalid(format!(
            "Role {} is not supported for this resource.",
            binding.role
        ))
    };
    let Some(known) = world.roles.get(role) else {
        if role.starts_with("projects/") || role.starts_with("organizations/") {
            let message = format!("Role ({role}) does not exist in the resource's hierarchy.");
            return Err(ApiError::invalid(message));
        }
        return Err(unsupported());
    };
    if let Some((owner, _)) = role.split_once("/roles/") {
        let owner = world.resources.key(owner);
        let in_lineage = world
            .resources
            .lineage(&resource.key)
            .iter()
            .any(|above| Some(&above.key) == owner.as_ref());
        if !in_lineage && !known.adopted {
            let message = format!("Role ({role}) does not exist in the resource's hierarchy.");
            return Err(ApiError::invalid(message));
        }
        return Ok(());
    }
    // A leaf resource takes the roles that hold a permission of its service, and no basic ones.
    let service = resource
        .kind
        .permission_prefix()
        .split('.')
        .next()
        .unwrap_or_default();
    let applies = known
        .permissions
        .iter()
        .any(|name| name.split('.').next() == Some(service));
    if resource.kind.is_container() || known.adopted || (applies && !BASIC_ROLES.contains(&role)) {
        Ok(())
    } else {
        Err(unsupported())
    }
}

fn check_members(world: &World, resource: &Resource, binding: &Binding) -> Result<(), ApiError> {
    for text in &binding.members {
        if let Some(refusal) = world.directory.refusal(text) {
            return Err(ApiError::invalid(refusal));
        }
        match Member::parse(text) {
            Some(Member::Public(_)) if resource.kind.is_container() => {
                return Err(ApiError::invalid(NO_PUBLIC_MEMBERS));
            }
            Some(Member::ProjectTeam { .. }) if resource.kind != Kind::Bucket => {
                let message = format!(
                    "The member {text} is of an unknown type. Please set a valid type prefix for the member."
                );
                return Err(ApiError::invalid(message));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_condition(
    resource: &Resource,
    binding: &Binding,
    version: u64,
    evaluator: &Evaluator,
) -> Result<(), ApiError> {
    let Some(condition) = &binding.condition else {
        return Ok(());
    };
    if version < 3 {
        return Err(ApiError::invalid(CONDITION_NEEDS_VERSION_3));
    }
    if BASIC_ROLES.contains(&binding.role.as_str()) {
        let message = "LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles";
        return Err(ApiError::invalid(message));
    }
    if binding
        .members
        .iter()
        .any(|member| matches!(Member::parse(member), Some(Member::Public(_))))
    {
        let message = "LintValidationUnits/BindingMembersAllowConditionCheck Error: Conditions can't be set on bindings \
                       with allUsers or allAuthenticatedUsers";
        return Err(ApiError::invalid(message));
    }
    if !resource.takes_conditions() {
        let words = if resource.kind == Kind::Bucket {
            CONDITIONS_NEED_UNIFORM_ACCESS
        } else {
            NO_CONDITIONS_HERE
        };
        return Err(ApiError::invalid(words));
    }
    match conditions::lint(condition, evaluator).first() {
        Some(finding) => Err(ApiError::invalid(finding.refusal())),
        None => Ok(()),
    }
}

/// A person becomes an owner of a project by invitation only (facts 1.1), so that setIamPolicy may
/// keep owners but not add one.
fn check_owners(resource: &Resource, policy: &Policy) -> Result<(), ApiError> {
    if resource.kind != Kind::Project {
        return Ok(());
    }
    let owners = |policy: &Policy| -> Vec<String> {
        let bindings = policy
            .bindings
            .iter()
            .filter(|binding| binding.role == "roles/owner");
        bindings
            .flat_map(|binding| binding.members.clone())
            .filter(|member| member.starts_with("user:"))
            .collect()
    };
    let before = owners(&resource.policy.policy);
    match owners(policy)
        .into_iter()
        .find(|owner| !before.iter().any(|known| same_member(known, owner)))
    {
        Some(member) => Err(ApiError::invalid("Request contains an invalid argument.")
            .with_detail(json!({
                "@type": "type.googleapis.com/google.cloudresourcemanager.v1.ProjectIamPolicyError",
                "type": "SOLO_MUST_INVITE_OWNERS",
                "member": member,
                "role": "roles/owner",
            }))),
        None => Ok(()),
    }
}

fn check_limits(policy: &Policy) -> Result<(), ApiError> {
    let exempted = policy
        .audit_configs
        .iter()
        .flat_map(|configs| configs.as_array().into_iter().flatten());
    let exempted = exempted
        .flat_map(|config| config["auditLogConfigs"].as_array().into_iter().flatten())
        .flat_map(|log| log["exemptedMembers"].as_array().into_iter().flatten())
        .count();
    let members = policy
        .bindings
        .iter()
        .map(|binding| binding.members.len())
        .sum::<usize>()
        + exempted;
    if members > MOST_MEMBERS {
        return Err(too_many("members", members, MOST_MEMBERS));
    }
    let parsed = policy
        .bindings
        .iter()
        .flat_map(|binding| &binding.members)
        .filter_map(|text| Member::parse(text));
    let groups = parsed.filter(Member::is_group).count();
    if groups > MOST_GROUPS {
        return Err(too_many("groups", groups, MOST_GROUPS));
    }
    let size = policy.size_bytes();
    if size > LARGEST_POLICY {
        let message = format!(
            "The size of the policy ({} bytes) is larger than the maximum allowed size {} bytes.",
            grouped(size),
            grouped(LARGEST_POLICY)
        );
        return Err(ApiError::invalid(message));
    }
    let mut of_one: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    for binding in &policy.bindings {
        let Some(condition) = &binding.condition else {
            continue;
        };
        for member in &binding.members {
            let conditions = of_one
                .entry((&binding.role, member.to_lowercase()))
                .or_default();
            conditions.insert(&condition.expression);
            if conditions.len() > MOST_CONDITIONS_OF_ONE {
                let message = format!(
                    "The number of conditional role bindings for role {} and member {member} ({}) is larger than the \
                     maximum allowed size {MOST_CONDITIONS_OF_ONE}.",
                    binding.role,
                    conditions.len()
                );
                return Err(ApiError::invalid(message));
            }
        }
    }
    Ok(())
}

fn too_many(what: &str, count: usize, limit: usize) -> ApiError {
    let (count, limit) = (grouped(count), grouped(limit));
    ApiError::invalid(format!(
        "The number of {what} in the policy ({count}) is larger than the maximum allowed size {limit}."
    ))
}

/// Digits with a comma every three, as Google prints counts.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::policy::Condition;

    #[test]
    fn counts_are_grouped() {
        assert_eq!(
            (grouped(7), grouped(1_501), grouped(1_234_567)),
            ("7".into(), "1,501".into(), "1,234,567".into())
        );
    }

    #[test]
    fn the_limit_of_members_uses_the_captured_words() {
        let members = (0..1_501)
            .map(|n| format!("user:u{n}@example.com"))
            .collect();
        let binding = Binding {
            role: "roles/viewer".into(),
            members,
            ..Binding::default()
        };
        let policy = Policy {
            bindings: vec![binding],
            ..Policy::default()
        };
        let message = check_limits(&policy).err().map(|error| error.message);
        let expected = "The number of members in the policy (1,501) is larger than the maximum allowed size 1,500.";
        assert_eq!(message.as_deref(), Some(expected));
    }

    fn message(policy: &Policy) -> Option<String> {
        check_limits(policy).err().map(|error| error.message)
    }

    #[test]
    fn groups_sizes_and_conditions_of_one_member_are_limited_too() {
        let members = (0..251)
            .map(|n| format!("group:g{n}@example.com"))
            .collect();
        let groups = Binding {
            role: "roles/viewer".into(),
            members,
            ..Binding::default()
        };
        let policy = Policy {
            bindings: vec![groups],
            ..Policy::default()
        };
        let expected =
            "The number of groups in the policy (251) is larger than the maximum allowed size 250.";
        assert_eq!(message(&policy).as_deref(), Some(expected));

        let timed = |n: usize, filler: usize| Binding {
            role: "roles/browser".into(),
            members: vec!["user:a@example.com".into()],
            condition: Some(Condition {
                title: "t".into(),
                expression: format!("request.time < timestamp(\"{n}\") {}", " ".repeat(filler)),
                ..Condition::default()
            }),
            ..Binding::default()
        };
        let of = |count: usize, filler| Policy {
            bindings: (0..count).map(|n| timed(n, filler)).collect(),
            ..Policy::default()
        };
        assert_eq!(message(&of(20, 0)), None);
        let too_many = message(&of(21, 0)).unwrap_or_default();
        assert!(
            too_many.contains("(21) is larger than the maximum allowed size 20"),
            "{too_many}"
        );
        let too_large = message(&of(20, 4_000)).unwrap_or_default();
        assert!(
            too_large.contains("larger than the maximum allowed size 65,536 bytes"),
            "{too_large}"
        );
    }

    #[test]
    fn exempted_members_of_audit_logs_count() {
        let exempted: Vec<String> = (0..1_501)
            .map(|n| format!("user:u{n}@example.com"))
            .collect();
        let configs = json!([{"service": "s", "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": exempted}]}]);
        let policy = Policy {
            audit_configs: Some(configs),
            ..Policy::default()
        };
        assert!(message(&policy).unwrap_or_default().contains("(1,501)"));
    }
}
