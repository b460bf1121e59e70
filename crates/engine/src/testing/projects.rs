use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use daypass_core::entitlement::Selector;
use daypass_core::resource::ResourceName;

use crate::ports::{IamError, Projects};

/// Projects that selectors find, from a list.
#[derive(Debug, Default)]
pub struct Selections(Mutex<BTreeMap<Selector, BTreeSet<ResourceName>>>);

impl Selections {
    /// From now on the selector finds these.
    pub fn set(&self, selector: Selector, projects: impl IntoIterator<Item = ResourceName>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(selector, projects.into_iter().collect());
    }
}

#[async_trait]
impl Projects for Selections {
    async fn select(&self, selector: &Selector) -> Result<BTreeSet<ResourceName>, IamError> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(found.get(selector).cloned().unwrap_or_default())
    }
}
