//! What stands in policies, read without a line of the server's code.

use daypass_sandbox::{Cloud, PolicyVersion};
use serde_json::Value;

use super::RESOURCES;

/// What the titles of the server's conditions begin with.
const TITLE: &str = "daypass/1 ";

/// A binding with the server's title.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Ours {
    /// The resource whose policy it stands in.
    pub(super) resource: String,
    /// The id in its title.
    pub(super) grant: String,
    /// The role.
    pub(super) role: String,
    /// The member.
    pub(super) member: String,
    /// The condition.
    pub(super) expression: String,
}

impl Ours {
    /// Where it stands, whatever its condition.
    pub(super) fn place(&self) -> (&str, &str, &str, &str) {
        (&self.resource, &self.grant, &self.role, &self.member)
    }
}

/// The server's bindings in a policy; one for each member.
pub(super) fn ours(resource: &str, policy: &Value) -> Vec<Ours> {
    let mut found = Vec::new();
    for binding in bindings(policy) {
        let Some(grant) = grant_of(binding) else {
            continue;
        };
        for member in binding["members"].as_array().into_iter().flatten() {
            found.push(Ours {
                resource: resource.to_owned(),
                grant: grant.to_owned(),
                role: text(&binding["role"]),
                member: text(member),
                expression: text(&binding["condition"]["expression"]),
            });
        }
    }
    found
}

/// The policy without the server's bindings, and without what each write changes.
pub(super) fn others(policy: &Value) -> Value {
    let mut rest = policy.clone();
    if let Some(fields) = rest.as_object_mut() {
        fields.shift_remove("etag");
        fields.shift_remove("version");
    }
    if let Some(bindings) = rest["bindings"].as_array_mut() {
        bindings.retain(|binding| grant_of(binding).is_none());
    }
    rest
}

/// The server's bindings that stand now, in all policies.
pub(super) fn standing(cloud: &Cloud) -> Vec<Ours> {
    RESOURCES
        .iter()
        .flat_map(|resource| ours(resource, &cloud.policy(resource).unwrap_or_default()))
        .collect()
}

/// The versions of a policy from this index on.
pub(super) fn versions(cloud: &Cloud, resource: &str, from: usize) -> Vec<PolicyVersion> {
    cloud.history(resource).into_iter().skip(from).collect()
}

fn bindings(policy: &Value) -> impl Iterator<Item = &Value> {
    policy["bindings"].as_array().into_iter().flatten()
}

fn grant_of(binding: &Value) -> Option<&str> {
    let title = binding["condition"]["title"].as_str()?;
    title.strip_prefix(TITLE)?.split(' ').next()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
