//! Deciding again: nothing is granted on what was true when it was asked (design, flow 2; I23).

use daypass_core::decide::{Facts, Outcome, Rule, constraints_still_hold, no_longer_eligible};
use daypass_core::entitlement::Entitlement;
use daypass_core::grant::{Grant, Origin, Terms};
use daypass_core::mutant::{self, Mutant};
use daypass_core::state::State;

use crate::ports::Freshness;
use crate::reconcile::ABSENCE_GRACE;
use crate::{Engine, Error};

impl Engine {
    /// Whether the entitlement that the grant was decided under is the one in force at this moment (I23).
    pub(crate) fn is_in_force(&self, grant: &Grant) -> bool {
        mutant::is(Mutant::EligibilityNotRechecked)
            || self.catalogue().hash(&grant.terms.entitlement) == Some(grant.terms.entitlement_hash)
    }

    /// Whether the request would still be decided as it was. If not, it is decided anew, and the approver must look
    /// again.
    pub(crate) async fn check_again(&self, grant: &Grant) -> Result<(), Error> {
        if mutant::is(Mutant::EligibilityNotRechecked) {
            return Ok(());
        }
        let catalogue = self.catalogue();
        let Some(entitlement) = catalogue.get(&grant.terms.entitlement) else {
            let withheld = self.withheld(&grant.terms.entitlement);
            return Err(Error::Denied(vec![withheld.unwrap_or_else(absent)]));
        };
        let facts = self
            .facts(
                entitlement,
                &grant.terms.requester,
                Some(&grant.terms.beneficiary),
                Freshness::Fresh,
            )
            .await?;
        if catalogue.hash(&entitlement.id) == Some(grant.terms.entitlement_hash) {
            self.still_eligible(grant, entitlement, &facts).await?;
            return self.parent_lives(grant).await;
        }
        self.decide_anew(grant, entitlement, &facts).await
    }

    async fn still_eligible(
        &self,
        grant: &Grant,
        entitlement: &Entitlement,
        facts: &Facts,
    ) -> Result<(), Error> {
        let (groups, theirs) = (&facts.groups, &facts.beneficiary_groups);
        let Some(why) = no_longer_eligible(entitlement, grant, groups, theirs) else {
            // A constraint may hold again later: the request goes on waiting.
            return constraints_still_hold(entitlement, grant, groups, facts.now)
                .map_err(Error::Denied);
        };
        let now = self.now();
        self.change(grant.id, |grant| grant.refuse(why, now))
            .await?;
        Err(changed(&format!("{why}; the request is denied")))
    }

    /// An extension needs the grant that it extends to be active still.
    async fn parent_lives(&self, grant: &Grant) -> Result<(), Error> {
        let Origin::Extension { parent, .. } = grant.terms.origin else {
            return Ok(());
        };
        if self
            .store()
            .grant(parent)
            .await?
            .is_some_and(|parent| parent.state == State::Active)
        {
            return Ok(());
        }
        let now = self.now();
        self.change(grant.id, |grant| {
            grant.refuse("the grant that it extends has ended", now)
        })
        .await?;
        Err(changed(
            "the grant that it extends has ended; the request is denied",
        ))
    }

    async fn decide_anew(
        &self,
        grant: &Grant,
        entitlement: &Entitlement,
        facts: &Facts,
    ) -> Result<(), Error> {
        let decision = self
            .decided(entitlement, &grant.terms.requester, &grant.ask, facts)
            .await?;
        let now = facts.now;
        let approval = match decision.outcome {
            Outcome::Denied => None,
            Outcome::NeedsApproval(approval) => Some(Some(approval)),
            Outcome::Granted => Some(None),
        };
        // Who asked for an ordinary grant did not ask for an emergency.
        let is_emergency = |terms: &Terms| terms.break_glass.is_some();
        let becomes_one =
            decision.terms.as_ref().is_some_and(is_emergency) && !is_emergency(&grant.terms);
        match (approval, decision.terms) {
            _ if becomes_one => {
                let why = "the entitlement was changed, and is for emergencies only now";
                self.change(grant.id, |grant| grant.refuse(why, now))
                    .await?;
                Err(changed(&format!("{why}; the request is denied")))
            }
            (Some(approval), Some(terms)) => {
                self.change(grant.id, |grant| {
                    grant.decide_anew(terms.clone(), approval.clone(), now)
                })
                .await?;
                self.wake();
                Err(changed(
                    "the entitlement was changed since it was asked; the request was decided anew: look at it again",
                ))
            }
            _ => {
                let broken = decision.rules.iter().filter(|rule| !rule.holds);
                let broken: Vec<&str> = broken.map(|rule| rule.detail.as_str()).collect();
                let why = format!("the entitlement was changed: {}", broken.join("; "));
                self.change(grant.id, |grant| grant.refuse(&why, now))
                    .await?;
                Err(changed(
                    "the entitlement was changed, and no longer allows the request; it is denied",
                ))
            }
        }
    }
}

/// Whether it is gone for good is found out by the reconciler, which alone refuses what waits under it.
fn absent() -> Rule {
    Rule {
        name: "source".into(),
        holds: false,
        detail: "the entitlement is not there now; nothing can be approved under it".into(),
        hint: Some(format!(
            "if its file is being moved, try again; what still waits after {} s without it is denied",
            ABSENCE_GRACE.as_secs()
        )),
    }
}

fn changed(detail: &str) -> Error {
    Error::Denied(vec![Rule {
        name: "unchanged".into(),
        holds: false,
        detail: detail.into(),
        hint: Some("look at the request again; the requester can ask anew".into()),
    }])
}
