//! IAM on any kind of resource, by the core's kind table.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use daypass_core::binding::CanonicalResource;
use daypass_core::iam_policy::{Policy, requested_version};
use daypass_core::reason::RequestReason;
use daypass_core::resource::{ConditionSupport, Method, ResourceName, SetBody};
use daypass_core::role::Role;
use daypass_engine::ports::{AccessToken, Iam, IamError};
use serde_json::{Value, json};

use crate::connect::Google;
use crate::credentials::Identity;
use crate::endpoints::expand;
use crate::failure::Effect;
use crate::person::Person;
use crate::remembered::Remembered;
use crate::transport::Call;

/// Most permissions of one `testIamPermissions` (finding 3).
pub(crate) const MOST_PERMISSIONS: usize = 100;

/// How long it is believed that uniform bucket-level access is on or off.
const BUCKET_ACCESS_LASTS: Duration = Duration::from_mins(1);

/// How long it is believed that a role exists. That one does not is never remembered: it may be made any moment.
const ROLE_LASTS: Duration = Duration::from_mins(10);

/// What was learned from Google.
#[derive(Debug)]
pub(crate) struct Memory {
    /// From `projects/<id>` to `projects/<number>`; neither is ever given to another project.
    projects: Remembered<ResourceName, String>,
    bucket_access: Remembered<ResourceName, bool>,
    roles: Remembered<Role, ()>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            projects: Remembered::for_life(),
            bucket_access: Remembered::lasting(BUCKET_ACCESS_LASTS),
            roles: Remembered::lasting(ROLE_LASTS),
        }
    }
}

#[async_trait]
impl Iam for Google {
    async fn get_policy(&self, resource: &ResourceName) -> Result<Policy, IamError> {
        self.get_policy_as(self.identity(resource).await?, resource)
            .await
    }

    async fn set_policy(
        &self,
        resource: &ResourceName,
        policy: &Policy,
        reason: &RequestReason,
    ) -> Result<Policy, IamError> {
        self.set_policy_as(self.identity(resource).await?, resource, policy, reason)
            .await
    }

    async fn canonical(&self, resource: &ResourceName) -> Result<CanonicalResource, IamError> {
        let Some(project) = resource.project() else {
            return Ok(CanonicalResource(resource.to_string()));
        };
        let number = self.number(project, resource).await?;
        let below = resource.as_str().splitn(3, '/').nth(2);
        Ok(CanonicalResource(below.map_or_else(
            || number.clone(),
            |below| format!("{number}/{below}"),
        )))
    }

    async fn takes_conditions(&self, resource: &ResourceName) -> Result<bool, IamError> {
        let kind = resource.kind();
        let path = match (kind.conditions, kind.api.describe) {
            (ConditionSupport::Yes, _) => return Ok(true),
            (ConditionSupport::IfUniformBucketLevelAccess, Some(path)) => path,
            (ConditionSupport::IfUniformBucketLevelAccess | ConditionSupport::No, _) => {
                return Ok(false);
            }
        };
        let now = self.transport.sources.monotonic();
        if let Some(known) = self.memory.bucket_access.get(resource, now) {
            return Ok(known);
        }
        let call = Call {
            query: vec![("fields", "iamConfiguration".into())],
            ..Call::get(
                kind.api.endpoint,
                expand(path, resource.as_str()),
                resource.as_str(),
            )
        };
        let answer = self.call(self.identity(resource).await?, &call).await?;
        let access = &answer["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"];
        let enabled = access.as_bool().unwrap_or_default();
        self.memory
            .bucket_access
            .put(resource.clone(), enabled, now);
        Ok(enabled)
    }

    async fn role_exists(&self, role: &Role) -> Result<bool, IamError> {
        let now = self.transport.sources.monotonic();
        if self.memory.roles.get(role, now).is_some() {
            return Ok(true);
        }
        match self
            .role(self.role_reader(role).await?, role.as_str())
            .await
        {
            // A custom role stays readable for a week after its deletion, and cannot be given.
            Ok(answer) if answer["deleted"] == json!(true) => Ok(false),
            Ok(_) => {
                self.memory.roles.put(role.clone(), (), now);
                Ok(true)
            }
            Err(IamError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn test_permissions(
        &self,
        resource: &ResourceName,
        permissions: &[String],
    ) -> Result<Vec<String>, IamError> {
        self.test_permissions_as(self.identity(resource).await?, resource, permissions)
            .await
    }

    fn as_person(self: Arc<Self>, token: AccessToken) -> Arc<dyn Iam> {
        Arc::new(Person::new(self, token))
    }
}

impl Google {
    /// Reads the policy as this identity.
    pub(crate) async fn get_policy_as(
        &self,
        identity: &Identity,
        resource: &ResourceName,
    ) -> Result<Policy, IamError> {
        let api = &resource.kind().api;
        let (method, path) = api.get;
        let (query, body) = match api.version_query {
            Some(parameter) => (vec![(parameter, requested_version().to_string())], None),
            None => (
                Vec::new(),
                Some(json!({"options": {"requestedPolicyVersion": requested_version()}})),
            ),
        };
        let path = expand(path, resource.as_str());
        let call = Call {
            method,
            query,
            body,
            ..Call::get(api.endpoint, path, resource.as_str())
        };
        let answer = self.call(identity, &call).await?;
        policy(answer, Effect::Read)
    }

    /// Writes the policy as this identity.
    pub(crate) async fn set_policy_as(
        &self,
        identity: &Identity,
        resource: &ResourceName,
        policy_to_set: &Policy,
        reason: &RequestReason,
    ) -> Result<Policy, IamError> {
        if policy_to_set.etag().is_none() {
            let message =
                "a policy without an etag would overwrite what others wrote; it is not sent".into();
            return Err(IamError::Refused { message });
        }
        let api = &resource.kind().api;
        let (method, path) = api.set;
        let policy_json = policy_to_set.to_json();
        let body = match api.set_body {
            SetBody::Wrapped => json!({ "policy": policy_json }),
            SetBody::Bare => policy_json,
        };
        let call = Call {
            method,
            body: Some(body),
            reason: Some(reason),
            effect: Effect::Write,
            ..Call::get(
                api.endpoint,
                expand(path, resource.as_str()),
                resource.as_str(),
            )
        };
        let answer = self.call(identity, &call).await?;
        policy(answer, Effect::Write)
    }

    /// Which of the permissions this identity has.
    pub(crate) async fn test_permissions_as(
        &self,
        identity: &Identity,
        resource: &ResourceName,
        permissions: &[String],
    ) -> Result<Vec<String>, IamError> {
        let mut granted = Vec::new();
        for chunk in permissions.chunks(MOST_PERMISSIONS) {
            let answer = self.call(identity, &test(resource, chunk)).await?;
            granted.extend(held(&answer));
        }
        Ok(granted)
    }

    /// `projects/<number>` of a project by id or number.
    async fn number(&self, project: &str, resource: &ResourceName) -> Result<String, IamError> {
        let malformed = |what: &str| IamError::Malformed {
            message: format!("{what} of {resource}"),
        };
        let name = format!("projects/{project}");
        if project.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(name);
        }
        let name: ResourceName = name.parse().map_err(|_| malformed("the project"))?;
        let now = self.transport.sources.monotonic();
        if let Some(number) = self.memory.projects.get(&name, now) {
            return Ok(number);
        }
        let api = &name.kind().api;
        let path = api.describe.ok_or_else(|| malformed("the kind"))?;
        let call = Call::get(api.endpoint, expand(path, name.as_str()), name.as_str());
        let answer = self.call(self.identity(resource).await?, &call).await?;
        let number = answer["name"]
            .as_str()
            .filter(|name| is_numbered_project(name));
        let number = number
            .ok_or_else(|| malformed("no project number in the description"))?
            .to_owned();
        self.memory.projects.put(name, number.clone(), now);
        Ok(number)
    }

    /// Reads a role.
    pub(crate) async fn role(&self, identity: &Identity, role: &str) -> Result<Value, IamError> {
        self.call(identity, &Call::get("iam", expand("v1/{name}", role), role))
            .await
    }

    /// A custom role is read by whoever is in charge of where it is defined.
    pub(crate) async fn role_reader(&self, role: &Role) -> Result<&Identity, IamError> {
        let parent = role
            .as_str()
            .split_once("/roles/")
            .and_then(|(parent, _)| parent.parse::<ResourceName>().ok());
        match parent {
            Some(parent) => self.identity(&parent).await,
            None => Ok(self.brokers.reader()),
        }
    }
}

/// The question which of these permissions the caller has; at most [`MOST_PERMISSIONS`] of them.
pub(crate) fn test<'a>(resource: &'a ResourceName, permissions: &[String]) -> Call<'a> {
    let api = &resource.kind().api;
    let (method, path) = api.test;
    let (query, body) = match method {
        Method::Get => (
            permissions
                .iter()
                .map(|permission| ("permissions", permission.clone()))
                .collect(),
            None,
        ),
        Method::Post | Method::Put => (Vec::new(), Some(json!({ "permissions": permissions }))),
    };
    Call {
        method,
        query,
        body,
        ..Call::get(
            api.endpoint,
            expand(path, resource.as_str()),
            resource.as_str(),
        )
    }
}

/// Its answer. Nothing held is an answer without the field.
pub(crate) fn held(answer: &Value) -> impl Iterator<Item = String> {
    answer["permissions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
}

fn policy(answer: Value, effect: Effect) -> Result<Policy, IamError> {
    Policy::from_json(answer).map_err(|error| effect.garbled(error.to_string()))
}

fn is_numbered_project(name: &str) -> bool {
    name.strip_prefix("projects/")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}
