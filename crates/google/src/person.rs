//! IAM as a person who lent their own access token.

use std::sync::Arc;

use async_trait::async_trait;
use daypass_core::binding::CanonicalResource;
use daypass_core::iam_policy::Policy;
use daypass_core::reason::RequestReason;
use daypass_core::resource::ResourceName;
use daypass_core::role::Role;
use daypass_engine::ports::{AccessToken, Iam, IamError};

use crate::connect::Google;
use crate::credentials::Identity;

/// The same way to Google with another token: policies are read and set, and permissions tested, as the person. What is
/// remembered of names and roles is Daypass's own knowledge.
#[derive(Debug)]
pub(crate) struct Person {
    google: Arc<Google>,
    identity: Identity,
}

impl Person {
    pub(crate) fn new(google: Arc<Google>, token: AccessToken) -> Self {
        Self {
            google,
            identity: Identity::Person(token),
        }
    }
}

#[async_trait]
impl Iam for Person {
    async fn get_policy(&self, resource: &ResourceName) -> Result<Policy, IamError> {
        self.google.get_policy_as(&self.identity, resource).await
    }

    async fn set_policy(
        &self,
        resource: &ResourceName,
        policy: &Policy,
        reason: &RequestReason,
    ) -> Result<Policy, IamError> {
        self.google
            .set_policy_as(&self.identity, resource, policy, reason)
            .await
    }

    async fn canonical(&self, resource: &ResourceName) -> Result<CanonicalResource, IamError> {
        self.google.canonical(resource).await
    }

    async fn takes_conditions(&self, resource: &ResourceName) -> Result<bool, IamError> {
        self.google.takes_conditions(resource).await
    }

    async fn role_exists(&self, role: &Role) -> Result<bool, IamError> {
        self.google.role_exists(role).await
    }

    async fn test_permissions(
        &self,
        resource: &ResourceName,
        permissions: &[String],
    ) -> Result<Vec<String>, IamError> {
        self.google
            .test_permissions_as(&self.identity, resource, permissions)
            .await
    }

    fn as_person(self: Arc<Self>, token: AccessToken) -> Arc<dyn Iam> {
        Arc::new(Self::new(Arc::clone(&self.google), token))
    }
}
