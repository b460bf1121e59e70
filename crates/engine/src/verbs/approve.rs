//! Saying yes or no.

use std::collections::BTreeSet;
use std::sync::Arc;

use daypass_core::decide::{Rule, constraints_allow, may_approve, may_veto, still_counts};
use daypass_core::email::Email;
use daypass_core::entitlement::{Approval, Authority};
use daypass_core::grant::{Grant, Origin, TransitionError};
use daypass_core::ids::GrantId;
use daypass_core::justification::{is_deceptive, printable};
use daypass_core::person::Person;
use daypass_core::resource::ResourceName;
use daypass_core::state::State;

use crate::ports::{AccessToken, Freshness, IamError};
use crate::reconcile::own_power::is_written_by_approver;
use crate::tokens_in_hand::Slip;
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
        let grant = self.awaited(caller, id).await?;
        let (groups, now) = (
            self.groups_of(&caller.person, Freshness::Fresh).await?,
            self.now(),
        );
        // First of all: a word that does not count any more may leave an earlier step open than it seems.
        let void = self.no_approvers_any_more(&grant).await?;
        let grant = if void.is_empty() {
            grant
        } else {
            let forget = |grant: &mut Grant| match grant.state {
                State::ApprovalAwaited => Ok(grant.disregard(&void, now)),
                state => Err(TransitionError::NotAwaited(state)),
            };
            self.change(id, forget).await?
        };
        let allowed = |grant: &Grant| may_approve(grant, &caller.person, &groups, now);
        allowed(&grant).map_err(|rule| Error::Denied(vec![rule]))?;
        if let Some(rule) = self.own_word_counts(&caller.person, &grant).await? {
            return Err(Error::Denied(vec![rule]));
        }
        self.constraints_hold(caller, &grant, &groups).await?;
        self.check_again(&grant).await?;
        let power = judgement.power.filter(|token| !token.is_over(now));
        self.google_agrees(&grant, power.as_ref()).await?;
        let seen = judgement.request.unwrap_or_else(|| grant.request_hash());
        let comment = comment(judgement.comment.as_deref());
        // In hand before the approval is in the record: the reconcilers may see it at once.
        let lent = self.lend(caller, &grant, power.as_ref());
        let mut lacks_power = false;
        let approved = self
            .change(id, |grant| {
                let mut entries = grant.disregard(&void, now);
                // Looked at again under the revision that is written: another step may be open by now, and an edit may
                // have come into force while Google and the directory were asked.
                if !self.is_in_force(grant) {
                    return Err(TransitionError::OtherRequest);
                }
                allowed(grant)
                    .map_err(|_| TransitionError::NotAnApprover(caller.person.email.to_string()))?;
                entries.extend(grant.approve(
                    &caller.person,
                    seen,
                    comment.clone(),
                    caller.channel,
                    now,
                )?);
                let completes = grant.state != State::ApprovalAwaited;
                lacks_power = completes && is_written_by_approver(grant) && power.is_none();
                if lacks_power {
                    return Err(TransitionError::NotAwaited(State::ApprovalAwaited));
                }
                Ok(entries)
            })
            .await;
        let is_used = approved
            .as_ref()
            .is_ok_and(|grant| grant.state != State::ApprovalAwaited);
        if !is_used {
            for (grant, slip) in lent {
                self.0.tokens.take_back(grant, slip);
            }
        }
        if lacks_power {
            return Err(needs_browser(
                id,
                "this approval writes the policy with your own rights at Google, which only a sign-in in the browser lends",
            ));
        }
        let approved = approved?;
        crash::point("after-approve-commit");
        self.wake();
        Ok(approved)
    }

    /// Keeps the approver's token for the write that follows. An extension's approver lends it for the grant that it
    /// takes the place of, too: if the extension fails, that is what is written back.
    fn lend(
        &self,
        caller: &Caller,
        grant: &Grant,
        power: Option<&AccessToken>,
    ) -> Vec<(GrantId, Slip)> {
        let Some(token) = power.filter(|_| is_written_by_approver(grant)) else {
            return Vec::new();
        };
        let parent = match grant.terms.origin {
            Origin::Extension { parent, .. } => Some(parent),
            _ => None,
        };
        let put = |id| {
            let slip = self.0.tokens.put(id, &caller.person, token, self.now());
            (id, slip)
        };
        [Some(grant.id), parent]
            .into_iter()
            .flatten()
            .map(put)
            .collect()
    }

    /// Where the entitlement says `authority: google`: whether Google lets the approver, by their own token, set each
    /// policy that the grant would change.
    async fn google_agrees(&self, grant: &Grant, power: Option<&AccessToken>) -> Result<(), Error> {
        let asks = |approval: &Approval| approval.authority == Authority::Google;
        if !grant.approval.as_ref().is_some_and(asks) {
            return Ok(());
        }
        let again = |what| Err(needs_browser(grant.id, what));
        let Some(token) = power else {
            return again(
                "this approval asks Google what your own rights are, which only a sign-in in the browser shows",
            );
        };
        let iam = Arc::clone(&self.0.ports.iam).as_person(token.clone());
        let targets: BTreeSet<&ResourceName> = grant
            .terms
            .privileges
            .iter()
            .map(|privilege| &privilege.target)
            .collect();
        for target in targets {
            let permission = format!("{}.setIamPolicy", target.kind().permissions);
            let held = match iam
                .test_permissions(target, std::slice::from_ref(&permission))
                .await
            {
                Ok(held) => held,
                Err(IamError::Unauthenticated { .. }) => {
                    return again("Google does not take your access token any more");
                }
                // Who may not even see it may not change it.
                Err(IamError::Forbidden { .. } | IamError::NotFound { .. }) => Vec::new(),
                Err(failure) => return Err(failure.into()),
            };
            if !held.contains(&permission) {
                return Err(Error::Denied(vec![Rule {
                    name: "authority".into(),
                    holds: false,
                    detail: format!(
                        "Google does not let you change the policy of {target} yourself ({permission}), and the entitlement \
                         says authority: google"
                    ),
                    hint: Some("ask an approver who has that permission".into()),
                }]));
            }
        }
        Ok(())
    }

    /// Records a no.
    pub async fn deny(
        &self,
        caller: &Caller,
        id: GrantId,
        judgement: Judgement,
    ) -> Result<Grant, Error> {
        let grant = self.awaited(caller, id).await?;
        let groups = self.groups_of(&caller.person, Freshness::Fresh).await?;
        may_veto(&grant, &caller.person, &groups).map_err(|rule| Error::Denied(vec![rule]))?;
        let seen = judgement.request.unwrap_or_else(|| grant.request_hash());
        let comment = comment(judgement.comment.as_deref());
        let now = self.now();
        self.change(id, |grant| {
            grant.deny(&caller.person, seen, comment.clone(), caller.channel, now)
        })
        .await
    }

    /// The grant, if it waits for a decision. Who may not even see it hears that there is none.
    async fn awaited(&self, caller: &Caller, id: GrantId) -> Result<Grant, Error> {
        let grant = self.visible(&caller.person, id).await?;
        if grant.state == State::ApprovalAwaited && grant.approval.is_some() {
            Ok(grant)
        } else {
            Err(TransitionError::NotAwaited(grant.state).into())
        }
    }

    /// What the entitlement asks of the approver beside being named.
    async fn constraints_hold(
        &self,
        caller: &Caller,
        grant: &Grant,
        groups: &BTreeSet<Email>,
    ) -> Result<(), Error> {
        let asks = |approval: &Approval| !approval.constraints.is_empty();
        if !grant.approval.as_ref().is_some_and(asks) {
            return Ok(());
        }
        let requester = &grant.terms.requester;
        let theirs = self.groups_of(requester, Freshness::Fresh).await?;
        constraints_allow(grant, &caller.person, groups, &theirs, self.now()).map_err(Error::Denied)
    }

    /// Where an entitlement lets the requester count, an overdue review takes that away from them: the rule that is
    /// broken.
    async fn own_word_counts(&self, who: &Person, grant: &Grant) -> Result<Option<Rule>, Error> {
        if !grant.terms.requester.is_same_human(who) {
            return Ok(None);
        }
        let debts = self.debts(who).await?;
        Ok(debts.first().map(|debt| Rule {
            name: "review-debt".into(),
            holds: false,
            detail: format!("a review is overdue for {debt}, so your own word does not count"),
            hint: Some("have it reviewed first, or ask another approver".into()),
        }))
    }

    /// Those who said yes and may not any more.
    async fn no_approvers_any_more(&self, grant: &Grant) -> Result<Vec<Person>, Error> {
        let mut people = Vec::new();
        let is_constrained = grant
            .approval
            .as_ref()
            .is_some_and(|approval| !approval.constraints.is_empty());
        let theirs = match grant.votes.first() {
            Some(_) if is_constrained => {
                self.groups_of(&grant.terms.requester, Freshness::Fresh)
                    .await?
            }
            _ => BTreeSet::new(),
        };
        for vote in &grant.votes {
            let groups = self.groups_of(&vote.person, Freshness::Fresh).await?;
            // As of their word: what was said on a Friday was not said on a Sunday.
            let allowed = !is_constrained
                || constraints_allow(grant, &vote.person, &groups, &theirs, vote.at).is_ok();
            let counts = allowed
                && still_counts(grant, vote, &groups)
                && self.own_word_counts(&vote.person, grant).await?.is_none();
            if !counts {
                people.push(vote.person.clone());
            }
        }
        Ok(people)
    }
}

fn needs_browser(grant: GrantId, what: &str) -> Error {
    Error::NeedsBrowser {
        grant,
        what: what.into(),
    }
}

/// What an approver wrote, made safe for every place that shows it.
pub(super) fn comment(text: Option<&str>) -> Option<String> {
    text.map(str::trim)
        // What shows as nothing says nothing.
        .filter(|text| text.chars().any(|c| !c.is_whitespace() && !is_deceptive(c)))
        .map(|text| printable(text, LONGEST_COMMENT))
}
