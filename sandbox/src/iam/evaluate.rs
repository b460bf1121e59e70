//! Who may do what: inherited policies, groups, roles and conditions, at a moment.

use jiff::Timestamp;
use serde::Serialize;

use super::evaluator::{Attributes, Evaluator};
use super::members::{Member, same_member};
use super::policy::Binding;
use crate::world::World;

/// An access decision with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether the permission is granted.
    pub allowed: bool,
    /// The binding that grants it, or what came closest.
    pub why: String,
}

/// What is asked: a member, a permission and a target, at a moment.
pub(crate) struct Question<'a> {
    /// `user:alice@example.com`; empty for an anonymous caller.
    pub(crate) member: &'a str,
    pub(crate) permission: &'a str,
    /// Any name of a stored resource.
    pub(crate) resource: &'a str,
    pub(crate) at: Timestamp,
    /// Overrides `resource.name`, `resource.type` and `resource.service`, for objects below a stored resource.
    pub(crate) attributes: Option<Attributes>,
    /// The roles that a write of a policy changes.
    pub(crate) modified_grants: &'a [String],
}

/// Decides by the policies in effect. Any error in a condition denies.
pub(crate) fn decide(world: &World, evaluator: &Evaluator, question: &Question<'_>) -> Verdict {
    let lineage = world.resources.lineage(question.resource);
    let Some(target) = lineage.first() else {
        return Verdict {
            allowed: false,
            why: format!("{} does not exist", question.resource),
        };
    };
    let mut attributes = question.attributes.clone().unwrap_or_else(|| {
        let (name, resource_type, service) = match target.condition_attributes() {
            Some((name, kind, service)) => (Some(name), Some(kind), Some(service)),
            None => (None, None, None),
        };
        Attributes {
            name,
            resource_type,
            service,
            ..Attributes::default()
        }
    });
    attributes.time = question.at;
    attributes.modified_grants = question.modified_grants.to_vec();
    let mut closest = "no binding grants it".to_owned();
    for resource in &lineage {
        for binding in &resource.policy.effective().bindings {
            if !world.roles.holds(&binding.role, question.permission)
                || !applies(world, binding, question.member)
            {
                continue;
            }
            let place = format!("{} on {}", binding.role, resource.key);
            let Some(condition) = &binding.condition else {
                return Verdict {
                    allowed: true,
                    why: place,
                };
            };
            match evaluator.evaluate(&condition.expression, &attributes) {
                Ok(true) => {
                    return Verdict {
                        allowed: true,
                        why: format!("{place}, condition {}", condition.title),
                    };
                }
                Ok(false) => {
                    closest = format!(
                        "{place}, but its condition {} does not hold",
                        condition.title
                    );
                }
                Err(error) => {
                    closest = format!(
                        "{place}, but its condition {} fails: {error}",
                        condition.title
                    );
                }
            }
        }
    }
    Verdict {
        allowed: false,
        why: closest,
    }
}

/// Whether the binding names the caller, directly or through a group, a domain or a project team.
fn applies(world: &World, binding: &Binding, caller: &str) -> bool {
    binding.members.iter().any(|text| {
        if same_member(text, caller) {
            return true;
        }
        let email = caller.split_once(':').map_or("", |(_, email)| email).to_lowercase();
        match Member::parse(text) {
            Some(Member::Public("allUsers")) => true,
            Some(Member::Public(_)) => !caller.is_empty(),
            Some(Member::Group(group)) => world.directory.is_in_group(&email, &group),
            Some(Member::Domain(domain)) => {
                caller.starts_with("user:") && email.split_once('@').is_some_and(|(_, host)| host == domain)
            }
            Some(Member::ProjectTeam { role, project }) => {
                let project = world.resources.get(&format!("projects/{project}"));
                project.is_some_and(|project| {
                    let team = project.policy.effective().bindings.iter();
                    team.filter(|binding| binding.role == role && binding.condition.is_none()).any(|binding| {
                        binding.members.iter().any(|text| {
                            same_member(text, caller)
                                || matches!(Member::parse(text), Some(Member::Group(group)) if world.directory.is_in_group(&email, &group))
                        })
                    })
                })
            }
            _ => false,
        }
    })
}
