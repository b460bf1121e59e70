//! The same thing given twice.
//!
//! The place of a binding in a policy is its grant, its role and its member. A role that is given there twice with
//! different conditions would be two bindings for one place, and each would have to make way for the other for ever.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_saphyr::Spanned;

use super::reader::Reader;
use crate::condition::ExtraCondition;
use crate::entitlement::raw::RawEntitlement;
use crate::entitlement::{Privilege, Via};

/// One thing that is given.
struct Given<'a> {
    /// What is given, and into which policy it is written.
    what: (String, String),
    condition: Option<&'a ExtraCondition>,
    /// The project whose policy is written instead of the resource's own.
    instead: Option<String>,
    at: &'a Spanned<String>,
}

impl Reader<'_> {
    /// Notes each role that is given in the same policy again, and each account that is given in the same way again.
    pub(super) fn repetitions(&mut self, raw: &RawEntitlement, privileges: &[Option<Privilege>]) {
        let mut firsts: BTreeMap<(String, String), Given<'_>> = BTreeMap::new();
        for again in all(raw, privileges) {
            let first = match firsts.entry(again.what.clone()) {
                Entry::Vacant(place) => {
                    place.insert(again);
                    continue;
                }
                Entry::Occupied(first) => first,
            };
            let (first, (what, on)) = (first.get(), &again.what);
            let there = first.at.referenced;
            let there = format!(
                "first at {}:{}:{}",
                self.source.name,
                there.line(),
                there.column()
            );
            let twice = format!("{what} {on} is given twice");
            if first.condition == again.condition {
                self.note(
                    again.at,
                    format!("{twice}; {there}"),
                    "leave one of them out",
                );
                continue;
            }
            let hint = match (first.instead.as_ref().or(again.instead.as_ref()), first.condition, again.condition) {
                (Some(project), ..) => format!(
                    "both are written into the policy of {project}, which holds a role of a grant once: write two entitlements"
                ),
                (None, Some(_), Some(_)) => {
                    "join the conditions with ||, or write two entitlements".to_owned()
                }
                (None, ..) => {
                    "the one without a condition gives all of it: leave out the other, or write two entitlements".to_owned()
                }
            };
            self.note(
                again.at,
                format!("{twice} with different conditions; {there}"),
                &hint,
            );
        }
    }
}

/// Everything that could be read, in the order of the file.
fn all<'a>(
    raw: &'a RawEntitlement,
    privileges: &'a [Option<Privilege>],
) -> impl Iterator<Item = Given<'a>> {
    raw.privileges
        .iter()
        .zip(privileges)
        .filter_map(|(raw, privilege)| Some((raw, privilege.as_ref()?)))
        .flat_map(|(raw, privilege)| {
            let (on, condition, instead) = match privilege {
                Privilege::Resource(on) => (
                    on.target.to_string(),
                    on.condition.as_ref(),
                    (on.target != on.resource).then(|| on.target.to_string()),
                ),
                Privilege::Projects(on) => (on.selector.to_string(), on.condition.as_ref(), None),
                Privilege::Impersonation(one) => (one.service_account.to_string(), None, None),
            };
            let acting = match privilege {
                Privilege::Impersonation(one) => raw.impersonate.as_ref().map(|at| match one.via {
                    Via::Broker => ("acting as".to_owned(), at),
                    Via::Binding => ("minting tokens of".to_owned(), at),
                }),
                _ => None,
            };
            let roles = privilege.roles().iter().zip(&raw.roles);
            roles
                .map(|(role, at)| (format!("{role} on"), at))
                .chain(acting)
                .map(move |(what, at)| Given {
                    what: (what, on.clone()),
                    condition,
                    instead: instead.clone(),
                    at,
                })
        })
}
