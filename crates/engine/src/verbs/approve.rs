//! Saying yes or no.

use daypass_core::decide::{Facts, Outcome, Rule, decide, is_among, may_approve};
use daypass_core::entitlement::Entitlement;
use daypass_core::grant::{Grant, Origin, TransitionError};
use daypass_core::ids::GrantId;
use daypass_core::justification::printable;
use daypass_core::mutant::{self, Mutant};
use daypass_core::person::Person;
use daypass_core::state::State;

use crate::{Caller, Engine, Error, Judgement, crash};

/// Longest comment that is kept, in characters.
const LONGEST_COMMENT: usize = 500;

impl Engine {
    /// Records a yes. Everything is checked again now: the approver, the requester, and that the entitlement is the one
    /// that the request was decided under (design, flow 2; I23).
    pub async fn approve(
        &self,
        caller: &Caller,
        id: GrantId,
        judgement: Judgement,
    ) -> Result<Grant, Error> {
        let grant = self.decidable(caller, id).await?;
        self.check_again(&grant).await?;
        let void = self.no_approvers_any_more(&grant).await?;
        let seen = judgement.request.unwrap_or_else(|| grant.request_hash());
        let comment = comment(judgement.comment.as_deref());
        let now = self.now();
        let approved = self
            .change(id, |grant| {
                let mut entries = grant.disregard(&void, now);
                entries.extend(grant.approve(
                    &caller.person,
                    seen,
                    comment.clone(),
                    caller.channel,
                    now,
                )?);
                Ok(entries)
            })
            .await?;
        crash::point("after-approve-commit");
        self.wake();
        Ok(approved)
    }

    /// Records a no.
    pub async fn deny(
        &self,
        caller: &Caller,
        id: GrantId,
        judgement: Judgement,
    ) -> Result<Grant, Error> {
        let grant = self.decidable(caller, id).await?;
        let seen = judgement.request.unwrap_or_else(|| grant.request_hash());
        let comment = comment(judgement.comment.as_deref());
        let now = self.now();
        self.change(id, |grant| {
            grant.deny(&caller.person, seen, comment.clone(), caller.channel, now)
        })
        .await
    }

    /// The grant, if the caller may decide on it. Who may not even see it hears that there is none.
    async fn decidable(&self, caller: &Caller, id: GrantId) -> Result<Grant, Error> {
        let grant = self.visible(&caller.person, id).await?;
        if grant.state != State::ApprovalAwaited {
            return Err(TransitionError::NotAwaited(grant.state).into());
        }
        let groups = self.groups_of(&caller.person).await?;
        let Some(approval) = &grant.approval else {
            return Err(TransitionError::NotAwaited(grant.state).into());
        };
        may_approve(approval, &grant.terms, &caller.person, &groups)
            .map_err(|rule| Error::Denied(vec![rule]))?;
        Ok(grant)
    }

    /// Those who said yes and may not any more.
    async fn no_approvers_any_more(&self, grant: &Grant) -> Result<Vec<Person>, Error> {
        let mut people = Vec::new();
        for person in grant.votes.iter().map(|vote| &vote.person) {
            let groups = self.groups_of(person).await?;
            let still = grant.approval.as_ref().is_some_and(|approval| {
                may_approve(approval, &grant.terms, person, &groups).is_ok()
            });
            if !still {
                people.push(person.clone());
            }
        }
        Ok(people)
    }

    /// Whether the request would still be decided as it was. If not, it is decided anew, and the approver must look
    /// again.
    async fn check_again(&self, grant: &Grant) -> Result<(), Error> {
        if mutant::is(Mutant::EligibilityNotRechecked) {
            return Ok(());
        }
        let catalogue = self.catalogue();
        let now = self.now();
        let Some(entitlement) = catalogue.get(&grant.terms.entitlement) else {
            self.change(grant.id, |grant| {
                grant.refuse("the entitlement is no longer there", now)
            })
            .await?;
            return Err(changed(
                "the entitlement is no longer there; the request is denied",
            ));
        };
        let facts = self
            .facts(
                entitlement,
                &grant.terms.requester,
                Some(&grant.terms.beneficiary),
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
        let (requester, beneficiary) =
            (grant.terms.requester.principal(), &grant.terms.beneficiary);
        let why = if !is_among(&entitlement.requesters, &requester, &facts.groups) {
            "the requester may no longer ask for it"
        } else if requester != *beneficiary
            && !is_among(
                &entitlement.beneficiaries,
                beneficiary,
                &facts.beneficiary_groups,
            )
        {
            "the beneficiary may no longer receive it"
        } else {
            return Ok(());
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
        let decision = decide(entitlement, &grant.terms.requester, &grant.ask, facts);
        let now = facts.now;
        let approval = match decision.outcome {
            Outcome::Denied => None,
            Outcome::NeedsApproval(approval) => Some(Some(approval)),
            Outcome::Granted => Some(None),
        };
        match (approval, decision.terms) {
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
                let error = Error::Denied(decision.rules);
                let why = format!("the entitlement was changed: {error}");
                self.change(grant.id, |grant| grant.refuse(&why, now))
                    .await?;
                Err(changed(
                    "the entitlement was changed, and no longer allows the request; it is denied",
                ))
            }
        }
    }
}

/// What an approver wrote, made safe for every place that shows it.
fn comment(text: Option<&str>) -> Option<String> {
    text.map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| printable(text, LONGEST_COMMENT))
}

fn changed(detail: &str) -> Error {
    Error::Denied(vec![Rule {
        name: "unchanged".into(),
        holds: false,
        detail: detail.into(),
        hint: Some("look at the request again; the requester can ask anew".into()),
    }])
}
