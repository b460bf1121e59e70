//! While it waits: which step is open, who may decide on it, when they are reminded and when more people are asked.

use jiff::{SignedDuration, Timestamp};

use super::{Grant, TransitionError};
use crate::approval::{Progress, progress};
use crate::audit::{Action, Actor, Entry};
use crate::duration::Duration;
use crate::entitlement::Step;
use crate::principal::Principal;
use crate::state::State;

impl Grant {
    /// How far the approval has come; none without one.
    pub fn progress(&self) -> Option<Progress> {
        self.approval.as_ref().map(|approval| {
            progress(
                approval,
                &self.votes,
                &self.terms.requester,
                self.request_hash(),
            )
        })
    }

    /// The step of the approval that is open, and its number from 0.
    pub fn open_step(&self) -> Option<(usize, &Step)> {
        let step = self.progress()?.step;
        let approval = self.approval.as_ref()?;
        approval.steps.get(step).map(|open| (step, open))
    }

    /// Who may decide on the open step at this moment: its approvers, and those to whom it is escalated by now.
    pub fn deciders(&self, now: Timestamp) -> Vec<&Principal> {
        let Some((_, step)) = self.open_step() else {
            return Vec::new();
        };
        let escalation = step
            .escalate
            .iter()
            .filter(|escalation| is_over(escalation.after, self.step_since, now));
        step.approvers
            .iter()
            .chain(escalation.flat_map(|escalation| &escalation.to))
            .collect()
    }

    /// When the approvers are next to be reminded, or more of them to be asked.
    pub fn next_call(&self) -> Option<Timestamp> {
        let (_, step) = self.open_step()?;
        [self.next_reminder(step), self.next_escalation(step)]
            .into_iter()
            .flatten()
            .min()
    }

    fn next_reminder(&self, step: &Step) -> Option<Timestamp> {
        let since = self
            .reminded_at
            .unwrap_or(self.step_since)
            .max(self.step_since);
        step.remind.and_then(|often| often.after(since).ok())
    }

    fn next_escalation(&self, step: &Step) -> Option<Timestamp> {
        let escalation = step.escalate.as_ref().filter(|_| !self.escalated)?;
        escalation.after.after(self.step_since).ok()
    }

    /// Records that the approvers are reminded and that more people are asked, whichever is due. Nothing is due: no
    /// entry, no change.
    pub fn call(&mut self, now: Timestamp) -> Result<Vec<Entry>, TransitionError> {
        if self.state != State::ApprovalAwaited {
            return Err(TransitionError::NotAwaited(self.state));
        }
        let Some((number, step)) = self.open_step() else {
            return Ok(Vec::new());
        };
        let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let (remind, escalate) = (
            is_due(self.next_reminder(step)),
            is_due(self.next_escalation(step)),
        );
        let asked: Vec<String> = step.approvers.iter().map(ToString::to_string).collect();
        let more: Vec<String> = step
            .escalate
            .iter()
            .flat_map(|escalation| &escalation.to)
            .map(ToString::to_string)
            .collect();
        let mut entries = Vec::new();
        if escalate {
            self.escalated = true;
            entries.push(
                self.entry(Action::Escalated, Actor::system(), now)
                    .with("step", &(number + 1))
                    .with("to", &more),
            );
        }
        if remind {
            self.reminded_at = Some(now);
            entries.push(
                self.entry(Action::Reminded, Actor::system(), now)
                    .with("step", &(number + 1))
                    .with("whom", &asked),
            );
        }
        Ok(entries)
    }

    /// The next step opens, or the same one anew: its reminders and its escalation begin again.
    pub(super) fn open_step_at(&mut self, now: Timestamp) {
        self.step_since = now;
        self.reminded_at = None;
        self.escalated = false;
    }
}

/// Whether so much time is over since then.
fn is_over(time: Duration, since: Timestamp, now: Timestamp) -> bool {
    time.after(since)
        .is_ok_and(|at| at.duration_since(now) <= SignedDuration::ZERO)
}
