//! Gathering what a decision needs to know. An answer that does not come denies.

use std::collections::{BTreeMap, BTreeSet};

use daypass_core::decide::Facts;
use daypass_core::email::Email;
use daypass_core::entitlement::Entitlement;
use daypass_core::person::Person;
use daypass_core::principal::Principal;

use crate::{Engine, Error};

impl Engine {
    /// The facts of one decision, all of one moment.
    pub(crate) async fn facts(
        &self,
        entitlement: &Entitlement,
        requester: &Person,
        beneficiary: Option<&Principal>,
    ) -> Result<Facts, Error> {
        let directory = &self.0.ports.directory;
        let groups = directory.groups_of(&requester.email).await?;
        let beneficiary_groups = match beneficiary.and_then(Principal::email) {
            Some(email) if *email != requester.email => directory.groups_of(email).await?,
            Some(_) => groups.clone(),
            None => BTreeSet::new(),
        };
        let mut members = BTreeMap::new();
        for principal in entitlement
            .approval
            .iter()
            .flat_map(|approval| &approval.approvers)
        {
            if let Principal::Group(group) = principal {
                members.insert(group.clone(), directory.members_of(group).await?);
            }
        }
        Ok(Facts {
            now: self.now(),
            skew: self.0.ports.clock.skew(),
            groups,
            beneficiary_groups,
            members,
        })
    }

    /// The groups of a person.
    pub async fn groups_of(&self, who: &Person) -> Result<BTreeSet<Email>, Error> {
        Ok(self.0.ports.directory.groups_of(&who.email).await?)
    }
}
