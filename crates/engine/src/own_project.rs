//! Daypass's own project: whoever has power there can change who gets what, so nobody gets any by Daypass (T23).

use std::collections::BTreeSet;

use daypass_core::decide::{Decision, Facts, Outcome, Rule, decide};
use daypass_core::entitlement::Entitlement;
use daypass_core::grant::Terms;
use daypass_core::person::Person;
use daypass_core::request::Ask;
use daypass_core::service_account::project_of;

use crate::Engine;

impl Engine {
    /// The decision of the core, and the server's word on its own project.
    pub(crate) fn decided(
        &self,
        entitlement: &Entitlement,
        who: &Person,
        ask: &Ask,
        facts: &Facts,
    ) -> Decision {
        let mut decision = decide(entitlement, who, ask, facts);
        let own = &self.0.settings.own_projects;
        let touched = decision
            .terms
            .as_ref()
            .and_then(|terms| touched(terms, own));
        if let Some(project) = touched {
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
        decision
    }
}

/// The first of these projects in which the terms give something.
fn touched(terms: &Terms, own: &BTreeSet<String>) -> Option<String> {
    let resources = terms
        .privileges
        .iter()
        .flat_map(|privilege| [privilege.target.project(), privilege.resource.project()]);
    let accounts = terms
        .impersonations
        .iter()
        .map(|one| project_of(&one.service_account));
    resources
        .chain(accounts)
        .flatten()
        .find(|project| own.contains(*project))
        .map(str::to_owned)
}
