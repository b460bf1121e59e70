use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use daypass_core::Timestamp;
use daypass_core::binding::CanonicalResource;
use daypass_core::iam_policy::Policy;
use daypass_core::reason::RequestReason;
use daypass_core::resource::ResourceName;
use daypass_core::role::Role;
use secrecy::ExposeSecret;

use super::MemoryIam;
use crate::ports::{AccessToken, Iam, IamError};
use crate::reconcile::locked;

/// The name under which Daypass's own writes are noted.
pub const DAYPASS: &str = "daypass";

/// A token of this text, good until then.
pub fn person_token(text: &str, expires_at: Timestamp) -> AccessToken {
    AccessToken::new(text.to_owned().into(), expires_at)
}

/// What people may do by their own tokens, what Daypass may not, and who wrote.
#[derive(Default)]
pub(super) struct People {
    /// From a token to the resources whose policy its person may read and set.
    may: BTreeMap<String, BTreeSet<ResourceName>>,
    /// What the people of all other tokens may read and set; none: Google does not know such tokens.
    everybody: Option<BTreeSet<ResourceName>>,
    unwritable: BTreeSet<ResourceName>,
    unreadable: BTreeSet<ResourceName>,
    writers: Vec<(ResourceName, String)>,
}

impl People {
    pub(super) fn note_write(&mut self, resource: &ResourceName, by: &str) {
        self.writers.push((resource.clone(), by.to_owned()));
    }

    pub(super) fn daypass_may_read(&self, resource: &ResourceName) -> Result<(), IamError> {
        unless(self.unreadable.contains(resource), "getIamPolicy")
    }

    pub(super) fn daypass_may_write(&self, resource: &ResourceName) -> Result<(), IamError> {
        unless(self.unwritable.contains(resource), "setIamPolicy")
    }
}

fn unless(forbidden: bool, verb: &str) -> Result<(), IamError> {
    if forbidden {
        let permission = format!("resourcemanager.projects.{verb}");
        Err(IamError::Forbidden {
            message: format!("Permission '{permission}' denied"),
            permission: Some(permission),
        })
    } else {
        Ok(())
    }
}

impl MemoryIam {
    /// Makes a token one that Google takes; its person may set no policy yet.
    pub fn sign_in(&self, token: &str) {
        let mut state = locked(&self.0);
        state.people.may.entry(token.to_owned()).or_default();
    }

    /// Makes a token one that Google takes, of somebody who may read and set the policy of the resource.
    pub fn empower(&self, token: &str, resource: &str) {
        self.sign_in(token);
        if let Ok(resource) = resource.parse() {
            let mut state = locked(&self.0);
            state
                .people
                .may
                .entry(token.to_owned())
                .or_default()
                .insert(resource);
        }
    }

    /// Makes every token one that Google takes; their people may set no policy yet.
    pub fn admit_everybody(&self) {
        let mut state = locked(&self.0);
        state.people.everybody.get_or_insert_default();
    }

    /// Makes every token one of somebody who may read and set the policy of the resource.
    pub fn empower_everybody(&self, resource: &str) {
        if let Ok(resource) = resource.parse() {
            let mut state = locked(&self.0);
            state
                .people
                .everybody
                .get_or_insert_default()
                .insert(resource);
        }
    }

    /// Takes the permission to set the resource's policy from Daypass, and if `reading` is false that to read it, too.
    pub fn restrict_daypass(&self, resource: &str, reading: bool) {
        if let Ok(resource) = resource.parse::<ResourceName>() {
            let people = &mut locked(&self.0).people;
            people.unwritable.insert(resource.clone());
            if !reading {
                people.unreadable.insert(resource);
            }
        }
    }

    /// Who wrote the resource's policy, in order: [`DAYPASS`], or the token.
    pub fn writers(&self, resource: &str) -> Vec<String> {
        let state = locked(&self.0);
        let there = state
            .people
            .writers
            .iter()
            .filter(|(written, _)| written.as_str() == resource);
        there.map(|(_, by)| by.clone()).collect()
    }
}

/// IAM in memory, as a person with a token.
pub(super) struct PersonIam {
    memory: Arc<MemoryIam>,
    token: AccessToken,
}

impl PersonIam {
    pub(super) fn new(memory: Arc<MemoryIam>, token: AccessToken) -> Self {
        Self { memory, token }
    }

    fn name(&self) -> &str {
        self.token.secret().expose_secret()
    }

    fn may(&self, resource: &ResourceName) -> Result<bool, IamError> {
        let state = locked(&self.memory.0);
        let people = &state.people;
        let of_person = people.may.get(self.name()).or(people.everybody.as_ref());
        let of_person = of_person.ok_or_else(|| IamError::Unauthenticated {
            message: "Request had invalid authentication credentials.".into(),
        })?;
        Ok(of_person.contains(resource))
    }
}

#[async_trait]
impl Iam for PersonIam {
    async fn get_policy(&self, resource: &ResourceName) -> Result<Policy, IamError> {
        unless(!self.may(resource)?, "getIamPolicy")?;
        self.memory.read(resource)
    }

    async fn set_policy(
        &self,
        resource: &ResourceName,
        policy: &Policy,
        reason: &RequestReason,
    ) -> Result<Policy, IamError> {
        unless(!self.may(resource)?, "setIamPolicy")?;
        self.memory.write(resource, policy, reason, self.name())
    }

    async fn canonical(&self, resource: &ResourceName) -> Result<CanonicalResource, IamError> {
        self.memory.canonical(resource).await
    }

    async fn takes_conditions(&self, resource: &ResourceName) -> Result<bool, IamError> {
        self.memory.takes_conditions(resource).await
    }

    async fn role_exists(&self, role: &Role) -> Result<bool, IamError> {
        self.memory.role_exists(role).await
    }

    async fn test_permissions(
        &self,
        resource: &ResourceName,
        permissions: &[String],
    ) -> Result<Vec<String>, IamError> {
        Ok(if self.may(resource)? {
            permissions.to_vec()
        } else {
            Vec::new()
        })
    }

    fn as_person(self: Arc<Self>, token: AccessToken) -> Arc<dyn Iam> {
        Arc::new(Self::new(Arc::clone(&self.memory), token))
    }
}
