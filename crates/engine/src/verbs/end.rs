//! Ending a grant before its time.

use daypass_core::decide::{Rule, is_among};
use daypass_core::entitlement::Approval;
use daypass_core::grant::{Grant, Origin, Seen};
use daypass_core::ids::GrantId;
use daypass_core::person::Person;
use daypass_core::state::State;

use crate::ports::{AccessToken, Freshness};
use crate::reconcile::own_power::is_written_by_approver;
use crate::{Caller, Engine, Error};

/// Most extensions that are followed from one grant to the one in force.
pub(super) const LONGEST_CHAIN: usize = 100;

impl Engine {
    /// The requester takes back what has not begun.
    pub async fn withdraw(&self, caller: &Caller, id: GrantId) -> Result<Grant, Error> {
        let grant = self.visible(&caller.person, id).await?;
        if !concerns(&grant, &caller.person) {
            return Err(denied(
                "only the requester or the beneficiary can withdraw it",
                "an approver denies it instead",
            ));
        }
        let (actor, now) = (caller.actor(), self.now());
        self.change(id, |grant| grant.withdraw(actor.clone(), now))
            .await
    }

    /// Ends a grant early: the one who has it gives it back, or one who oversees it takes it away. It acts on the
    /// chain: an extension of the grant ends too, and a grant that was extended stands for its extension.
    pub async fn revoke(
        &self,
        caller: &Caller,
        id: GrantId,
        why: Option<String>,
    ) -> Result<Grant, Error> {
        self.revoke_with(caller, id, why, None).await
    }

    /// The same, with the person's own access token: it removes what an approver's own power wrote, where Daypass's
    /// may not.
    pub async fn revoke_with(
        &self,
        caller: &Caller,
        id: GrantId,
        why: Option<String>,
        power: Option<AccessToken>,
    ) -> Result<Grant, Error> {
        let mut grant = self.visible(&caller.person, id).await?;
        let why = why.map(|why| daypass_core::justification::printable(&why, 500));
        let (actor, now) = (caller.actor(), self.now());
        for _ in 0..LONGEST_CHAIN {
            if let Some(next) = grant.superseded_by {
                grant = self.load(next).await?;
                continue;
            }
            if !self
                .may_end(&caller.person, &grant, Freshness::Fresh)
                .await?
            {
                return Err(denied(
                    "only the one who has it, and the entitlement's approvers, grantors, reviewers and owner can end it",
                    "'daypass explain' names the approvers",
                ));
            }
            self.revoke_extensions_under_way(caller, &grant, why.as_deref(), power.as_ref())
                .await?;
            let lent = self.lend_for_removal(caller, &grant, power.as_ref());
            if lent && grant.state == State::Revoking {
                // Its end is in the record already; what was missing is somebody who may remove it.
                self.wake();
                return Ok(grant);
            }
            let turn = self.0.token_turns.of(&grant.id).await;
            let revoked = self
                .change(grant.id, |grant| {
                    grant.revoke(actor.clone(), why.as_deref(), now)
                })
                .await;
            drop(turn);
            if let Err(Error::State(_)) = &revoked {
                // An extension took its place between the look and the change: it is the one to end.
                grant = self.load(grant.id).await?;
                if grant.superseded_by.is_some() {
                    continue;
                }
            }
            self.wake();
            return revoked;
        }
        Err(Error::Conflict(format!(
            "the grant {id} has too many extensions to follow"
        )))
    }

    /// Ends the extensions of a grant that are being written. Before the grant itself: a crash between the two must not
    /// leave an extension that nobody asked to keep.
    async fn revoke_extensions_under_way(
        &self,
        caller: &Caller,
        grant: &Grant,
        why: Option<&str>,
        power: Option<&AccessToken>,
    ) -> Result<(), Error> {
        let (actor, now) = (caller.actor(), self.now());
        for child in self.store().in_state(State::Activating, usize::MAX).await? {
            if matches!(child.terms.origin, Origin::Extension { parent, .. } if parent == grant.id)
            {
                self.lend_for_removal(caller, &child, power);
                match self
                    .change(child.id, |child| child.revoke(actor.clone(), why, now))
                    .await
                {
                    // It failed or ended by itself meanwhile.
                    Ok(_) | Err(Error::State(_)) => {}
                    Err(failure) => return Err(failure),
                }
            }
        }
        Ok(())
    }

    /// Keeps the token of whoever ends a grant that an approver's own power wrote. Returns whether it did.
    fn lend_for_removal(
        &self,
        caller: &Caller,
        grant: &Grant,
        power: Option<&AccessToken>,
    ) -> bool {
        let now = self.now();
        if let Some(token) = power.filter(|token| !token.is_over(now))
            && is_written_by_approver(grant)
            && grant
                .bindings
                .iter()
                .any(|binding| binding.seen != Seen::Absent)
        {
            self.0.tokens.put(grant.id, &caller.person, token, now);
            return true;
        }
        false
    }

    /// Whether the person may end this grant.
    pub(crate) async fn may_end(
        &self,
        who: &Person,
        grant: &Grant,
        freshness: Freshness,
    ) -> Result<bool, Error> {
        if concerns(grant, who) || self.oversees(who, grant, freshness).await? {
            return Ok(true);
        }
        // Who finds that an emergency is none must be able to stop it.
        let Some(rule) = &grant.terms.break_glass else {
            return Ok(false);
        };
        let groups = self.groups_of(who, freshness).await?;
        Ok(is_among(&rule.review.by, &who.principal(), &groups))
    }

    /// Whether the person approves, gives or owns the grant's entitlement.
    pub(crate) async fn oversees(
        &self,
        who: &Person,
        grant: &Grant,
        freshness: Freshness,
    ) -> Result<bool, Error> {
        let groups = self.groups_of(who, freshness).await?;
        let principal = who.principal();
        if grant.approval.as_ref().is_some_and(|approval| {
            is_among(
                &approval.everybody().cloned().collect::<Vec<_>>(),
                &principal,
                &groups,
            )
        }) {
            return Ok(true);
        }
        let catalogue = self.catalogue();
        Ok(catalogue
            .get(&grant.terms.entitlement)
            .is_some_and(|entitlement| {
                let approvers = entitlement.approval.iter().flat_map(Approval::everybody);
                let overseers: Vec<_> = approvers
                    .chain(&entitlement.grantors)
                    .chain(&entitlement.owner)
                    .cloned()
                    .collect();
                is_among(&overseers, &principal, &groups)
            }))
    }
}

/// Whether the person asked for, gave or receives the grant.
pub(crate) fn concerns(grant: &Grant, who: &Person) -> bool {
    grant.terms.requester.is_same_human(who) || grant.terms.beneficiary.email() == Some(&who.email)
}

fn denied(detail: &str, hint: &str) -> Error {
    Error::Denied(vec![Rule {
        name: "standing".into(),
        holds: false,
        detail: detail.into(),
        hint: Some(hint.into()),
    }])
}
