use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use daypass_core::binding::CanonicalResource;
use daypass_core::iam_policy::Policy;
use daypass_core::reason::RequestReason;
use daypass_core::resource::ResourceName;
use daypass_core::role::Role;
use thiserror::Error;

use super::AccessToken;

/// IAM on any kind of resource. Each method is one call, or one cached answer; retrying is the engine's.
#[async_trait]
pub trait Iam: Send + Sync {
    /// Reads the policy, asking for version 3 (I3).
    async fn get_policy(&self, resource: &ResourceName) -> Result<Policy, IamError>;

    /// Writes the policy with its etag, and never an update mask. Returns the stored policy, with its new etag.
    async fn set_policy(
        &self,
        resource: &ResourceName,
        policy: &Policy,
        reason: &RequestReason,
    ) -> Result<Policy, IamError>;

    /// The name that authentication codes cover: a project by its number, everything below it likewise, a bucket by
    /// its name. Cached: a project's number never changes.
    async fn canonical(&self, resource: &ResourceName) -> Result<CanonicalResource, IamError>;

    /// Whether bindings on the resource may have conditions: for a bucket, whether uniform bucket-level access is on.
    async fn takes_conditions(&self, resource: &ResourceName) -> Result<bool, IamError>;

    /// Whether the role exists.
    async fn role_exists(&self, role: &Role) -> Result<bool, IamError>;

    /// Which of these permissions the caller, Daypass itself, has on the resource. Any number; asked 100 at a time.
    async fn test_permissions(
        &self,
        resource: &ResourceName,
        permissions: &[String],
    ) -> Result<Vec<String>, IamError>;

    /// The same, done with a person's own access token: policies are read and set, and permissions tested, as that
    /// person, and never as Daypass, also when Google refuses the token. What is only looked up (`canonical`,
    /// `takes_conditions`, `role_exists`) may stay Daypass's.
    fn as_person(self: Arc<Self>, token: AccessToken) -> Arc<dyn Iam>;
}

/// How a call to Google ended when it did not succeed. The engine reacts to the kind, people read the message.
#[derive(Debug, Error)]
pub enum IamError {
    /// The etag is stale (409 or 412): read again.
    #[error("the policy was changed by somebody else meanwhile")]
    Conflict,
    /// Google refuses the request itself (400): trying again is pointless.
    #[error("Google refused: {message}")]
    Refused {
        /// Google's words.
        message: String,
    },
    /// Our identity may not do it (403).
    #[error("Google denied it to Daypass: {message}")]
    Forbidden {
        /// Google's words.
        message: String,
        /// The permission that was missing, where Google names it.
        permission: Option<String>,
    },
    /// There is no such resource (404).
    #[error("Google does not know {resource}")]
    NotFound {
        /// The resource.
        resource: String,
    },
    /// Our credentials are not accepted (401) or cannot be had.
    #[error("Google did not accept Daypass's credentials: {message}")]
    Unauthenticated {
        /// What was said.
        message: String,
    },
    /// Too many calls (429).
    #[error("Google asks to slow down")]
    Throttled {
        /// How long to wait at least.
        retry_after: Option<Duration>,
    },
    /// The call certainly had no effect (no connection, or 503): it may be repeated.
    #[error("Google cannot be reached: {message}")]
    Unavailable {
        /// What went wrong.
        message: String,
        /// How long to wait at least.
        retry_after: Option<Duration>,
    },
    /// The call may have had its effect (time-out, reset after sending, 500): read before anything else.
    #[error("it is unknown whether Google did it: {message}")]
    Ambiguous {
        /// What went wrong.
        message: String,
    },
    /// The answer is not what Google's interface promises.
    #[error("Google's answer is not understood: {message}")]
    Malformed {
        /// What was wrong.
        message: String,
    },
}
