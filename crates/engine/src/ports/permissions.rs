use async_trait::async_trait;
use daypass_core::blast_radius::{Lineage, Permissions as Included};
use daypass_core::iam_policy::Policy;
use daypass_core::resource::ResourceName;

use super::IamError;

/// What roles hold, and which policies are in force where: read to be shown, never to decide or to write.
#[async_trait]
pub trait Permissions: Send + Sync {
    /// The permissions that a role gives, as a policy names it; none if it is deleted or disabled. Minutes old at most.
    async fn of_role(&self, role: &str) -> Result<Included, IamError>;

    /// The resource with its project, folders and organization, as far as they may be read.
    async fn lineage(&self, resource: &ResourceName) -> Lineage;

    /// The allow policy, some seconds old at most. What is to be written is read by [`Iam`](super::Iam).
    async fn policy(&self, resource: &ResourceName) -> Result<Policy, IamError>;
}
