use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use daypass_core::binding::CanonicalResource;
use daypass_core::iam_policy::Policy;
use daypass_core::reason::RequestReason;
use daypass_core::resource::ResourceName;
use daypass_core::role::Role;
use serde_json::{Value, json};

use crate::ports::{Iam, IamError};
use crate::reconcile::locked;

/// What the next calls shall do instead of succeeding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// Somebody else writes just before this write.
    Conflict,
    /// The write is done, and its answer is lost.
    DoneButLost,
    /// The write is not done, and its answer is lost.
    NotDoneAndLost,
    /// Too many calls.
    Throttled,
    /// Nobody there.
    Unavailable,
    /// No permission.
    Forbidden,
    /// The read shows the version before the last one.
    StaleRead,
    /// The read has no etag.
    NoEtag,
}

#[derive(Default)]
struct State {
    policies: BTreeMap<ResourceName, Vec<Value>>,
    writes: BTreeMap<ResourceName, usize>,
    on_set: VecDeque<Script>,
    on_get: VecDeque<Script>,
    unknown_members: Vec<String>,
    reasons: Vec<String>,
    blind_writes: usize,
    without_conditions: Vec<ResourceName>,
}

/// IAM in memory: every version kept, etags checked, members that do not exist refused.
#[derive(Default)]
pub struct MemoryIam(Mutex<State>);

impl MemoryIam {
    /// Puts a policy in place, as somebody else would.
    pub fn put(&self, resource: &str, mut policy: Value) {
        let Ok(resource) = resource.parse::<ResourceName>() else { return };
        let mut state = locked(&self.0);
        let versions = state.policies.entry(resource).or_default();
        policy["etag"] = json!(format!("E{}", versions.len() + 1));
        versions.push(policy);
    }

    /// The policy as it stands.
    pub fn policy(&self, resource: &str) -> Value {
        self.history(resource).pop().unwrap_or_else(|| json!({"etag": "E0"}))
    }

    /// Every version of the policy, in order.
    pub fn history(&self, resource: &str) -> Vec<Value> {
        let resource = resource.parse::<ResourceName>().ok();
        resource.and_then(|resource| locked(&self.0).policies.get(&resource).cloned()).unwrap_or_default()
    }

    /// How many writes were accepted for the resource.
    pub fn writes(&self, resource: &str) -> usize {
        let resource = resource.parse::<ResourceName>().ok();
        resource.and_then(|resource| locked(&self.0).writes.get(&resource).copied()).unwrap_or_default()
    }

    /// How many writes came without an etag.
    pub fn blind_writes(&self) -> usize {
        locked(&self.0).blind_writes
    }

    /// The reasons that came with the writes.
    pub fn reasons(&self) -> Vec<String> {
        locked(&self.0).reasons.clone()
    }

    /// What the next writes shall do.
    pub fn on_set(&self, scripts: impl IntoIterator<Item = Script>) {
        locked(&self.0).on_set.extend(scripts);
    }

    /// What the next reads shall do.
    pub fn on_get(&self, scripts: impl IntoIterator<Item = Script>) {
        locked(&self.0).on_get.extend(scripts);
    }

    /// Makes Google refuse this member.
    pub fn refuse_member(&self, email: &str) {
        locked(&self.0).unknown_members.push(email.to_owned());
    }

    /// Makes the resource one that takes no conditions now.
    pub fn without_conditions(&self, resource: &str) {
        if let Ok(resource) = resource.parse() {
            locked(&self.0).without_conditions.push(resource);
        }
    }
}

fn trouble(script: &Script) -> IamError {
    match script {
        Script::Conflict => IamError::Conflict,
        Script::DoneButLost | Script::NotDoneAndLost => IamError::Ambiguous { message: "the answer was lost".into() },
        Script::Throttled => IamError::Throttled { retry_after: None },
        Script::Forbidden => IamError::Forbidden { message: "no".into(), permission: None },
        Script::Unavailable | Script::StaleRead | Script::NoEtag => {
            IamError::Unavailable { message: "nobody there".into(), retry_after: None }
        }
    }
}

#[async_trait]
impl Iam for MemoryIam {
    async fn get_policy(&self, resource: &ResourceName) -> Result<Policy, IamError> {
        let mut state = locked(&self.0);
        let script = state.on_get.pop_front();
        let versions = state.policies.get(resource).cloned().unwrap_or_default();
        let latest = versions.last().cloned().unwrap_or_else(|| json!({"etag": "E0"}));
        let answer = match script {
            None => latest,
            Some(Script::StaleRead) => versions.iter().rev().nth(1).cloned().unwrap_or(latest),
            Some(Script::NoEtag) => {
                let mut policy = latest;
                policy.as_object_mut().map(|fields| fields.remove("etag"));
                policy
            }
            Some(script) => return Err(trouble(&script)),
        };
        Policy::from_json(answer).map_err(|error| IamError::Malformed { message: error.to_string() })
    }

    async fn set_policy(&self, resource: &ResourceName, policy: &Policy, reason: &RequestReason) -> Result<Policy, IamError> {
        let mut state = locked(&self.0);
        state.reasons.push(reason.as_str().to_owned());
        let script = state.on_set.pop_front();
        if let Some(script) = script.as_ref().filter(|script| **script != Script::DoneButLost) {
            return Err(trouble(script));
        }
        let versions = state.policies.entry(resource.clone()).or_default();
        let current = versions.last().and_then(|policy| policy["etag"].as_str()).unwrap_or("E0").to_owned();
        let next = format!("E{}", versions.len() + 1);
        match policy.etag() {
            Some(etag) if etag != current => return Err(IamError::Conflict),
            Some(_) => {}
            None => state.blind_writes += 1,
        }
        let mut stored = policy.to_json();
        let text = stored.to_string();
        if let Some(member) = state.unknown_members.iter().find(|member| text.contains(&format!(":{member}\""))) {
            return Err(IamError::Refused { message: format!("User {member} does not exist.") });
        }
        stored["etag"] = json!(next);
        state.policies.entry(resource.clone()).or_default().push(stored.clone());
        *state.writes.entry(resource.clone()).or_default() += 1;
        if script == Some(Script::DoneButLost) {
            return Err(trouble(&Script::DoneButLost));
        }
        Policy::from_json(stored).map_err(|error| IamError::Malformed { message: error.to_string() })
    }

    async fn canonical(&self, resource: &ResourceName) -> Result<CanonicalResource, IamError> {
        Ok(CanonicalResource(format!("number-of/{resource}")))
    }

    async fn takes_conditions(&self, resource: &ResourceName) -> Result<bool, IamError> {
        Ok(!locked(&self.0).without_conditions.contains(resource))
    }

    async fn role_exists(&self, _: &Role) -> Result<bool, IamError> {
        Ok(true)
    }

    async fn test_permissions(&self, _: &ResourceName, permissions: &[String]) -> Result<Vec<String>, IamError> {
        Ok(permissions.to_vec())
    }
}
