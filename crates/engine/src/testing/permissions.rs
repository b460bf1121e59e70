use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use daypass_core::blast_radius::{Lineage, Permissions as Included};
use daypass_core::iam_policy::Policy;
use daypass_core::resource::ResourceName;

use super::MemoryIam;
use crate::ports::{Iam, IamError, Permissions};
use crate::reconcile::locked;

/// Roles and ancestors from a list, policies from the same memory that is written to.
pub struct Roles {
    iam: Arc<MemoryIam>,
    known: Mutex<BTreeMap<String, BTreeSet<String>>>,
    parents: Mutex<BTreeMap<ResourceName, ResourceName>>,
    stalls: Mutex<BTreeSet<String>>,
}

impl Roles {
    /// No role is known, and nothing is above anything.
    pub fn beside(iam: Arc<MemoryIam>) -> Self {
        Self {
            iam,
            known: Mutex::default(),
            parents: Mutex::default(),
            stalls: Mutex::default(),
        }
    }

    /// From now on the role includes these permissions.
    pub fn set(&self, role: &str, permissions: &[&str]) {
        let permissions = permissions.iter().map(|one| (*one).to_owned()).collect();
        locked(&self.known).insert(role.to_owned(), permissions);
    }

    /// Puts a resource below another.
    pub fn put_below(&self, resource: &str, parent: &str) {
        if let (Ok(resource), Ok(parent)) = (resource.parse(), parent.parse()) {
            locked(&self.parents).insert(resource, parent);
        }
    }

    /// Questions about this role, or about the policy of this resource, are never answered.
    pub fn stall(&self, name: &str) {
        locked(&self.stalls).insert(name.to_owned());
    }

    async fn wait(&self, name: &str) {
        let stalls = locked(&self.stalls).contains(name);
        if stalls {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Permissions for Roles {
    async fn of_role(&self, role: &str) -> Result<Included, IamError> {
        self.wait(role).await;
        let known = locked(&self.known).get(role).cloned();
        known.map(Arc::new).ok_or_else(|| IamError::NotFound {
            resource: role.to_owned(),
        })
    }

    async fn lineage(&self, resource: &ResourceName) -> Lineage {
        let parents = locked(&self.parents);
        let names = std::iter::successors(Some(resource), |name| parents.get(name));
        Lineage {
            names: names.cloned().collect(),
            cut_off: None,
        }
    }

    async fn policy(&self, resource: &ResourceName) -> Result<Policy, IamError> {
        self.wait(resource.as_str()).await;
        self.iam.get_policy(resource).await
    }
}
