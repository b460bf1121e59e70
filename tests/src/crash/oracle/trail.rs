//! The audit trail: without a gap, chained, and never shorter than it was.

use std::collections::HashMap;

use daypass_core::Timestamp;
use daypass_core::audit::{Action, ChainHash, Recorded, canonical};
use daypass_core::grant::GrantBinding;

use crate::crash::policies::Ours;

/// By how much the server's clock may be ahead of the sandbox's: it reads it some times a second.
const CLOCKS_DIFFER_MS: i64 = 500;

/// The trail as far as it was read.
#[derive(Debug)]
pub(super) struct Trail {
    last: u64,
    chain: ChainHash,
    /// What was intended, and when first.
    intended: HashMap<Ours, Timestamp>,
    /// Each extension with the grant that it extends.
    parents: HashMap<String, String>,
}

impl Default for Trail {
    fn default() -> Self {
        Self {
            last: 0,
            chain: ChainHash::START,
            intended: HashMap::new(),
            parents: HashMap::new(),
        }
    }
}

impl Trail {
    /// The number of the last entry that was read.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Takes in what follows. The chain goes on from what was read before: if that was lost or changed meanwhile, it
    /// does not fit.
    pub(super) fn take(&mut self, entries: &[Recorded]) -> Result<(), String> {
        for recorded in entries {
            let (sequence, entry) = (recorded.sequence, &recorded.entry);
            if sequence != self.last + 1 {
                return Err(format!("entry {sequence} follows {}", self.last));
            }
            let chain = self.chain.after(sequence, &canonical(entry));
            if chain != recorded.chain {
                return Err(format!("the chain breaks at entry {sequence}"));
            }
            (self.last, self.chain) = (sequence, chain);
            match entry.action {
                Action::Intended => self.intend(entry.at, &entry.detail)?,
                Action::ExtensionBegun => {
                    let child = entry.detail.get("by").and_then(|by| by.as_str());
                    if let (Some(child), Some(parent)) = (child, entry.grant) {
                        self.parents.insert(child.to_owned(), parent.to_string());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn intend(
        &mut self,
        at: Timestamp,
        detail: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), String> {
        let bindings = detail.get("bindings").cloned().unwrap_or_default();
        let bindings: Vec<GrantBinding> =
            serde_json::from_value(bindings).map_err(|error| error.to_string())?;
        for binding in &bindings {
            self.intended.entry(super::wanted(binding)).or_insert(at);
        }
        Ok(())
    }

    /// Whether this very binding was intended.
    pub(super) fn intended(&self, ours: &Ours) -> Result<Timestamp, String> {
        let at = self.intended.get(ours).copied();
        at.ok_or_else(|| format!("{ours:?} stands, and was never intended"))
    }

    /// Whether it was intended before it was written.
    pub(super) fn intended_before(&self, ours: &Ours, written: Timestamp) -> Result<(), String> {
        let at = self.intended(ours)?;
        if at.as_millisecond() > written.as_millisecond() + CLOCKS_DIFFER_MS {
            return Err(format!(
                "{ours:?} was written at {written}, intended at {at}"
            ));
        }
        Ok(())
    }

    /// Whether an extension of it was ever begun.
    pub(super) fn was_extended(&self, grant: &str) -> bool {
        self.parents.values().any(|parent| parent == grant)
    }

    /// The grant that this one extends.
    pub(super) fn parent_of(&self, grant: &str) -> Option<&str> {
        self.parents.get(grant).map(String::as_str)
    }
}
