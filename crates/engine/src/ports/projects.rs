use std::collections::BTreeSet;

use async_trait::async_trait;
use daypass_core::entitlement::Selector;
use daypass_core::resource::ResourceName;

use super::IamError;

/// Which projects there are. An error denies.
#[async_trait]
pub trait Projects: Send + Sync {
    /// The active projects below the selector's folder, at any depth, that carry all its labels, as `projects/ID`. It
    /// may stop after the first that is one too many for a decision
    /// ([`MOST_SELECTED`](daypass_core::decide::MOST_SELECTED)).
    async fn select(&self, selector: &Selector) -> Result<BTreeSet<ResourceName>, IamError>;
}
