//! Daypass's own project: whoever has power there can change who gets what, so nobody gets any by Daypass (T23).

use std::collections::BTreeSet;

use daypass_core::decide::{Decision, Facts, Outcome, Rule, decide};
use daypass_core::entitlement::Entitlement;
use daypass_core::grant::Terms;
use daypass_core::person::Person;
use daypass_core::request::Ask;
use daypass_core::resource::ResourceName;
use daypass_core::service_account::project_of;

use crate::ports::IamError;
use crate::{Engine, Error};

impl Engine {
    /// The decision of the core, and the server's word on its own project.
    pub(crate) async fn decided(
        &self,
        entitlement: &Entitlement,
        who: &Person,
        ask: &Ask,
        facts: &Facts,
    ) -> Result<Decision, Error> {
        let mut decision = decide(entitlement, who, ask, facts);
        let Some(terms) = decision.terms.as_ref() else {
            return Ok(decision);
        };
        if let Some(project) = self.own_project_in(terms).await? {
            decision.rules.push(Rule {
                name: "own-project".into(),
                holds: false,
                detail: format!("projects/{project} is where Daypass itself runs"),
                hint: Some(
                    "administer Daypass with standing access of very few people, not by itself"
                        .into(),
                ),
            });
            decision.outcome = Outcome::Denied;
        }
        Ok(decision)
    }

    /// The first project named in the terms in which Daypass itself runs.
    async fn own_project_in(&self, terms: &Terms) -> Result<Option<String>, Error> {
        let own = &self.0.settings.own_projects;
        for project in projects(terms) {
            for one in own {
                if self.is_same_project(project, one).await? {
                    return Ok(Some(project.to_owned()));
                }
            }
        }
        Ok(None)
    }

    /// Whether both mean one project. A project has two names, an id and a number; which belong together only Google
    /// knows, and an answer that does not come denies.
    async fn is_same_project(&self, one: &str, other: &str) -> Result<bool, Error> {
        if is_number(one) == is_number(other) {
            return Ok(one == other);
        }
        let (Ok(one), Ok(other)) = (named(one), named(other)) else {
            return Ok(false);
        };
        let iam = &self.0.ports.iam;
        let theirs = match iam.canonical(&one).await {
            // What Google does not show to Daypass, it cannot write to, either.
            Err(IamError::NotFound { .. } | IamError::Forbidden { .. }) => return Ok(false),
            answer => answer?,
        };
        Ok(theirs == iam.canonical(&other).await?)
    }
}

/// Every project that the terms give something in.
fn projects(terms: &Terms) -> BTreeSet<&str> {
    let privileges = terms.privileges.iter();
    let resources = privileges.flat_map(|one| one.target.projects().chain(one.resource.projects()));
    let accounts = terms
        .impersonations
        .iter()
        .filter_map(|one| project_of(&one.service_account));
    resources.chain(accounts).collect()
}

/// Ids begin with a letter (<https://cloud.google.com/resource-manager/docs/creating-managing-projects>).
fn is_number(project: &str) -> bool {
    project.starts_with(|c: char| c.is_ascii_digit())
}

fn named(project: &str) -> Result<ResourceName, daypass_core::Error> {
    format!("projects/{project}").parse()
}
