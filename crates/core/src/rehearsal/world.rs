//! The made-up world in which a rehearsal plays: people, groups, time, on-call, projects, debts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Groups;
use crate::decide::Facts;
use crate::email::Email;
use crate::entitlement::{Approval, Entitlement, Selector};
use crate::ids::GrantId;
use crate::person::Person;
use crate::principal::Principal;
use crate::resource::ResourceName;

/// The time of a rehearsal that names none: always the same, so that a test does not turn red by itself. A Monday
/// morning, 2026-01-05T09:00:00Z.
const USUAL_TIME_SECONDS: i64 = 1_767_603_600;

/// The issuer of the people of a rehearsal; `.invalid` is nobody's (RFC 2606).
const ISSUER: &str = "https://rehearsal.invalid";

/// Everything that a decision looks at beside the entitlement and the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// What time it is.
    pub time: Timestamp,
    /// Who is in which group.
    pub groups: Arc<Groups>,
    /// Everybody there is; empty: anybody may appear.
    pub people: BTreeSet<Email>,
    /// Who is on call, by service, such as `pagerduty:PABC123`.
    pub on_call: BTreeMap<String, Vec<Email>>,
    /// The projects that each selector finds.
    pub projects: BTreeMap<Selector, BTreeSet<ResourceName>>,
    /// Who owes a review that is overdue.
    pub debts: BTreeSet<Email>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            time: Timestamp::from_second(USUAL_TIME_SECONDS).unwrap_or_default(),
            groups: Arc::default(),
            people: BTreeSet::new(),
            on_call: BTreeMap::new(),
            projects: BTreeMap::new(),
            debts: BTreeSet::new(),
        }
    }
}

impl World {
    /// Somebody of this address.
    pub fn person(email: &Email) -> Person {
        Person {
            issuer: ISSUER.into(),
            subject: email.to_string(),
            email: email.clone(),
        }
    }

    /// Whether the address can be somebody here.
    pub fn has(&self, email: &Email) -> bool {
        self.people.is_empty() || self.people.contains(email) || self.groups.lists(email)
    }

    /// What the engine would gather before a decision at this time.
    pub fn facts(
        &self,
        entitlement: &Entitlement,
        requester: &Person,
        beneficiary: Option<&Principal>,
        time: Timestamp,
    ) -> Facts {
        let groups_of = |email: &Email| self.groups.groups_of(email);
        let members = approver_groups(entitlement)
            .chain(beneficiary.and_then(as_group))
            .map(|group| (group.clone(), self.groups.members_of(group)))
            .collect();
        let projects = entitlement.selectors().filter_map(|selector| {
            let found = self.projects.get(selector)?;
            Some((selector.clone(), found.clone()))
        });
        let debt = self
            .debts
            .contains(&requester.email)
            .then(|| GrantId::new(time, [0; 10]));
        Facts {
            now: time,
            skew: Some(SignedDuration::ZERO),
            groups: groups_of(&requester.email),
            beneficiary_groups: beneficiary
                .and_then(Principal::email)
                .map(groups_of)
                .unwrap_or_default(),
            members,
            projects: projects.collect(),
            debts: debt.into_iter().collect(),
        }
    }

    /// The groups that the entitlement names and nothing is known of: a decision takes them for empty.
    pub fn unknown_groups(&self, entitlement: &Entitlement) -> BTreeSet<Email> {
        let named = entitlement
            .requesters
            .iter()
            .chain(&entitlement.beneficiaries)
            .chain(&entitlement.grantors)
            .filter_map(as_group);
        named
            .chain(approver_groups(entitlement))
            .filter(|group| !self.groups.knows(group))
            .cloned()
            .collect()
    }
}

/// The groups of which an approval names people.
pub(super) fn approver_groups(entitlement: &Entitlement) -> impl Iterator<Item = &Email> {
    entitlement
        .approval
        .iter()
        .flat_map(Approval::everybody)
        .filter_map(as_group)
}

fn as_group(principal: &Principal) -> Option<&Email> {
    match principal {
        Principal::Group(group) => Some(group),
        _ => None,
    }
}
