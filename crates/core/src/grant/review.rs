//! The review that is owed for an emergency.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Grant, TransitionError};
use crate::approval::{is_own_gain, is_own_request};
use crate::audit::{Action, Actor, Channel, Entry};
use crate::entitlement::ReviewRule;
use crate::person::Person;
use crate::principal::Principal;
use crate::state::State;

/// A review that is owed, and the word of the one who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Who may review.
    pub by: Vec<Principal>,
    /// When it is due. What is not reviewed by then is a debt of the requester.
    pub due_at: Timestamp,
    /// What was said; none: it is still owed.
    pub done: Option<ReviewWord>,
}

/// What a reviewer said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewWord {
    /// Who.
    pub person: Person,
    /// Whether the emergency was one.
    pub justified: bool,
    /// What they wrote.
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Review {
    /// The review that a request at this moment owes; none past the end of time.
    pub(super) fn owed(rule: &ReviewRule, now: Timestamp) -> Option<Self> {
        Some(Self {
            by: rule.by.clone(),
            due_at: rule.within.after(now).ok()?,
            done: None,
        })
    }
}

impl Grant {
    /// Whether a review is owed that nobody has given: of every emergency but those that never came to be.
    pub fn owes_review(&self) -> bool {
        let was_given = !matches!(self.state, State::Denied | State::Withdrawn);
        was_given
            && self
                .review
                .as_ref()
                .is_some_and(|review| review.done.is_none())
    }

    /// Whether the requester owes a review that is overdue.
    pub fn is_debt(&self, now: Timestamp) -> bool {
        let is_due = |review: &Review| review.due_at <= now;
        self.owes_review() && self.review.as_ref().is_some_and(is_due)
    }

    /// Records the review. Whether the person is among the reviewers is decided before, by
    /// [`crate::decide::may_review`].
    pub fn record_review(
        &mut self,
        person: &Person,
        justified: bool,
        comment: Option<&str>,
        channel: Channel,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        let is_own = is_own_request(person, &self.terms.requester)
            || is_own_gain(person, &self.terms.beneficiary);
        let Some(review) = &mut self.review else {
            return Err(TransitionError::NoReviewOwed);
        };
        if let Some(done) = &review.done {
            return Err(TransitionError::AlreadyReviewed(
                done.person.email.to_string(),
            ));
        }
        if is_own {
            return Err(TransitionError::OwnReview);
        }
        review.done = Some(ReviewWord {
            person: person.clone(),
            justified,
            comment: comment.map(str::to_owned),
            at: now,
        });
        Ok(vec![
            self.entry(Action::Reviewed, Actor::person(person, channel), now)
                .with("justified", &justified)
                .with("comment", &comment),
        ])
    }
}
