//! What is asked about, and what was read to answer it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Holder, Unknown, roles_held};
use crate::email::Email;
use crate::grant::{Grant, GrantedPrivilege};
use crate::iam_policy::Policy;
use crate::resource::ResourceName;
use crate::role::Role;
use crate::service_account::project_of;
use crate::state::State;

/// The permissions of a role, shared because some roles have thousands.
pub type Permissions = Arc<BTreeSet<String>>;

/// What was read, or why it was not.
pub type Answer<T> = Result<T, String>;

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who would receive it.
    pub beneficiary: Holder<'a>,
    /// What they would receive.
    pub privileges: &'a [GrantedPrivilege],
    /// The service accounts that they could act as.
    pub accounts: &'a [Holder<'a>],
    /// Grants that the beneficiary may have; those that do not give anything now are left out of account.
    pub others: &'a [Grant],
    /// The time that counts.
    pub now: Timestamp,
}

impl<'a> Question<'a> {
    /// The resources whose policies decide about it, as far as their names alone tell.
    pub fn resources(&self) -> BTreeSet<ResourceName> {
        let targets = self.privileges.iter().map(|one| one.target.clone());
        let emails = self.accounts.iter().filter_map(|one| one.principal.email());
        targets.chain(emails.filter_map(home_of)).collect()
    }

    /// The roles whose permissions decide about it, once the policies are read.
    pub fn roles(&self, knowledge: &Knowledge) -> BTreeSet<String> {
        let above: Vec<_> = knowledge
            .lineages
            .values()
            .flat_map(|lineage| &lineage.names)
            .collect();
        let asked = self.privileges.iter().map(|one| one.role.as_str());
        let lent = self.lent(&above).map(|(one, _)| one.role.as_str());
        let policies = knowledge.policies.values().flatten();
        let held = policies.flat_map(|policy| {
            let holders = self.accounts.iter().chain([&self.beneficiary]);
            holders.flat_map(|holder| roles_held(policy, *holder))
        });
        asked.chain(lent).chain(held).map(str::to_owned).collect()
    }

    /// The resources whose policies would get a binding, each with what would be given there.
    pub(super) fn places(&self) -> BTreeMap<&'a ResourceName, Vec<&'a GrantedPrivilege>> {
        let mut places: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for privilege in self.privileges {
            places.entry(&privilege.target).or_default().push(privilege);
        }
        places
    }

    /// What other grants of ours give now on any of these resources, and until when.
    pub(super) fn lent(
        &self,
        on: &[&ResourceName],
    ) -> impl Iterator<Item = (&'a GrantedPrivilege, Timestamp)> {
        let (now, beneficiary) = (self.now, self.beneficiary.principal);
        let live = self.others.iter().filter_map(move |grant| {
            let window = grant.window?;
            let is_live = grant.state == State::Active && window.start <= now && now < window.end;
            (is_live && grant.terms.beneficiary == *beneficiary).then_some((grant, window.end))
        });
        live.flat_map(|(grant, end)| grant.terms.privileges.iter().map(move |one| (one, end)))
            .filter(|(one, _)| on.contains(&&one.target))
    }
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// What is above each resource that is asked about.
    pub lineages: BTreeMap<ResourceName, Lineage>,
    /// The allow policies of all of them.
    pub policies: BTreeMap<ResourceName, Answer<Policy>>,
    /// The permissions of each role that is asked for or held.
    pub roles: BTreeMap<String, Answer<Permissions>>,
    /// What else was to be read, and could not be.
    pub unread: BTreeSet<Unknown>,
}

/// A resource with what is above it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Its own name first, then its project, folders and organization, the nearest first.
    pub names: Vec<ResourceName>,
    /// Why there may be more above the last of them.
    pub cut_off: Option<String>,
}

impl Lineage {
    pub(super) fn highest<'a>(&'a self, resource: &'a ResourceName) -> &'a ResourceName {
        self.names.last().unwrap_or(resource)
    }
}

impl Knowledge {
    pub(super) fn names_above<'a>(&'a self, resource: &ResourceName) -> Vec<&'a ResourceName> {
        let lineage = self.lineages.get(resource);
        lineage.iter().flat_map(|lineage| &lineage.names).collect()
    }

    pub(super) fn role<'a>(
        &'a self,
        role: &Role,
        unknown: &mut BTreeSet<Unknown>,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        self.permissions(role.as_str(), unknown)
    }
}

/// The project of a service account, as its address tells.
pub fn home_of(account: &Email) -> Option<ResourceName> {
    let project = project_of(account)?;
    format!("projects/{project}").parse().ok()
}
