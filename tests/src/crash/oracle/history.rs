//! Every version that each policy ever had.

use std::collections::{BTreeSet, HashMap, HashSet};

use daypass_core::Timestamp;
use daypass_core::condition::Window;
use daypass_sandbox::{Cloud, PolicyVersion};
use jiff::SignedDuration;
use serde_json::Value;

use super::trail::Trail;
use crate::crash::RESOURCES;
use crate::crash::foreign::WRITER;
use crate::crash::policies::{Ours, others, ours, versions};

/// By how much an access may be longer than agreed (I8).
const TOLERANCE: SignedDuration = SignedDuration::from_secs(30);

/// The history as far as it was read.
#[derive(Debug, Default)]
pub(super) struct History {
    policies: HashMap<&'static str, Read>,
    etags: HashSet<String>,
}

#[derive(Debug, Default)]
struct Read {
    versions: usize,
    others: Option<Value>,
    standing: HashSet<Ours>,
    /// When each place was first filled: from then on somebody had the access.
    since: HashMap<String, Timestamp>,
    /// Places that were cleared: nothing comes back there.
    cleared: HashSet<String>,
}

impl History {
    /// Looks at the versions since the last time.
    pub(super) fn check(&mut self, cloud: &Cloud, trail: &Trail) -> Result<(), String> {
        for resource in RESOURCES {
            let read = self.policies.entry(resource).or_default();
            for version in versions(cloud, resource, read.versions) {
                read.next(resource, &version, trail)
                    .map_err(|wrong| format!("{resource}, write {}: {wrong}", version.sequence))?;
                self.etags.insert(version.etag_after);
            }
        }
        Ok(())
    }

    /// Whether each of these etags is that of a version.
    pub(super) fn has_all(&self, etags: &BTreeSet<String>) -> Result<(), String> {
        match etags.iter().find(|etag| !self.etags.contains(*etag)) {
            Some(lost) => Err(format!("the write {lost} of somebody else is lost")),
            None => Ok(()),
        }
    }
}

impl Read {
    fn next(
        &mut self,
        resource: &str,
        version: &PolicyVersion,
        trail: &Trail,
    ) -> Result<(), String> {
        let found = ours(resource, &version.policy);
        let mut places = HashSet::new();
        for one in &found {
            trail.intended_before(one, version.time)?;
            if !places.insert(one.place()) {
                return Err(format!("{one:?} stands twice"));
            }
            // An extension that comes to nothing gives its place back.
            if self.cleared.contains(&place(one)) && !trail.was_extended(&one.grant) {
                return Err(format!("{one:?} comes back"));
            }
            let since = *self.since.entry(place(one)).or_insert(version.time);
            within_agreed(one, since)?;
            if let Some(parent) = trail.parent_of(&one.grant)
                && found.iter().any(|other| other.grant == parent)
            {
                return Err(format!("{parent} stands beside its extension"));
            }
        }
        let others = others(&version.policy);
        let now: HashSet<Ours> = found.iter().cloned().collect();
        if version.actor == WRITER {
            if now != self.standing {
                return Err("somebody else changed our bindings".to_owned());
            }
        } else if self.others.as_ref().is_some_and(|before| *before != others) {
            return Err("bindings of others were changed".to_owned());
        }
        for gone in &self.standing {
            if !places.contains(&gone.place()) {
                self.cleared.insert(place(gone));
            }
        }
        (self.others, self.standing) = (Some(others), now);
        self.versions += 1;
        Ok(())
    }
}

/// A window that is renewed after a long wait is as long as the first: the access is longer than agreed if it began
/// long before the window does (I8).
fn within_agreed(one: &Ours, since: Timestamp) -> Result<(), String> {
    let Some((window, _)) = Window::read(&one.expression) else {
        return Err(format!("{one:?} has no window"));
    };
    if window.start.duration_since(since) > TOLERANCE {
        return Err(format!("{one:?} stands since {since}: longer than agreed"));
    }
    Ok(())
}

fn place(one: &Ours) -> String {
    let (_, grant, role, member) = one.place();
    format!("{grant} {role} {member}")
}
