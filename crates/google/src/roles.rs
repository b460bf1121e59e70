//! What roles hold, and the policies that are in force on a resource: for showing how far a grant reaches.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use daypass_core::blast_radius::{Lineage, Permissions as Included};
use daypass_core::iam_policy::Policy;
use daypass_core::resource::ResourceName;
use daypass_core::role::{BASIC_ROLES, Role};
use daypass_engine::ports::{Iam, IamError, Permissions};
use serde_json::Value;

use crate::connect::Google;
use crate::pages::malformed;
use crate::remembered::Remembered;

/// How long the permissions of a role are believed: Google adds to its own roles over weeks, people edit theirs.
const ROLE_LASTS: Duration = Duration::from_mins(10);

/// Most roles that are remembered. The largest have some ten thousand permissions.
const MOST_ROLES: usize = 200;

/// How long a policy is shown without being read again: somebody who reloads a page costs Google nothing.
const POLICY_LASTS: Duration = Duration::from_secs(10);

/// Most policies that are remembered; one has a few tens of kB.
const MOST_POLICIES: usize = 100;

/// What was read to be shown.
#[derive(Debug)]
pub(crate) struct Shown {
    roles: Remembered<String, Included>,
    policies: Remembered<ResourceName, Arc<Policy>>,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            roles: Remembered::lasting(ROLE_LASTS).at_most(MOST_ROLES),
            policies: Remembered::lasting(POLICY_LASTS).at_most(MOST_POLICIES),
        }
    }
}

#[async_trait]
impl Permissions for Google {
    async fn of_role(&self, role: &str) -> Result<Included, IamError> {
        let now = self.transport.sources.monotonic();
        if let Some(known) = self.shown.roles.get(&role.to_owned(), now) {
            return Ok(known);
        }
        // The name is from a policy, which anybody may have written: nothing else than a role's name becomes a path.
        let reader = match role.parse::<Role>() {
            Ok(role) => self.role_reader(&role).await?,
            Err(_) if BASIC_ROLES.contains(&role) => self.brokers.reader(),
            Err(error) => {
                let message = error.to_string();
                return Err(IamError::Refused { message });
            }
        };
        let included = Arc::new(included(&self.role(reader, role).await?)?);
        let kept = Arc::clone(&included);
        self.shown.roles.put(role.to_owned(), kept, now);
        Ok(included)
    }

    async fn lineage(&self, resource: &ResourceName) -> Lineage {
        self.all_above(resource).await
    }

    async fn policy(&self, resource: &ResourceName) -> Result<Policy, IamError> {
        let now = self.transport.sources.monotonic();
        if let Some(known) = self.shown.policies.get(resource, now) {
            return Ok((*known).clone());
        }
        let policy = self.get_policy(resource).await?;
        let kept = Arc::new(policy.clone());
        self.shown.policies.put(resource.clone(), kept, now);
        Ok(policy)
    }
}

/// What a role gives. One that is deleted or disabled stays in policies and gives nothing
/// (<https://cloud.google.com/iam/docs/reference/rest/v1/RoleLaunchStage>); one without permissions has no such field.
fn included(role: &Value) -> Result<BTreeSet<String>, IamError> {
    if role["deleted"] == Value::Bool(true) || role["stage"] == "DISABLED" {
        return Ok(BTreeSet::new());
    }
    let Some(permissions) = role.get("includedPermissions") else {
        return Ok(BTreeSet::new());
    };
    let list = permissions.as_array();
    let list = list.ok_or_else(|| malformed("permissions that are no list"))?;
    let name = |one: &Value| one.as_str().map(str::to_owned);
    let names: Option<_> = list.iter().map(name).collect();
    names.ok_or_else(|| malformed("a permission that is no text"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_role_gives() {
        let one = json!(["storage.buckets.get"]);
        for (role, expected) in [
            (json!({"includedPermissions": one, "stage": "GA"}), 1),
            (json!({"includedPermissions": one, "stage": "BETA"}), 1),
            (json!({"includedPermissions": one, "stage": "DISABLED"}), 0),
            (json!({"includedPermissions": one, "deleted": true}), 0),
            (json!({"name": "roles/empty"}), 0),
        ] {
            assert_eq!(included(&role).unwrap().len(), expected, "{role}");
        }
        for wrong in [
            json!({"includedPermissions": 1}),
            json!({"includedPermissions": [1]}),
        ] {
            assert!(included(&wrong).is_err(), "{wrong}");
        }
    }
}
