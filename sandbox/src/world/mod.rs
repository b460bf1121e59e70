//! The emulated organisation: resources, people, roles, and everything that was written about them.

pub(crate) mod account_keys;
pub(crate) mod datasets;
pub(crate) mod directory;
pub(crate) mod nearest;
pub(crate) mod objects;
pub(crate) mod resources;
pub(crate) mod roles;
pub(crate) mod seed;
pub(crate) mod seed_machines;
pub(crate) mod seed_principals;
pub(crate) mod tokens;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::databases::InstanceAuthority;
use crate::iam::members::same_member;
use crate::iam::policy::Policy;
use crate::iam::stored::{Authorship, Inconsistency};
use account_keys::AccountKey;
use datasets::Datasets;
use directory::Directory;
use objects::Objects;
use resources::Resources;
use roles::Roles;
use tokens::Tokens;

/// Everything that one lock guards.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) resources: Resources,
    pub(crate) directory: Directory,
    pub(crate) roles: Roles,
    pub(crate) tokens: Tokens,
    pub(crate) objects: Objects,
    pub(crate) datasets: Datasets,
    /// Cloud Audit Logs entries, oldest first.
    pub(crate) audit: VecDeque<Value>,
    /// Field names that a raw policy brought in. This world knows them, so a client may send them back.
    pub(crate) novel_fields: BTreeSet<String>,
    /// How many entries each history keeps.
    pub(crate) kept: usize,
    /// The project that clients work on where they name none: the first of the seed.
    pub(crate) usual_project: Option<String>,
    /// Service accounts whose tokens may live for 12 hours: what the organisation policy
    /// `iam.allowServiceAccountCredentialLifetimeExtension` lists.
    pub(crate) extended_lifetimes: BTreeSet<String>,
    /// Where clusters and databases listen, by the key of the resource.
    pub(crate) endpoints: BTreeMap<String, SocketAddr>,
    /// The authorities of clusters in PEM, by the key of the resource.
    pub(crate) cluster_authorities: BTreeMap<String, String>,
    /// The authorities of databases, by the key of the resource.
    pub(crate) authorities: BTreeMap<String, InstanceAuthority>,
    /// For whom certificates of clients were signed, by their DER form.
    pub(crate) certificates: HashMap<Vec<u8>, String>,
    /// What was written to clusters: by the key of the cluster, the namespace and the name.
    pub(crate) config_maps: BTreeMap<(String, String, String), Value>,
    /// The keys by which Google signs for service accounts, by address.
    pub(crate) account_keys: BTreeMap<String, Arc<AccountKey>>,
    sequence: u64,
}

impl World {
    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Stores any policy as it is, without IAM's checks. Its members, roles and unknown fields become
    /// part of this world: a policy at Google only mentions what exists there.
    pub(crate) fn overwrite_policy(
        &mut self,
        key: &str,
        policy: Policy,
        time: Timestamp,
        actor: &str,
        method: &str,
    ) -> bool {
        self.adopt(&policy);
        let sequence = self.next_sequence();
        let kept = self.kept;
        let Some(resource) = self.resources.get_mut(key) else {
            return false;
        };
        let by = Authorship {
            sequence,
            time,
            actor,
            reason: None,
            method,
        };
        resource
            .policy
            .replace(policy, &by, Inconsistency::default(), kept);
        true
    }

    fn adopt(&mut self, policy: &Policy) {
        self.novel_fields.extend(policy.extra.keys().cloned());
        for binding in &policy.bindings {
            self.novel_fields.extend(binding.extra.keys().cloned());
            if let Some(condition) = &binding.condition {
                self.novel_fields.extend(condition.extra.keys().cloned());
            }
            self.roles.adopt(&binding.role);
            for member in &binding.members {
                self.directory.adopt(member);
            }
        }
    }

    pub(crate) fn log(&mut self, entry: Value) {
        self.audit.push_back(entry);
        while self.audit.len() > self.kept {
            self.audit.pop_front();
        }
    }
}

impl World {
    /// Rewrites a member in every policy, as happens when a principal is deleted.
    pub(crate) fn rename_member(&mut self, from: &str, to: &str, time: Timestamp) {
        let named = |policy: &Policy| {
            policy.bindings.iter().any(|binding| {
                binding
                    .members
                    .iter()
                    .any(|member| same_member(member, from))
            })
        };
        let keys: Vec<String> = self
            .resources
            .iter()
            .filter(|resource| named(&resource.policy.policy))
            .map(|found| found.key.clone())
            .collect();
        for key in keys {
            let Some(mut policy) = self
                .resources
                .get(&key)
                .map(|found| (*found.policy.policy).clone())
            else {
                continue;
            };
            for member in policy
                .bindings
                .iter_mut()
                .flat_map(|binding| &mut binding.members)
            {
                if same_member(member, from) {
                    to.clone_into(member);
                }
            }
            self.overwrite_policy(&key, policy, time, "sandbox", "delete-principal");
        }
    }
}
