use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use daypass_core::binding::CanonicalResource;
use daypass_core::iam_policy::{
    CONDITIONS_VERSION, DOWNGRADED_ROLE_MARK, Policy, requested_version,
};
use daypass_core::reason::RequestReason;
use daypass_core::resource::ResourceName;
use daypass_core::role::Role;
use serde_json::{Value, json};

use super::people::{DAYPASS, People, PersonIam};
use crate::ports::{AccessToken, Iam, IamError};
use crate::reconcile::locked;

/// What the next calls shall do instead of succeeding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// Nothing unusual: holds a place in the queue.
    Works,
    /// The etag is said to be stale.
    Conflict,
    /// Somebody else gives `roles/browser` to this member just before this write.
    ForeignWrite(String),
    /// Google refuses in these words.
    Refuse(String),
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
    /// No such resource.
    NotFound,
    /// The read shows the version before the last one.
    StaleRead,
    /// The read has no etag.
    NoEtag,
}

#[derive(Default)]
pub(super) struct State {
    policies: BTreeMap<ResourceName, Vec<Value>>,
    writes: BTreeMap<ResourceName, usize>,
    on_set: VecDeque<Script>,
    on_get: VecDeque<Script>,
    unknown_members: Vec<String>,
    silent: bool,
    unreachable: BTreeMap<ResourceName, Script>,
    reasons: Vec<String>,
    blind_writes: usize,
    without_conditions: Vec<ResourceName>,
    numbers: BTreeMap<String, String>,
    pub(super) people: People,
}

/// IAM in memory: every version kept, etags checked, members that do not exist refused.
#[derive(Default)]
pub struct MemoryIam(pub(super) Mutex<State>);

impl MemoryIam {
    /// Puts a policy in place, as somebody else would.
    pub fn put(&self, resource: &str, mut policy: Value) {
        let Ok(resource) = resource.parse::<ResourceName>() else {
            return;
        };
        let mut state = locked(&self.0);
        let versions = state.policies.entry(resource).or_default();
        policy["etag"] = json!(format!("E{}", versions.len() + 1));
        versions.push(policy);
    }

    /// The policy as it stands.
    pub fn policy(&self, resource: &str) -> Value {
        self.history(resource)
            .pop()
            .unwrap_or_else(|| json!({"etag": "E0"}))
    }

    /// Every version of the policy, in order.
    pub fn history(&self, resource: &str) -> Vec<Value> {
        let resource = resource.parse::<ResourceName>().ok();
        resource
            .and_then(|resource| locked(&self.0).policies.get(&resource).cloned())
            .unwrap_or_default()
    }

    /// How many writes were accepted for the resource.
    pub fn writes(&self, resource: &str) -> usize {
        let resource = resource.parse::<ResourceName>().ok();
        resource
            .and_then(|resource| locked(&self.0).writes.get(&resource).copied())
            .unwrap_or_default()
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

    /// Forgets what the next calls were to do.
    pub fn calm(&self) {
        let mut state = locked(&self.0);
        state.on_set.clear();
        state.on_get.clear();
    }

    /// Makes Google refuse this member.
    pub fn refuse_member(&self, email: &str) {
        locked(&self.0).unknown_members.push(email.to_owned());
    }

    /// Makes refusals of members name nobody, as some of Google's do.
    pub fn refuse_without_names(&self) {
        locked(&self.0).silent = true;
    }

    /// Lets every call for the resource end so, until it is told otherwise.
    pub fn always(&self, resource: &str, script: Option<Script>) {
        let Ok(resource) = resource.parse::<ResourceName>() else {
            return;
        };
        let mut state = locked(&self.0);
        match script {
            Some(script) => state.unreachable.insert(resource, script),
            None => state.unreachable.remove(&resource),
        };
    }

    /// Edits the policy as somebody else would, from what stands now.
    pub fn edit(&self, resource: &str, change: impl FnOnce(&mut Value)) {
        let mut policy = self.policy(resource);
        change(&mut policy);
        self.put(resource, policy);
    }

    /// From now on the project has this number.
    pub fn number(&self, project: &str, number: &str) {
        locked(&self.0)
            .numbers
            .insert(project.to_owned(), number.to_owned());
    }

    /// Makes the resource one that takes no conditions now.
    pub fn without_conditions(&self, resource: &str) {
        if let Ok(resource) = resource.parse() {
            locked(&self.0).without_conditions.push(resource);
        }
    }
}

/// One more binding of somebody else's, written in between.
fn foreign_write(versions: &mut Vec<Value>, member: &str) {
    let mut policy = versions.last().cloned().unwrap_or_else(|| json!({}));
    let binding = json!({"role": "roles/browser", "members": [member]});
    match policy["bindings"].as_array_mut() {
        Some(bindings) => bindings.push(binding),
        None => policy["bindings"] = json!([binding]),
    }
    policy["etag"] = json!(format!("E{}", versions.len() + 1));
    versions.push(policy);
}

/// What Google answers below version 3: conditions cut off, their roles marked.
fn downgraded(mut policy: Value) -> Value {
    for binding in policy["bindings"].as_array_mut().into_iter().flatten() {
        if let Some(fields) = binding.as_object_mut()
            && fields.remove("condition").is_some()
        {
            let role = fields
                .get("role")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let marked = format!("{role}{DOWNGRADED_ROLE_MARK}0123456789abcdef0123");
            fields.insert("role".into(), json!(marked));
        }
    }
    policy["version"] = json!(1);
    policy
}

fn trouble(script: &Script) -> IamError {
    match script {
        Script::Conflict | Script::Works | Script::ForeignWrite(_) => IamError::Conflict,
        Script::Refuse(words) => IamError::Refused {
            message: words.clone(),
        },
        Script::NotFound => IamError::NotFound {
            resource: "the resource".into(),
        },
        Script::DoneButLost | Script::NotDoneAndLost => IamError::Ambiguous {
            message: "the answer was lost".into(),
        },
        Script::Throttled => IamError::Throttled { retry_after: None },
        Script::Forbidden => IamError::Forbidden {
            message: "no".into(),
            permission: None,
        },
        Script::Unavailable | Script::StaleRead | Script::NoEtag => IamError::Unavailable {
            message: "nobody there".into(),
            retry_after: None,
        },
    }
}

#[async_trait]
impl Iam for MemoryIam {
    async fn get_policy(&self, resource: &ResourceName) -> Result<Policy, IamError> {
        locked(&self.0).people.daypass_may_read(resource)?;
        self.read(resource)
    }

    async fn set_policy(
        &self,
        resource: &ResourceName,
        policy: &Policy,
        reason: &RequestReason,
    ) -> Result<Policy, IamError> {
        locked(&self.0).people.daypass_may_write(resource)?;
        self.write(resource, policy, reason, DAYPASS)
    }

    async fn canonical(&self, resource: &ResourceName) -> Result<CanonicalResource, IamError> {
        let state = locked(&self.0);
        let known = resource
            .project()
            .and_then(|project| Some((project, state.numbers.get(project)?)));
        let name = match known {
            Some((project, number)) => resource.as_str().replacen(project, number, 1),
            None => resource.to_string(),
        };
        Ok(CanonicalResource(format!("number-of/{name}")))
    }

    async fn takes_conditions(&self, resource: &ResourceName) -> Result<bool, IamError> {
        Ok(!locked(&self.0).without_conditions.contains(resource))
    }

    async fn role_exists(&self, _: &Role) -> Result<bool, IamError> {
        Ok(true)
    }

    async fn test_permissions(
        &self,
        _: &ResourceName,
        permissions: &[String],
    ) -> Result<Vec<String>, IamError> {
        Ok(permissions.to_vec())
    }

    fn as_person(self: Arc<Self>, token: AccessToken) -> Arc<dyn Iam> {
        Arc::new(PersonIam::new(self, token))
    }
}

impl MemoryIam {
    pub(super) fn read(&self, resource: &ResourceName) -> Result<Policy, IamError> {
        let mut state = locked(&self.0);
        if let Some(script) = state.unreachable.get(resource) {
            return Err(trouble(script));
        }
        let script = state.on_get.pop_front();
        let versions = state.policies.get(resource).cloned().unwrap_or_default();
        let latest = versions
            .last()
            .cloned()
            .unwrap_or_else(|| json!({"etag": "E0"}));
        let answer = match script {
            None | Some(Script::Works) => latest,
            Some(Script::StaleRead) => versions.iter().rev().nth(1).cloned().unwrap_or(latest),
            Some(Script::NoEtag) => {
                let mut policy = latest;
                policy.as_object_mut().map(|fields| fields.remove("etag"));
                policy
            }
            Some(script) => return Err(trouble(&script)),
        };
        let answer = if requested_version() < CONDITIONS_VERSION {
            downgraded(answer)
        } else {
            answer
        };
        Policy::from_json(answer).map_err(|error| IamError::Malformed {
            message: error.to_string(),
        })
    }

    pub(super) fn write(
        &self,
        resource: &ResourceName,
        policy: &Policy,
        reason: &RequestReason,
        by: &str,
    ) -> Result<Policy, IamError> {
        let mut state = locked(&self.0);
        state.reasons.push(reason.as_str().to_owned());
        if let Some(script) = state.unreachable.get(resource) {
            return Err(trouble(script));
        }
        let script = state.on_set.pop_front();
        match &script {
            None | Some(Script::DoneButLost | Script::Works) => {}
            Some(Script::ForeignWrite(member)) => {
                foreign_write(state.policies.entry(resource.clone()).or_default(), member);
            }
            Some(script) => return Err(trouble(script)),
        }
        let versions = state.policies.entry(resource.clone()).or_default();
        let current = versions
            .last()
            .and_then(|policy| policy["etag"].as_str())
            .unwrap_or("E0")
            .to_owned();
        let next = format!("E{}", versions.len() + 1);
        match policy.etag() {
            Some(etag) if etag != current => return Err(IamError::Conflict),
            Some(_) => {}
            None => state.blind_writes += 1,
        }
        let mut stored = policy.to_json();
        let text = stored.to_string();
        if let Some(member) = state
            .unknown_members
            .iter()
            .find(|member| text.contains(&format!(":{member}\"")))
        {
            let message = if state.silent {
                "Request contains an invalid argument.".into()
            } else {
                format!("User {member} does not exist.")
            };
            return Err(IamError::Refused { message });
        }
        stored["etag"] = json!(next);
        state
            .policies
            .entry(resource.clone())
            .or_default()
            .push(stored.clone());
        *state.writes.entry(resource.clone()).or_default() += 1;
        state.people.note_write(resource, by);
        if script == Some(Script::DoneButLost) {
            return Err(trouble(&Script::DoneButLost));
        }
        Policy::from_json(stored).map_err(|error| IamError::Malformed {
            message: error.to_string(),
        })
    }
}
