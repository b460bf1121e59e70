//! From the request to the decision.

use jiff::Timestamp;

use super::{Grant, Review, Terms, TransitionError};
use crate::approval::{Vote, Word, is_one_of, is_own_gain, is_own_request};
use crate::audit::{Action, Actor, Channel, Entry};
use crate::entitlement::{Approval, Hash};
use crate::mutant::{self, Mutant};
use crate::person::Person;
use crate::state::State;

impl Grant {
    /// Records a yes in the step that is open. When all steps have enough of them, the grant goes on; the second
    /// entry says so.
    ///
    /// Whether the person may approve at all is decided before, by [`crate::decide::may_approve`].
    pub fn approve(
        &mut self,
        person: &Person,
        request: Hash,
        comment: Option<String>,
        channel: Channel,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        let said = comment.clone();
        let needs_comment = self
            .approval
            .as_ref()
            .is_some_and(|approval| approval.justification_required);
        if needs_comment && comment.is_none() {
            return Err(TransitionError::CommentNeeded);
        }
        let step = self.open_step().map_or(0, |(step, _)| step);
        self.vote(Word::Approve, person, request, comment, channel, now)?;
        let mut entries = vec![
            self.entry(Action::Approved, Actor::person(person, channel), now)
                .with("request", &request)
                .with("step", &(step + 1))
                .with("comment", &said),
        ];
        match self.open_step() {
            None => entries.push(self.proceed(Actor::system(), now)),
            Some((open, _)) if open != step => self.open_step_at(now),
            Some(_) => {}
        }
        Ok(entries)
    }

    /// Records a no, which ends the request.
    pub fn deny(
        &mut self,
        person: &Person,
        request: Hash,
        comment: Option<String>,
        channel: Channel,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        let said = comment.clone();
        self.vote(Word::Deny, person, request, comment, channel, now)?;
        self.enter(State::Denied, now)?;
        Ok(vec![
            self.entry(Action::Denied, Actor::person(person, channel), now)
                .with("request", &request)
                .with("comment", &said),
        ])
    }

    fn vote(
        &mut self,
        word: Word,
        person: &Person,
        request: Hash,
        comment: Option<String>,
        channel: Channel,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        if self.state != State::ApprovalAwaited {
            return Err(TransitionError::NotAwaited(self.state));
        }
        // I19: a decision that comes at the very end comes too late; `<` would let it win against the clock.
        if let Some(limit) = self.decide_by.filter(|limit| *limit <= now)
            && !mutant::is(Mutant::LateVoteCounts)
        {
            return Err(TransitionError::TooLate(limit));
        }
        let is_own = is_own_request(person, &self.terms.requester)
            || is_own_gain(person, &self.terms.beneficiary);
        let own_counts = self
            .approval
            .as_ref()
            .is_some_and(|approval| approval.self_approval);
        if word == Word::Approve && is_own && !own_counts {
            return Err(TransitionError::OwnRequest);
        }
        // A yes can be taken back by a veto while it waits; it never counts twice.
        let before = self.votes.iter().filter(|vote| vote.word == word);
        if is_one_of(person, before.map(|vote| &vote.person)) {
            return Err(TransitionError::AlreadyVoted(person.email.to_string()));
        }
        if request != self.request_hash() {
            return Err(TransitionError::OtherRequest);
        }
        let step = self.open_step().map_or(0, |(step, _)| step);
        self.votes.push(Vote {
            person: person.clone(),
            word,
            step,
            request,
            comment,
            channel,
            at: now,
        });
        Ok(())
    }

    /// Forgets the yes of people who are no approvers any more: what counts is who may approve when the last word is
    /// said (I5).
    pub fn disregard(&mut self, people: &[Person], now: Timestamp) -> Vec<Entry> {
        let step = self.open_step().map(|(step, _)| step);
        let (void, kept): (Vec<Vote>, Vec<Vote>) = self
            .votes
            .drain(..)
            .partition(|vote: &Vote| people.contains(&vote.person));
        self.votes = kept;
        if self.open_step().map(|(step, _)| step) != step {
            self.open_step_at(now);
        }
        void.iter()
            .map(|vote: &Vote| {
                self.entry(Action::ApprovalVoid, Actor::system(), now)
                    .with("of", &vote.person)
            })
            .collect()
    }

    /// The request decided anew because its entitlement changed: the approvals so far are void (I23).
    pub fn decide_anew(
        &mut self,
        terms: Terms,
        approval: Option<Approval>,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        if self.state != State::ApprovalAwaited {
            return Err(TransitionError::NotAwaited(self.state));
        }
        self.terms = terms;
        let emergency = self.terms.break_glass.as_ref();
        self.review = emergency.and_then(|rule| Review::owed(&rule.review, now));
        self.votes.clear();
        // The requester gains no time by an edit, and loses some where less of it is left to decide.
        let limit = approval
            .as_ref()
            .and_then(|approval| approval.expires.after(self.created_at).ok());
        self.decide_by = [self.decide_by, limit].into_iter().flatten().min();
        self.approval = approval;
        self.decided_anew_at = Some(now);
        self.open_step_at(now);
        let mut entries = vec![
            self.entry(Action::DecidedAnew, Actor::system(), now)
                .with("terms", &self.terms),
        ];
        if self.approval.is_none() {
            entries.push(self.proceed(Actor::system(), now));
        }
        Ok(entries)
    }

    /// The request refused by the rules after it was asked: the requester or the entitlement is no longer there.
    pub fn refuse(&mut self, why: &str, now: Timestamp) -> Result<Vec<Entry>, TransitionError> {
        self.enter(State::Denied, now)?;
        self.failure = Some(why.to_owned());
        Ok(vec![
            self.entry(Action::Denied, Actor::system(), now)
                .with("why", &why),
        ])
    }

    /// Nobody answered in time.
    pub fn expire(&mut self, now: Timestamp) -> Result<Vec<Entry>, TransitionError> {
        if self.state == State::ApprovalAwaited && self.decide_by.is_none_or(|limit| now < limit) {
            return Err(TransitionError::TooEarly);
        }
        self.enter(State::Expired, now)?;
        Ok(vec![self.entry(Action::Expired, Actor::system(), now)])
    }

    /// All have agreed: the grant waits for its start, or is activated.
    pub(super) fn proceed(&mut self, actor: Actor, now: Timestamp) -> Entry {
        let later = self.terms.start_at.is_some_and(|start| now < start);
        if later {
            self.state = State::Scheduled;
        } else {
            self.state = State::Activating;
            self.activating_since = Some(now);
        }
        self.entry(Action::Granted, actor, now)
    }
}
