//! From the decision to bindings that are proved to stand.

use jiff::{SignedDuration, Timestamp};

use super::{Grant, GrantBinding, Origin, Seen, TransitionError};
use crate::audit::{Action, Actor, Entry};
use crate::binding::{CanonicalResource, OwnBinding};
use crate::condition::{START_SLACK_SECONDS, Window};
use crate::resource::ResourceName;
use crate::state::State;

impl Grant {
    /// A scheduled grant reaches its start.
    pub fn start(&mut self, now: Timestamp) -> Result<Vec<Entry>, TransitionError> {
        // A request that still waits for its approvals could also become ACTIVATING, but only by them (I19).
        if self.state != State::Scheduled {
            return Err(TransitionError::NotAllowed {
                from: self.state,
                to: State::Activating,
            });
        }
        if self.terms.start_at.is_some_and(|start| now < start) {
            return Err(TransitionError::TooEarly);
        }
        self.enter(State::Activating, now)?;
        self.activating_since = Some(now);
        Ok(vec![self.entry(Action::Started, Actor::system(), now)])
    }

    /// The window that an activation at `now` gives. The lifetime's clock starts here, not at the request; an
    /// extension has its dates from its terms (I21).
    pub fn window_from(&self, now: Timestamp) -> Result<Window, crate::Error> {
        if let Origin::Extension { start, end, .. } = self.terms.origin {
            return Window::new(start, end);
        }
        let start = now
            .checked_sub(SignedDuration::from_secs(START_SLACK_SECONDS))
            .map_err(|_| crate::Error::TimeOutOfRange)?;
        Window::new(start, self.terms.duration.after(now)?)
    }

    /// Records what will be written, before it is (I12, I13). Doing it again, after a long outage, gives a fresh
    /// window; the bindings keep their places.
    pub fn intend(
        &mut self,
        window: Window,
        canonical: impl Fn(&ResourceName) -> Option<CanonicalResource>,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        if self.state != State::Activating || self.failure.is_some() {
            return Err(TransitionError::NotAllowed {
                from: self.state,
                to: State::Active,
            });
        }
        let mut bindings = Vec::new();
        for privilege in &self.terms.privileges {
            let canonical =
                canonical(&privilege.target).ok_or_else(|| TransitionError::NoSuchBinding {
                    resource: privilege.target.to_string(),
                    role: privilege.role.to_string(),
                })?;
            bindings.push(GrantBinding {
                resource: privilege.target.clone(),
                canonical,
                own: OwnBinding {
                    grant: self.id,
                    role: privilege.role.clone(),
                    member: self.terms.beneficiary.clone(),
                    window,
                    extra: privilege.condition.clone(),
                },
                seen: Seen::Unknown,
            });
        }
        self.window = Some(window);
        self.bindings = bindings;
        let mut entries = vec![
            self.entry(Action::Intended, Actor::system(), now)
                .with("bindings", &self.bindings),
        ];
        if self.bindings.is_empty() {
            // It gives only tokens that the server mints: there is no policy to read back.
            self.enter(State::Active, now)?;
            entries.push(self.entry(Action::Activated, Actor::system(), now));
        }
        Ok(entries)
    }

    /// What a read of a resource's policy showed of this grant's bindings there. When it settles the last open
    /// binding, the state moves on; the entry tells.
    ///
    /// `present` says for each of our bindings on the resource whether it stands: exactly as wanted where the grant
    /// wants it, in any form where it does not.
    pub fn observe(
        &mut self,
        resource: &ResourceName,
        present: impl Fn(&OwnBinding) -> bool,
        etag: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        let mut changed = false;
        for binding in self
            .bindings
            .iter_mut()
            .filter(|binding| binding.resource == *resource)
        {
            let seen = if present(&binding.own) {
                Seen::Present
            } else {
                Seen::Absent
            };
            changed |= binding.seen != seen;
            binding.seen = seen;
        }
        if !changed {
            return Ok(Vec::new());
        }
        let all = |seen| self.bindings.iter().all(|binding| binding.seen == seen);
        let (to, action) = match self.state {
            State::Activating if self.failure.is_none() && all(Seen::Present) => {
                (State::Active, Action::Activated)
            }
            State::Activating if self.failure.is_some() && all(Seen::Absent) => {
                (State::ActivationFailed, Action::ActivationFailed)
            }
            State::Revoking if all(Seen::Absent) => (State::Revoked, Action::Revoked),
            _ => {
                let entry = self.entry(Action::Observed, Actor::system(), now);
                return Ok(vec![entry.with("resource", resource).with("etag", &etag)]);
            }
        };
        self.enter(to, now)?;
        let entry = self
            .entry(action, Actor::system(), now)
            .with("resource", resource)
            .with("etag", &etag);
        Ok(vec![entry.with("failure", &self.failure)])
    }

    /// The activation cannot succeed: Google refused one binding for good. What was written is to be removed; if
    /// nothing may have been, the grant is failed at once.
    pub fn fail(&mut self, why: &str, now: Timestamp) -> Result<Vec<Entry>, TransitionError> {
        if self.state != State::Activating {
            return Err(TransitionError::NotAllowed {
                from: self.state,
                to: State::ActivationFailed,
            });
        }
        let is_news = self.failure.is_none();
        self.failure.get_or_insert_with(|| why.to_owned());
        if self
            .bindings
            .iter()
            .any(|binding| binding.seen != Seen::Absent)
        {
            // The first reason stands; another run that meets the next one adds nothing to the record.
            if !is_news {
                return Ok(Vec::new());
            }
            return Ok(vec![
                self.entry(Action::ActivationAbandoned, Actor::system(), now)
                    .with("failure", &self.failure),
            ]);
        }
        self.enter(State::ActivationFailed, now)?;
        Ok(vec![
            self.entry(Action::ActivationFailed, Actor::system(), now)
                .with("failure", &self.failure),
        ])
    }
    /// Its time is over before it was proved to stand. Whatever may have been written gives nothing any more, and is
    /// removed as soon as it can be.
    pub fn lapse(&mut self, now: Timestamp) -> Result<Vec<Entry>, TransitionError> {
        if self.state != State::Activating {
            return Err(TransitionError::NotAllowed {
                from: self.state,
                to: State::ActivationFailed,
            });
        }
        if self.window.is_none_or(|window| now < window.end) {
            return Err(TransitionError::TooEarly);
        }
        self.failure
            .get_or_insert_with(|| "its time was over before it could be put in force".to_owned());
        self.enter(State::ActivationFailed, now)?;
        Ok(vec![
            self.entry(Action::ActivationFailed, Actor::system(), now)
                .with("failure", &self.failure),
        ])
    }
}
