//! What would come of a request, and why. The same function as the request itself, without its effect.

use std::collections::BTreeSet;

use daypass_core::decide::{Decision, Outcome, Rule};
use daypass_core::entitlement::{Catalogue, Entitlement};
use daypass_core::person::Person;
use daypass_core::request::{Ask, AskKind};

use crate::ports::Freshness;
use crate::{Engine, Error, GiveWish, Wish};

impl Engine {
    /// The decision on a wish. A broken rule is part of the answer, not an error.
    pub async fn explain(&self, who: &Person, wish: &Wish) -> Result<Decision, Error> {
        let catalogue = self.catalogue();
        let (entitlement, ask) =
            match resolve(&catalogue, wish).map_err(|error| self.unless_withheld(wish, error)) {
                Ok(resolved) => resolved,
                Err(Error::Denied(rules)) => return Ok(denied(rules)),
                Err(error) => return Err(error),
            };
        self.decide(entitlement, who, &ask, Freshness::Cached).await
    }

    /// Gathers the facts and decides. To who may neither ask nor see the entitlement, that is all that is said.
    pub(crate) async fn decide(
        &self,
        entitlement: &Entitlement,
        who: &Person,
        ask: &Ask,
        freshness: Freshness,
    ) -> Result<Decision, Error> {
        let beneficiary = match &ask.kind {
            AskKind::Extend(parent) => Some(&parent.beneficiary),
            _ => ask.beneficiary.as_ref(),
        };
        let facts = self.facts(entitlement, who, beneficiary, freshness).await?;
        let decision = self.decided(entitlement, who, ask, &facts).await?;
        let standing = decision.rules.iter().find(|rule| is_standing(rule));
        let Some(standing) = standing.filter(|rule| !rule.holds) else {
            return Ok(decision);
        };
        // The approvers, the terms and what the other rules found tell what the entitlement is.
        match self.entitlement(who, &entitlement.id).await {
            Ok(_) => Ok(decision),
            Err(Error::NotFound { .. }) => Ok(denied(vec![standing.clone()])),
            Err(error) => Err(error),
        }
    }
}

/// Whether it is the rule on who may ask, or give.
fn is_standing(rule: &Rule) -> bool {
    matches!(rule.name.as_str(), "requester" | "grantor")
}

/// A denial of which nothing else is told.
fn denied(rules: Vec<Rule>) -> Decision {
    Decision {
        outcome: Outcome::Denied,
        rules,
        terms: None,
        approvers: BTreeSet::new(),
        steps: Vec::new(),
    }
}

/// The entitlement that a wish leads to, and the plain request for it. An entitlement that is not there and one that
/// the person may not ask for are told apart: what may be asked for is no secret inside the organisation.
pub(super) fn resolve<'a>(
    catalogue: &'a Catalogue,
    wish: &Wish,
) -> Result<(&'a Entitlement, Ask), Error> {
    match wish {
        Wish::Ask(ask) => {
            let found = catalogue.get(&ask.entitlement);
            let missing = || Error::NotFound {
                what: "entitlement",
                name: ask.entitlement.to_string(),
            };
            Ok((found.ok_or_else(missing)?, ask.clone()))
        }
        Wish::Give(give) => {
            let found = catalogue.to_give(&give.role, &give.resource);
            let broken = |error: daypass_core::entitlement::GiveError| {
                Error::Denied(vec![Rule {
                    name: "entitlement".into(),
                    holds: false,
                    detail: error.to_string(),
                    hint: Some("'daypass list' shows what you may give; the broker gives only what an entitlement names".into()),
                }])
            };
            let entitlement = found.map_err(broken)?;
            Ok((entitlement, asked_by(give, entitlement)))
        }
    }
}

fn asked_by(give: &GiveWish, entitlement: &Entitlement) -> Ask {
    Ask {
        kind: AskKind::Give,
        entitlement: entitlement.id.clone(),
        beneficiary: Some(give.to.clone()),
        duration: give.duration,
        start_at: give.start_at,
        only: vec![give.role.to_string(), give.resource.to_string()],
        justification: give.justification.clone(),
        inputs: std::collections::BTreeMap::new(),
        notify: give.notify.clone(),
    }
}
