//! The ways a grant ends.

use jiff::Timestamp;

use super::{Grant, Seen, TransitionError};
use crate::audit::{Action, Actor, Entry};
use crate::ids::GrantId;
use crate::mutant::{self, Mutant};
use crate::plan::expired::SWEEP_GRACE;
use crate::resource::ResourceName;
use crate::state::State;

impl Grant {
    /// The requester takes the request back before it began.
    pub fn withdraw(
        &mut self,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        self.enter(State::Withdrawn, now)?;
        Ok(vec![self.entry(Action::Withdrawn, actor, now)])
    }

    /// Somebody ends it early. The bindings are removed next; a scheduled grant has none and is revoked at once.
    pub fn revoke(
        &mut self,
        actor: Actor,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        let nothing_written = self
            .bindings
            .iter()
            .all(|binding| binding.seen == Seen::Absent);
        if self.state == State::Scheduled {
            self.enter(State::Revoked, now)?;
            return Ok(vec![
                self.entry(Action::Revoked, actor, now).with("why", &why),
            ]);
        }
        self.enter(State::Revoking, now)?;
        let mut entries = vec![
            self.entry(Action::RevocationBegun, actor, now)
                .with("why", &why),
        ];
        if nothing_written {
            self.enter(State::Revoked, now)?;
            entries.push(self.entry(Action::Revoked, Actor::system(), now));
        }
        Ok(entries)
    }

    /// Its time is over: Google refuses the access from now on. Removing the bindings follows.
    pub fn end(&mut self, now: Timestamp) -> Result<Vec<Entry>, TransitionError> {
        // `<`, not `<=`: at the very second of the end, `request.time < end` is false already.
        let is_before =
            |end: Timestamp| now < end || (now == end && mutant::is(Mutant::EndIsInclusive));
        if self.state == State::Active && self.window.is_some_and(|window| is_before(window.end)) {
            return Err(TransitionError::TooEarly);
        }
        self.enter(State::Ended, now)?;
        let end = self.window.map_or(now, |window| window.end);
        self.rests_until = Some(end.checked_add(SWEEP_GRACE).unwrap_or(end));
        Ok(vec![self.entry(Action::Ended, Actor::system(), now)])
    }

    /// The time of grace after the end is over: the bindings may go. The entry is the intent, recorded before they do.
    pub fn release(&mut self, now: Timestamp) -> Result<Vec<Entry>, TransitionError> {
        match self.rests_until {
            Some(until) if until < now => {
                self.rests_until = None;
                Ok(vec![self.entry(
                    Action::SweepIntended,
                    Actor::system(),
                    now,
                )])
            }
            Some(_) => Err(TransitionError::TooEarly),
            None => Err(TransitionError::NotAllowed {
                from: self.state,
                to: self.state,
            }),
        }
    }

    /// An extension is about to take its place: its bindings are in doubt until that is settled either way, so that a
    /// failed extension brings them back.
    pub fn doubt(&mut self, by: GrantId, now: Timestamp) -> Result<Vec<Entry>, TransitionError> {
        if self.state != State::Active {
            return Err(TransitionError::NotAllowed {
                from: self.state,
                to: State::Ended,
            });
        }
        for binding in &mut self.bindings {
            binding.seen = Seen::Unknown;
        }
        Ok(vec![
            self.entry(Action::ExtensionBegun, Actor::system(), now)
                .with("by", &by),
        ])
    }

    /// An extension stands in its place.
    pub fn supersede(
        &mut self,
        by: GrantId,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        self.enter(State::Ended, now)?;
        self.superseded_by = Some(by);
        Ok(vec![
            self.entry(Action::Superseded, Actor::system(), now)
                .with("by", &by),
        ])
    }

    /// Somebody else removed a binding of an active grant. The person's word stands: it is not written again, and what
    /// is left of the grant goes too.
    pub fn removed_by_others(
        &mut self,
        resource: &ResourceName,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        if self.state != State::Active {
            return Err(TransitionError::NotAllowed {
                from: self.state,
                to: State::Revoking,
            });
        }
        for binding in self
            .bindings
            .iter_mut()
            .filter(|binding| binding.resource == *resource)
        {
            binding.seen = Seen::Absent;
        }
        let mut entries = vec![
            self.entry(Action::RemovedOutside, Actor::system(), now)
                .with("resource", resource),
        ];
        entries.extend(self.revoke(
            Actor::system(),
            Some("its binding was removed outside Daypass"),
            now,
        )?);
        Ok(entries)
    }
}
