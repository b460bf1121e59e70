//! A policy in the store: its etag, every version it ever had, and what eventual consistency hides.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::policy::{NEVER_SET_ETAG, Policy};

/// One version of a policy, as the history returns it.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyVersion {
    /// Counts the writes of the whole sandbox from 1; it orders writes across resources.
    pub sequence: u64,
    /// Sandbox time of the write.
    pub time: Timestamp,
    /// The member who wrote it, such as `user:alice@example.com`; `sandbox` for the control API.
    pub actor: String,
    /// `X-Goog-Request-Reason` of the request, if any.
    pub reason: Option<String>,
    /// The etag that this write replaced.
    pub etag_before: String,
    /// The etag that this write created.
    pub etag_after: String,
    /// The whole policy after the write, at version 3.
    pub policy: Value,
    /// The API method, such as `SetIamPolicy`.
    pub method: String,
}

/// Who wrote, why and how; becomes part of the history.
pub(crate) struct Authorship<'a> {
    pub(crate) sequence: u64,
    pub(crate) time: Timestamp,
    pub(crate) actor: &'a str,
    pub(crate) reason: Option<&'a str>,
    pub(crate) method: &'a str,
}

#[derive(Debug)]
pub(crate) struct StoredPolicy {
    pub(crate) policy: Arc<Policy>,
    pub(crate) etag: String,
    pub(crate) history: VecDeque<PolicyVersion>,
    /// The version before the last write, with the time of that write: what a stale read shows.
    previous: Option<(Instant, Arc<Policy>, String)>,
    stale_until: Option<Instant>,
    effective: Arc<Policy>,
    pending: VecDeque<(Instant, Arc<Policy>)>,
    etags: Etags,
    writes: u64,
}

/// How a service makes its etags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Etags {
    /// Eight bytes, as Resource Manager and most others have them (`BwX…=`).
    Opaque,
    /// A count of the writes, as Cloud Storage has it (`CAE=`, `CAI=`, …). Its part of gcloud cannot read back an
    /// etag with a plus or a slash in it, which such a count does not have.
    Counted,
}

impl Default for StoredPolicy {
    fn default() -> Self {
        Self {
            policy: Arc::default(),
            etag: NEVER_SET_ETAG.to_owned(),
            history: VecDeque::new(),
            previous: None,
            stale_until: None,
            effective: Arc::default(),
            pending: VecDeque::new(),
            etags: Etags::Opaque,
            writes: 0,
        }
    }
}

/// What faults of eventual consistency do to one write.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Inconsistency {
    pub(crate) stale_read: Option<std::time::Duration>,
    pub(crate) delayed_effect: Option<std::time::Duration>,
}

impl StoredPolicy {
    /// A policy that nobody has set, of a service with such etags.
    pub(crate) fn with_etags(etags: Etags) -> StoredPolicy {
        let mut policy = StoredPolicy {
            etags,
            ..StoredPolicy::default()
        };
        if etags == Etags::Counted {
            policy.etag = counted_etag(1);
        }
        policy
    }

    /// Replaces the policy, mints an etag and remembers the version.
    pub(crate) fn replace(
        &mut self,
        policy: Policy,
        by: &Authorship<'_>,
        lag: Inconsistency,
        kept_versions: usize,
    ) {
        let now = Instant::now();
        self.settle(now);
        let policy = Arc::new(policy);
        self.writes += 1;
        let etag_after = match self.etags {
            Etags::Opaque => opaque_etag(by.sequence),
            Etags::Counted => counted_etag(self.writes + 1),
        };
        let etag_before = std::mem::replace(&mut self.etag, etag_after.clone());
        let before = std::mem::replace(&mut self.policy, Arc::clone(&policy));
        self.previous = Some((now, before, etag_before.clone()));
        self.stale_until = lag.stale_read.map(|wait| now + wait);
        if let Some(wait) = lag.delayed_effect {
            self.pending.push_back((now + wait, Arc::clone(&policy)));
        } else {
            self.pending.clear();
            self.effective = Arc::clone(&policy);
        }
        self.history.push_back(PolicyVersion {
            sequence: by.sequence,
            time: by.time,
            actor: by.actor.to_owned(),
            reason: by.reason.map(str::to_owned),
            etag_before,
            policy: policy.render(3, &etag_after),
            etag_after,
            method: by.method.to_owned(),
        });
        while self.history.len() > kept_versions {
            self.history.pop_front();
        }
    }

    fn settle(&mut self, now: Instant) {
        while self.pending.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, policy)) = self.pending.pop_front() {
                self.effective = policy;
            }
        }
    }

    /// What a reader gets: the version before, while a stale read lasts.
    pub(crate) fn visible(&self, stale_read: Option<std::time::Duration>) -> (&Policy, &str) {
        let now = Instant::now();
        if let Some((written, policy, etag)) = &self.previous {
            let hidden_by_write = self.stale_until.is_some_and(|until| now < until);
            let hidden_by_read = stale_read.is_some_and(|wait| now < *written + wait);
            if hidden_by_write || hidden_by_read {
                return (policy, etag);
            }
        }
        (&self.policy, &self.etag)
    }

    /// The policy that access decisions follow.
    pub(crate) fn effective(&self) -> &Policy {
        let now = Instant::now();
        self.pending
            .iter()
            .rev()
            .find(|(due, _)| *due <= now)
            .map_or(&self.effective, |(_, policy)| policy)
    }
}

/// Eight bytes in canonical base64, different for every write, shaped like Google's (`BwX…=`).
fn opaque_etag(sequence: u64) -> String {
    let salt: u32 = crate::random::random();
    let mut bytes = [0_u8; 8];
    bytes[0] = 7;
    bytes[1..4].copy_from_slice(&salt.to_be_bytes()[..3]);
    bytes[4..].copy_from_slice(&sequence.to_be_bytes()[4..]);
    STANDARD.encode(bytes)
}

/// Field 1 of a protocol buffer with the count as a varint, in base64.
fn counted_etag(count: u64) -> String {
    let mut bytes = vec![8];
    let mut rest = count;
    while rest >= 0x80 {
        bytes.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_look_like_their_services() {
        let counted: Vec<String> = [1, 2, 127, 128, 300]
            .into_iter()
            .map(counted_etag)
            .collect();
        assert_eq!(counted, ["CAE=", "CAI=", "CH8=", "CIAB", "CKwC"]);
        let opaque = opaque_etag(1);
        assert_eq!(
            (opaque.len(), opaque.starts_with('B'), opaque.ends_with('=')),
            (12, true, true)
        );
        assert_ne!(opaque_etag(1), opaque_etag(2));
    }
}
