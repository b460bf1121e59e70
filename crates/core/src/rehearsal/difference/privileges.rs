//! What an entitlement gives, piece by piece, as it is written: selectors are not resolved.

use std::collections::{BTreeMap, BTreeSet};

use super::pieces::{Limit, Pieces};
use crate::entitlement::{Catalogue, Entitlement, EntitlementId, Privilege, Via};
use crate::resource::ResourceName;
use crate::role::Role;

/// Everything that the entitlement gives.
pub(super) fn pieces(entitlement: &Entitlement) -> Pieces {
    let mut pieces = Pieces::new();
    for privilege in &entitlement.privileges {
        let limits = limits(privilege);
        match privilege {
            Privilege::Impersonation(one) => {
                let name = format!("acting as {}", one.service_account);
                pieces.entry(name).or_default().limits.insert(limits);
            }
            _ => {
                for role in privilege.roles() {
                    let name = format!("{role} on {}", privilege.place());
                    let piece = pieces.entry(name).or_default();
                    piece.limits.insert(limits.clone());
                    if let Privilege::Projects(one) = privilege {
                        piece.selected = Some((role.clone(), one.selector.clone()));
                    }
                }
            }
        }
    }
    pieces
}

fn limits(privilege: &Privilege) -> Limit {
    let when = |condition: Option<&crate::condition::ExtraCondition>| {
        condition.map(|condition| format!("when {}", condition.as_str()))
    };
    let (words, token_max) = match privilege {
        Privilege::Resource(one) => {
            let elsewhere = (one.target != one.resource).then(|| format!("at {}", one.target));
            let limits: Vec<String> = elsewhere
                .into_iter()
                .chain(when(one.condition.as_ref()))
                .collect();
            (limits.join(", "), None)
        }
        Privilege::Projects(one) => (when(one.condition.as_ref()).unwrap_or_default(), None),
        Privilege::Impersonation(one) => {
            let via = match one.via {
                Via::Broker => "broker",
                Via::Binding => "binding",
            };
            (format!("via {via}"), Some(one.token_max))
        }
    };
    Limit { words, token_max }
}

/// Which roles on which resources can be given unasked: those that exactly one entitlement with grantors names
/// ([`Catalogue::to_give`]).
pub(super) struct Givable<'a>(BTreeMap<(&'a Role, &'a ResourceName), BTreeSet<&'a EntitlementId>>);

impl<'a> Givable<'a> {
    pub(super) fn of(catalogue: &'a Catalogue) -> Self {
        let mut by: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for one in catalogue.iter().filter(|one| !one.grantors.is_empty()) {
            for privilege in one.privileges.iter().filter_map(Privilege::on_resource) {
                for role in &privilege.roles {
                    by.entry((role, &privilege.resource))
                        .or_default()
                        .insert(&one.id);
                }
            }
        }
        Self(by)
    }

    /// What can be given by this entitlement.
    pub(super) fn pieces(&self, entitlement: &Entitlement) -> Pieces {
        let mut pieces = Pieces::new();
        for privilege in &entitlement.privileges {
            let Some(on) = privilege.on_resource() else {
                continue;
            };
            for role in &on.roles {
                let by = self.0.get(&(role, &on.resource));
                if by.is_some_and(|by| by.len() == 1 && by.contains(&entitlement.id)) {
                    pieces
                        .entry(format!("{role} on {}", on.resource))
                        .or_default()
                        .limits
                        .insert(limits(privilege));
                }
            }
        }
        pieces
    }

    /// The entitlements by which something can be given in one version and not in the other, or that share it with
    /// such a one: they differ though nothing is changed in them.
    pub(super) fn changed(&self, other: &Givable<'_>) -> BTreeSet<EntitlementId> {
        let mut changed = BTreeSet::new();
        for (piece, by) in &self.0 {
            let there = other.0.get(piece);
            if there.is_none_or(|there| (by.len() == 1) != (there.len() == 1)) {
                changed.extend(by.iter().copied().cloned());
                changed.extend(there.into_iter().flatten().copied().cloned());
            }
        }
        changed
    }
}
