//! All entitlements in force, as one version.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error as ThisError;

use super::{Entitlement, EntitlementId, Hash, Privilege};
use crate::email::Email;
use crate::principal::Principal;
use crate::resource::ResourceName;
use crate::role::Role;

/// The entitlements of one load, by id. A decision reads one catalogue only, so two versions never mix in it (I32).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    entitlements: BTreeMap<EntitlementId, Entitlement>,
    hashes: BTreeMap<EntitlementId, Hash>,
    /// The entitlements that name a principal in any of their lists: nobody has to look through all of them.
    naming: BTreeMap<Principal, BTreeSet<EntitlementId>>,
}

/// Why a role on a resource does not lead to one entitlement.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum GiveError {
    /// No entitlement with grantors names it.
    #[error("no entitlement lets anybody give {role} on {resource}")]
    None {
        /// The role asked for.
        role: Role,
        /// The resource asked for.
        resource: ResourceName,
    },
    /// More than one does, and the terms could differ.
    #[error("{role} on {resource} is in several entitlements: {}", ids.iter().map(EntitlementId::as_str).collect::<Vec<_>>().join(", "))]
    Several {
        /// The role asked for.
        role: Role,
        /// The resource asked for.
        resource: ResourceName,
        /// The entitlements that name it.
        ids: Vec<EntitlementId>,
    },
}

impl Catalogue {
    /// A catalogue of entitlements whose ids differ; of two with one id, the later stands (the loader refuses them
    /// before).
    pub fn new(entitlements: Vec<Entitlement>) -> Self {
        let hashes = entitlements
            .iter()
            .map(|one| (one.id.clone(), one.hash()))
            .collect();
        let mut naming: BTreeMap<Principal, BTreeSet<EntitlementId>> = BTreeMap::new();
        for one in &entitlements {
            for principal in one.everybody() {
                match naming.get_mut(principal) {
                    Some(ids) => {
                        ids.insert(one.id.clone());
                    }
                    None => {
                        naming.insert(principal.clone(), BTreeSet::from([one.id.clone()]));
                    }
                }
            }
        }
        Self {
            naming,
            entitlements: entitlements
                .into_iter()
                .map(|one| (one.id.clone(), one))
                .collect(),
            hashes,
        }
    }

    /// The entitlement of this id.
    pub fn get(&self, id: &EntitlementId) -> Option<&Entitlement> {
        self.entitlements.get(id)
    }

    /// Its hash, computed once a load.
    pub fn hash(&self, id: &EntitlementId) -> Option<Hash> {
        self.hashes.get(id).copied()
    }

    /// Those that name the principal, one of its groups or its domain in any of their lists, in the order of their
    /// ids. What part it has in each is for [`crate::decide::is_among`] to say.
    pub fn naming(&self, who: &Principal, groups: &BTreeSet<Email>) -> Vec<&Entitlement> {
        let domain = match who {
            Principal::User(email) => Some(Principal::Domain(email.domain().to_owned())),
            _ => None,
        };
        let groups = groups.iter().cloned().map(Principal::Group);
        let principals = std::iter::once(who.clone()).chain(domain).chain(groups);
        let ids: BTreeSet<&EntitlementId> = principals
            .filter_map(|principal| self.naming.get(&principal))
            .flatten()
            .collect();
        ids.into_iter().filter_map(|id| self.get(id)).collect()
    }

    /// All, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Entitlement> {
        self.entitlements.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entitlements.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entitlements.is_empty()
    }

    /// The one entitlement by which somebody may give the role on the resource: exactly one must name both and have
    /// grantors.
    pub fn to_give(&self, role: &Role, resource: &ResourceName) -> Result<&Entitlement, GiveError> {
        let candidates: Vec<&Entitlement> = self
            .iter()
            .filter(|one| !one.grantors.is_empty())
            .filter(|one| {
                one.privileges
                    .iter()
                    .filter_map(Privilege::on_resource)
                    .any(|p| p.resource == *resource && p.roles.contains(role))
            })
            .collect();
        match candidates[..] {
            [one] => Ok(one),
            [] => Err(GiveError::None {
                role: role.clone(),
                resource: resource.clone(),
            }),
            _ => Err(GiveError::Several {
                role: role.clone(),
                resource: resource.clone(),
                ids: candidates.iter().map(|one| one.id.clone()).collect(),
            }),
        }
    }
}
