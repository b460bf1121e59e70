//! Entitlements that are read from elsewhere while the server runs: in force while they can be read, withheld when
//! they cannot.

use std::collections::BTreeMap;

use daypass_core::audit::{Action, Actor, Entry};
use daypass_core::entitlement::{Entitlement, EntitlementId, Hash};
use daypass_core::resource::ResourceName;

use super::reload::{Difference, malformed, tell};
use crate::ports::Change;
use crate::sources::InForce;
use crate::{Engine, Error};

/// Under which name the store keeps what was recorded last of a scope.
fn kept(scope: &ResourceName) -> String {
    format!("entitlements.live.{scope}")
}

/// How it is told in [`Engine::health`].
fn name(scope: &ResourceName) -> String {
    format!("iam_conditions {scope}")
}

impl Engine {
    /// Begins a scope that is not read yet: what was known of it when the server ended is withheld, so that what waits
    /// under it goes on waiting.
    pub async fn begin_scope(&self, scope: &ResourceName) -> Result<(), Error> {
        let mut parts = self.0.sources.turn.lock().await;
        let recorded: BTreeMap<EntitlementId, Hash> = match self.store().kept(&kept(scope)).await? {
            None => BTreeMap::new(),
            Some(text) => serde_json::from_str(&text).map_err(malformed)?,
        };
        let ids = recorded.keys().cloned().collect();
        parts.recorded.insert(scope.clone(), recorded);
        let why = format!("the IAM conditions of {scope} are not read yet");
        self.0.sources.withhold(scope, Some((ids, why)));
        Ok(())
    }

    /// Puts the entitlements of a scope in force, as they were read just now. A change is recorded before. Returns what
    /// changed.
    pub async fn serve_scope(
        &self,
        scope: &ResourceName,
        found: BTreeMap<EntitlementId, Entitlement>,
    ) -> Result<Difference, Error> {
        let mut parts = self.0.sources.turn.lock().await;
        let hashes: BTreeMap<EntitlementId, Hash> = found
            .iter()
            .map(|(id, entitlement)| (id.clone(), entitlement.hash()))
            .collect();
        let difference = {
            let none = BTreeMap::new();
            difference(parts.recorded.get(scope).unwrap_or(&none), &hashes)
        };
        if !difference.is_none() {
            let entry = Entry::new(self.now(), Actor::system(), Action::EntitlementsChanged)
                .with("source", &name(scope))
                .with("version", &Hash::of(&hashes))
                .with("entitlements", &hashes.len());
            let text = serde_json::to_string(&hashes).map_err(malformed)?;
            let entries = vec![tell(entry, &difference)];
            self.store().keep(&kept(scope), &text, entries).await?;
        }
        parts.recorded.insert(scope.clone(), hashes);
        parts.live.insert(scope.clone(), found);
        // What is there still is withheld until it is in force; what is gone is decided anew as gone.
        let ids = parts.live.get(scope).into_iter().flat_map(BTreeMap::keys);
        let ids = ids.cloned().collect();
        let why = format!("the IAM conditions of {scope} are being read");
        self.0.sources.withhold(scope, Some((ids, why)));
        self.compose(&parts);
        self.0.sources.withhold(scope, None);
        self.note_mended(&name(scope));
        Ok(difference)
    }

    /// Notes that a scope could not be read. What was read last stays in force.
    pub fn scope_unread(&self, scope: &ResourceName, why: &str) {
        self.note_degraded(&name(scope), why, Vec::new(), None);
    }

    /// Takes the entitlements of a scope out of force: what was read last is too old to grant by. Recorded once.
    pub async fn withhold_scope(&self, scope: &ResourceName, why: &str) -> Result<(), Error> {
        let mut parts = self.0.sources.turn.lock().await;
        let told = format!(
            "the IAM conditions of {scope} cannot be read, so nothing is granted by them: {why}"
        );
        self.note_degraded(&name(scope), &told, Vec::new(), None);
        let InForce { live, recorded, .. } = &mut *parts;
        let ids = recorded
            .get(scope)
            .into_iter()
            .flat_map(BTreeMap::keys)
            .cloned()
            .collect();
        self.0.sources.withhold(scope, Some((ids, told)));
        if let Some(dropped) = live.remove(scope) {
            self.compose(&parts);
            let entry = Entry::new(self.now(), Actor::system(), Action::EntitlementsRefused)
                .with("source", &name(scope))
                .with("withheld", &dropped.len())
                .with("why", &why);
            self.store()
                .commit(vec![Change::record(vec![entry])])
                .await?;
        }
        Ok(())
    }
}

fn difference(
    before: &BTreeMap<EntitlementId, Hash>,
    after: &BTreeMap<EntitlementId, Hash>,
) -> Difference {
    let ids = |one: &BTreeMap<EntitlementId, Hash>,
               keep: &dyn Fn(&EntitlementId, &Hash) -> bool| {
        one.iter()
            .filter(|(id, hash)| keep(id, hash))
            .map(|(id, _)| id.clone())
            .collect()
    };
    Difference {
        added: ids(after, &|id, _| !before.contains_key(id)),
        removed: ids(before, &|id, _| !after.contains_key(id)),
        changed: ids(after, &|id, hash| {
            before.get(id).is_some_and(|old| old != hash)
        }),
    }
}
