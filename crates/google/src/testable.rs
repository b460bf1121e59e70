//! What can be held on a resource, and which of it is.

use std::collections::BTreeSet;

use daypass_core::resource::{Method, ResourceName};
use daypass_engine::ports::IamError;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

use crate::connect::Google;
use crate::iam::{MOST_PERMISSIONS, held, test};
use crate::pages::malformed;
use crate::transport::Call;

/// Permissions of a page, the most that Google gives
/// (<https://cloud.google.com/iam/docs/reference/rest/v1/permissions/queryTestablePermissions>).
const PAGE: u32 = 1_000;

/// How many tests run at the same time. A project has some 10,000 permissions: a hundred tests, thirteen round trips.
const AT_ONCE: usize = 8;

/// What Google offers as testable on the resources of [`REFUSING`], which refuse the whole test if one of them is in it
/// (facts, five systems, 1.3: found in ephemeral-iam, which leaves out the same).
const OFFERED_AND_REFUSED: [&str; 3] = [
    "resourcemanager.resourceTagBindings.create",
    "resourcemanager.resourceTagBindings.delete",
    "resourcemanager.resourceTagBindings.list",
];

/// The services that refuse them.
const REFUSING: [&str; 2] = ["compute.googleapis.com", "storage.googleapis.com"];

impl Google {
    /// Every permission that can be tested on a resource, over all pages.
    ///
    /// # Errors
    ///
    /// As Google answers; it refuses names of resources that it does not know.
    pub async fn testable_permissions(
        &self,
        resource: &ResourceName,
    ) -> Result<BTreeSet<String>, IamError> {
        let call = Call {
            method: Method::Post,
            body: Some(json!({ "fullResourceName": resource.full_name(), "pageSize": PAGE })),
            ..Call::get(
                "iam",
                "v1/permissions:queryTestablePermissions".to_owned(),
                resource.as_str(),
            )
        };
        let identity = self.identity(resource).await?;
        let entries = self.pages(identity, call, "permissions").await?;
        let mut names = entries
            .iter()
            .map(name)
            .collect::<Result<BTreeSet<_>, _>>()?;
        if REFUSING.contains(&resource.kind().service) {
            names.retain(|name| !OFFERED_AND_REFUSED.contains(&name.as_str()));
        }
        Ok(names)
    }

    /// Which of these permissions one has on the resource.
    ///
    /// # Errors
    ///
    /// The first that any of the calls meets; those still under way are then given up.
    pub async fn held_permissions(
        &self,
        resource: &ResourceName,
        permissions: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, IamError> {
        let identity = self.identity(resource).await?;
        let asked: Vec<String> = permissions.iter().cloned().collect();
        let answers: Vec<Value> = stream::iter(asked.chunks(MOST_PERMISSIONS))
            .map(async |chunk| self.patiently(identity, &test(resource, chunk)).await)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        // An answer can only tell of what was asked.
        let held = answers.iter().flat_map(held);
        Ok(held.filter(|one| permissions.contains(one)).collect())
    }
}

fn name(entry: &Value) -> Result<String, IamError> {
    entry["name"]
        .as_str()
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| malformed("a permission without a name"))
}
