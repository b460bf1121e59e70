//! Gathering what a decision needs to know. An answer that does not come denies.

use std::collections::{BTreeMap, BTreeSet};

use daypass_core::decide::Facts;
use daypass_core::email::Email;
use daypass_core::entitlement::{Approval, Entitlement};
use daypass_core::ids::GrantId;
use daypass_core::person::Person;
use daypass_core::principal::Principal;

use crate::ports::{Freshness, GrantFilter};
use crate::{Engine, Error};

/// Most overdue reviews that are looked up: one is as bad as all of them.
const MOST_DEBTS: usize = 20;

/// How many grants are read at once in search of them.
const PAGE: usize = 100;

impl Engine {
    /// The facts of one decision, all of one moment. What may lead to a grant needs fresh ones.
    pub(crate) async fn facts(
        &self,
        entitlement: &Entitlement,
        requester: &Person,
        beneficiary: Option<&Principal>,
        freshness: Freshness,
    ) -> Result<Facts, Error> {
        let directory = &self.0.ports.directory;
        let groups = directory.groups_of(&requester.email, freshness).await?;
        let beneficiary_groups = match beneficiary.and_then(Principal::email) {
            Some(email) if *email != requester.email => {
                directory.groups_of(email, freshness).await?
            }
            Some(_) => groups.clone(),
            None => BTreeSet::new(),
        };
        let mut members = BTreeMap::new();
        let named = entitlement.approval.iter().flat_map(Approval::everybody);
        let receives = beneficiary.filter(|_| entitlement.approval.is_some());
        for principal in named.chain(receives) {
            if let Principal::Group(group) = principal {
                members.insert(group.clone(), directory.members_of(group, freshness).await?);
            }
        }
        let mut projects = BTreeMap::new();
        for selector in entitlement.selectors() {
            let found = self.0.ports.projects.select(selector).await?;
            projects.insert(selector.clone(), found);
        }
        let debts = self.debts(requester).await?;
        Ok(Facts {
            now: self.now(),
            skew: self.0.ports.clock.skew(),
            groups,
            beneficiary_groups,
            members,
            projects,
            debts,
        })
    }

    /// The emergencies of a person whose review is overdue.
    pub(crate) async fn debts(&self, requester: &Person) -> Result<Vec<GrantId>, Error> {
        let mut filter = GrantFilter {
            concerning: Some(requester.email.clone()),
            review_owed: true,
            limit: PAGE,
            ..GrantFilter::default()
        };
        let (now, mut debts) = (self.now(), Vec::new());
        // Every page: newer emergencies, whose review is not due yet, must not hide older ones.
        loop {
            let page = self.store().grants(&filter).await?;
            let overdue = page.grants.iter().filter(|grant| {
                grant.is_debt(now) && grant.terms.requester.is_same_human(requester)
            });
            debts.extend(overdue.map(|grant| grant.id));
            debts.truncate(MOST_DEBTS);
            filter.before = page.next;
            if filter.before.is_none() || debts.len() == MOST_DEBTS {
                return Ok(debts);
            }
        }
    }

    /// The groups of a person.
    pub async fn groups_of(
        &self,
        who: &Person,
        freshness: Freshness,
    ) -> Result<BTreeSet<Email>, Error> {
        let directory = &self.0.ports.directory;
        Ok(directory.groups_of(&who.email, freshness).await?)
    }
}
