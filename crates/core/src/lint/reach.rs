//! Which entitlements give a role on a resource.

use std::collections::{BTreeMap, BTreeSet};

use crate::entitlement::{Catalogue, Entitlement, Privilege};
use crate::role::Role;

/// One role on one resource, or the impersonation of one account, as one entitlement gives it.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) by: &'a Entitlement,
    pub(super) privilege: &'a Privilege,
    pub(super) index: usize,
    /// None for an impersonation.
    pub(super) role: Option<(usize, &'a Role)>,
}

impl Given<'_> {
    /// Where it stands in its entitlement.
    pub(super) fn path(&self) -> String {
        match self.role {
            Some((position, _)) => format!("privileges[{}].roles[{position}]", self.index),
            None => format!("privileges[{}]", self.index),
        }
    }

    /// What it is, in words.
    pub(super) fn words(&self) -> String {
        let on = place(self.privilege);
        match self.role {
            Some((_, role)) => format!("{role} on {on}"),
            None => format!("acting as {on}"),
        }
    }

    fn condition(&self) -> Option<&str> {
        let condition = match self.privilege {
            Privilege::Resource(privilege) => privilege.condition.as_ref(),
            Privilege::Projects(privilege) => privilege.condition.as_ref(),
            Privilege::Impersonation(_) => None,
        };
        condition.map(crate::condition::ExtraCondition::as_str)
    }

    /// Whether whoever has this has the other one, too, if its place is as wide.
    fn includes(&self, narrow: &Self) -> bool {
        let role = match (self.role, narrow.role) {
            (Some((_, wide)), Some((_, narrow))) => includes(wide.as_str(), narrow.as_str()),
            (None, None) => true,
            _ => false,
        };
        role && (self.condition().is_none() || self.condition() == narrow.condition())
    }
}

/// Whether a role is the same, or the administrator of the same service, which holds all of its permissions.
fn includes(wide: &str, narrow: &str) -> bool {
    if wide == narrow {
        return true;
    }
    wide.strip_suffix(".admin").is_some_and(|service| {
        service.starts_with("roles/")
            && narrow
                .strip_prefix(service)
                .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// All that is given, by where.
pub(super) struct Reach<'a> {
    by_place: BTreeMap<String, Vec<Given<'a>>>,
    /// The organization that all projects are in, if the files name exactly one.
    organization: Option<String>,
}

impl<'a> Reach<'a> {
    pub(super) fn of(catalogue: &'a Catalogue) -> Self {
        let mut by_place: BTreeMap<String, Vec<Given<'a>>> = BTreeMap::new();
        for given in catalogue.iter().flat_map(all) {
            by_place
                .entry(place(given.privilege))
                .or_default()
                .push(given);
        }
        let organizations: BTreeSet<&String> = by_place
            .keys()
            .filter(|place| place.starts_with("organizations/"))
            .collect();
        let organization = match organizations.len() {
            1 => organizations.into_iter().next().cloned(),
            _ => None,
        };
        Self {
            by_place,
            organization,
        }
    }

    /// What other entitlements give that includes this.
    pub(super) fn including(&self, narrow: Given<'_>) -> impl Iterator<Item = &Given<'a>> {
        let own = place(narrow.privilege);
        let project = match narrow.privilege {
            Privilege::Resource(privilege) => privilege
                .resource
                .project()
                .map(|project| format!("projects/{project}")),
            _ => None,
        };
        let wider: BTreeSet<String> = [Some(own), project, self.organization.clone()]
            .into_iter()
            .flatten()
            .collect();
        wider
            .into_iter()
            .filter_map(|place| self.by_place.get(&place))
            .flatten()
            .filter(move |wide| wide.by.id != narrow.by.id && wide.includes(&narrow))
    }
}

/// Everything that one entitlement gives.
pub(super) fn all(one: &Entitlement) -> impl Iterator<Item = Given<'_>> {
    one.privileges
        .iter()
        .enumerate()
        .flat_map(move |(index, privilege)| {
            let given = move |role| Given {
                by: one,
                privilege,
                index,
                role,
            };
            let roles = privilege.roles().iter().enumerate().map(Some);
            let impersonation = matches!(privilege, Privilege::Impersonation(_)).then_some(None);
            roles.chain(impersonation).map(given)
        })
}

/// The place of a privilege, as a key and for people.
fn place(privilege: &Privilege) -> String {
    match privilege {
        Privilege::Resource(privilege) => privilege.resource.to_string(),
        Privilege::Projects(privilege) => privilege.selector.to_string(),
        Privilege::Impersonation(privilege) => privilege.service_account.to_string(),
    }
}
