//! Where the entitlements in force come from, and how each source is.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use daypass_core::Timestamp;
use daypass_core::decide::Rule;
use daypass_core::diagnostic::Diagnostic;
use daypass_core::entitlement::{Catalogue, Entitlement, EntitlementId, Hash, Source};
use daypass_core::resource::ResourceName;

use crate::{Engine, Error, Wish};

/// The sources of one engine.
#[derive(Default)]
pub(crate) struct Sources {
    /// Held from the record of a change until it is in force: what is recorded last is what is in force.
    pub(crate) turn: tokio::sync::Mutex<InForce>,
    /// How they are, for whoever asks meanwhile.
    condition: RwLock<Condition>,
}

/// What each source contributes.
#[derive(Default)]
pub(crate) struct InForce {
    /// The texts of the files in force.
    pub(crate) sources: Vec<Source>,
    /// Their hash; none before the first version.
    pub(crate) version: Option<Hash>,
    /// Their entitlements.
    pub(crate) files: Catalogue,
    /// The version that was refused last, while none that can be used has followed.
    pub(crate) refused: Option<Hash>,
    /// The entitlements of each scope that is served live.
    pub(crate) live: BTreeMap<ResourceName, BTreeMap<EntitlementId, Entitlement>>,
    /// What was recorded last of each scope.
    pub(crate) recorded: BTreeMap<ResourceName, BTreeMap<EntitlementId, Hash>>,
}

/// How the sources are.
#[derive(Default)]
struct Condition {
    degraded: BTreeMap<String, Degraded>,
    /// Entitlements that are known, and out of force because their source cannot be read.
    withheld: BTreeMap<ResourceName, (Vec<EntitlementId>, String)>,
}

/// Something that does not work as it should, while the server goes on without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Degraded {
    /// What: `entitlements`, `groups`, `iam_conditions organizations/1`.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// What is wrong, and what stays in force.
    pub detail: String,
    /// Where it is wrong, for a file that somebody wrote.
    pub diagnostics: Vec<Diagnostic>,
}

impl Sources {
    fn read<T>(&self, look: impl FnOnce(&Condition) -> T) -> T {
        look(
            &self
                .condition
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    fn write<T>(&self, change: impl FnOnce(&mut Condition) -> T) -> T {
        change(
            &mut self
                .condition
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Everything that does not work as it should.
    pub(crate) fn degraded(&self) -> Vec<Degraded> {
        self.read(|condition| condition.degraded.values().cloned().collect())
    }

    /// Takes entitlements of a scope out of force, or back in.
    pub(crate) fn withhold(
        &self,
        scope: &ResourceName,
        what: Option<(Vec<EntitlementId>, String)>,
    ) {
        self.write(|condition| match what {
            Some(withheld) => {
                condition.withheld.insert(scope.clone(), withheld);
            }
            None => {
                condition.withheld.remove(scope);
            }
        });
    }
}

impl Engine {
    /// Notes that something does not work as it should, while the server goes on. It is told by [`Engine::health`]; the
    /// moment is that of the first note, unless `since` says better.
    pub fn note_degraded(
        &self,
        name: &str,
        detail: &str,
        diagnostics: Vec<Diagnostic>,
        since: Option<Timestamp>,
    ) {
        let now = self.now();
        self.0.sources.write(|condition| {
            let earlier = condition.degraded.get(name).map(|known| known.since);
            let degraded = Degraded {
                name: name.to_owned(),
                since: since.or(earlier).unwrap_or(now),
                detail: detail.to_owned(),
                diagnostics,
            };
            condition.degraded.insert(name.to_owned(), degraded);
        });
    }

    /// Notes that it works again. Says whether it did not before.
    pub fn note_mended(&self, name: &str) -> bool {
        self.0
            .sources
            .write(|condition| condition.degraded.remove(name).is_some())
    }

    /// Why an entitlement that is known is out of force, if it is: its source cannot be read. What waits under it goes on
    /// waiting.
    pub(crate) fn withheld(&self, id: &EntitlementId) -> Option<Rule> {
        self.0.sources.read(|condition| {
            let mut scopes = condition.withheld.values();
            scopes
                .find(|(ids, _)| ids.contains(id))
                .map(|(_, why)| Rule {
                    name: "source".into(),
                    holds: false,
                    detail: why.clone(),
                    hint: Some(
                        "try again; 'daypass doctor' tells the operator what cannot be read".into(),
                    ),
                })
        })
    }

    /// The error, or the reason why what was not found is out of force.
    pub(crate) fn unless_withheld(&self, wish: &Wish, error: Error) -> Error {
        match (wish, error) {
            (Wish::Ask(ask), error @ Error::NotFound { .. }) => self
                .withheld(&ask.entitlement)
                .map_or(error, |rule| Error::Denied(vec![rule])),
            (_, error) => error,
        }
    }

    /// Puts together what the sources contribute, and puts it in force if it differs.
    pub(crate) fn compose(&self, parts: &InForce) {
        let live = parts
            .live
            .values()
            .flat_map(BTreeMap::values)
            // A file says more than a marker: it wins.
            .filter(|one| parts.files.get(&one.id).is_none());
        let all = live.chain(parts.files.iter()).cloned().collect();
        let catalogue = Catalogue::new(all);
        if *self.catalogue() != catalogue {
            self.replace_catalogue(catalogue);
        }
    }
}
