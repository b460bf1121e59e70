//! What somebody holds by the policies that are in force on a resource.

use std::collections::BTreeSet;

use super::question::{Knowledge, Permissions};
use super::{Answer, Unknown};
use crate::decide::is_among;
use crate::email::Email;
use crate::iam_policy::Policy;
use crate::principal::Principal;
use crate::resource::ResourceName;

/// Somebody, with the groups that they are in, nested ones included.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    /// The principal.
    pub principal: &'a Principal,
    /// The groups' addresses.
    pub groups: &'a BTreeSet<Email>,
}

impl Holder<'_> {
    /// Whether a member of a policy is them, or a set that they are in. Members of a project's basic roles
    /// (`projectOwner:…`) and sets of federated identities are not resolved: they count as somebody else.
    fn is_meant_by(self, member: &str) -> bool {
        match (member, self.principal) {
            // Federated identities are not among all who are authenticated
            // (https://cloud.google.com/iam/docs/principals-overview).
            ("allAuthenticatedUsers", Principal::Federated(_) | Principal::FederatedSet(_)) => {
                false
            }
            ("allUsers" | "allAuthenticatedUsers", _) => true,
            // A deleted member is no principal, and so nobody.
            (other, who) => other
                .parse::<Principal>()
                .is_ok_and(|member| is_among(&[member], who, self.groups)),
        }
    }
}

/// The roles that a policy gives them for good: those of bindings without a condition.
pub fn roles_held<'a>(policy: &'a Policy, holder: Holder<'_>) -> BTreeSet<&'a str> {
    let bindings = policy.bindings().iter();
    bindings
        .filter(|binding| binding.condition().is_none())
        .filter(|binding| {
            let members = binding.members();
            members.iter().any(|member| holder.is_meant_by(member))
        })
        .filter_map(|binding| binding.role())
        .collect()
}

impl Knowledge {
    /// The permissions that they have for good on the resource, by its policy and those above it.
    pub(super) fn held<'a>(
        &'a self,
        holder: Holder<'_>,
        resource: &ResourceName,
        unknown: &mut BTreeSet<Unknown>,
    ) -> BTreeSet<&'a str> {
        let mut held = BTreeSet::new();
        match self.lineages.get(resource) {
            None => {
                unknown.insert(Unknown::unread(format!("what is above {resource}")));
            }
            Some(lineage) => unknown.extend(lineage.cut_off.as_ref().map(|why| Unknown {
                about: format!("what is above {}", lineage.highest(resource)),
                why: why.clone(),
            })),
        }
        for name in self.names_above(resource) {
            let Some(policy) = told(
                self.policies.get(name),
                || format!("the policy of {name}"),
                unknown,
            ) else {
                continue;
            };
            for role in roles_held(policy, holder) {
                held.extend(self.permissions(role, unknown));
            }
        }
        held
    }

    /// The permissions of a role; none, and told, if they are not known.
    pub(super) fn permissions<'a>(
        &'a self,
        role: &str,
        unknown: &mut BTreeSet<Unknown>,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        let known = told(
            self.roles.get(role),
            || format!("what is in {role}"),
            unknown,
        );
        known
            .into_iter()
            .flat_map(|permissions: &Permissions| permissions.iter().map(String::as_str))
    }
}

/// What was answered; why there is nothing is noted.
fn told<'a, T>(
    answer: Option<&'a Answer<T>>,
    about: impl FnOnce() -> String,
    unknown: &mut BTreeSet<Unknown>,
) -> Option<&'a T> {
    match answer {
        Some(Ok(known)) => Some(known),
        Some(Err(why)) => {
            unknown.insert(Unknown {
                about: about(),
                why: why.clone(),
            });
            None
        }
        None => {
            unknown.insert(Unknown::unread(about()));
            None
        }
    }
}

impl Unknown {
    fn unread(about: String) -> Self {
        Self {
            about,
            why: "it was not read".into(),
        }
    }
}
