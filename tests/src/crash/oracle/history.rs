//! Every version that each policy ever had.

use std::collections::{BTreeSet, HashMap, HashSet};

use daypass_sandbox::{Cloud, PolicyVersion};
use serde_json::Value;

use super::trail::Trail;
use crate::crash::RESOURCES;
use crate::crash::foreign::WRITER;
use crate::crash::policies::{Ours, others, ours, versions};

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
    /// The condition of each place: written once, never moved.
    expressions: HashMap<String, String>,
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
            if self.cleared.contains(&place(one)) {
                return Err(format!("{one:?} comes back"));
            }
            let written = self.expressions.entry(place(one));
            let written = written.or_insert_with(|| one.expression.clone());
            if *written != one.expression {
                return Err(format!("{one:?} stood before, with {written}"));
            }
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

fn place(one: &Ours) -> String {
    let (_, grant, role, member) = one.place();
    format!("{grant} {role} {member}")
}
