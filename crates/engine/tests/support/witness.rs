use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use daypass_core::audit::Action;
use daypass_core::binding::{CanonicalResource, TITLE_PREFIX};
use daypass_core::iam_policy::Policy;
use daypass_core::ids::GrantId;
use daypass_core::reason::RequestReason;
use daypass_core::resource::ResourceName;
use daypass_core::role::Role;
use daypass_engine::ports::{AccessToken, AuditFilter, Iam, IamError, Store};
use daypass_engine::testing::MemoryIam;
use serde_json::Value;

use super::bindings;

/// Stands before IAM and looks at every write at the moment that it is sent: what it adds and removes must be in the
/// durable record already (I12), and what is not ours must be as in the version that was read (I1).
pub(crate) struct Witness {
    iam: Arc<MemoryIam>,
    /// The way the calls take: as Daypass, or as a person.
    through: Arc<dyn Iam>,
    store: Arc<dyn Store>,
    violations: Arc<Mutex<Vec<String>>>,
    hanging: Arc<Mutex<Hanging>>,
}

/// Which questions about which resource are never answered.
#[derive(Default)]
struct Hanging {
    policy: Option<ResourceName>,
    name: Option<ResourceName>,
}

/// What may stand in the record before a binding of a grant is removed.
const ENDINGS: [Action; 8] = [
    Action::RevocationBegun,
    Action::Revoked,
    Action::Ended,
    Action::Superseded,
    Action::ExtensionBegun,
    Action::ActivationAbandoned,
    Action::ActivationFailed,
    Action::SweepIntended,
];

impl Witness {
    pub(crate) fn new(iam: Arc<MemoryIam>, store: Arc<dyn Store>) -> Self {
        Self {
            through: iam.clone(),
            iam,
            store,
            violations: Arc::default(),
            hanging: Arc::default(),
        }
    }

    /// Lets every question about this resource wait for ever.
    pub(crate) fn hang(&self, resource: &str) {
        self.hang_policy(resource);
        self.hanging.lock().unwrap().name = Some(resource.parse().unwrap());
    }

    /// Lets every read of this resource's policy wait for ever.
    pub(crate) fn hang_policy(&self, resource: &str) {
        self.hanging.lock().unwrap().policy = Some(resource.parse().unwrap());
    }

    async fn answers(&self, of: impl Fn(&Hanging) -> &Option<ResourceName>, asked: &ResourceName) {
        let hangs = of(&self.hanging.lock().unwrap()).as_ref() == Some(asked);
        if hangs {
            std::future::pending::<()>().await;
        }
    }

    /// What went wrong so far.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    async fn look(&self, resource: &ResourceName, planned: &Policy) {
        let history = self.iam.history(resource.as_str());
        let read = history
            .into_iter()
            .rev()
            .find(|version| version["etag"].as_str() == planned.etag());
        let before = bindings(&read.unwrap_or_default());
        let after = bindings(&planned.to_json());
        let filter = AuditFilter {
            limit: usize::MAX,
            ..AuditFilter::default()
        };
        let trail = self.store.audit_entries(&filter).await.unwrap();
        let recorded = |binding: &Value, actions: &[Action]| {
            let id = grant_of(binding);
            trail
                .iter()
                .any(|one| one.entry.grant == id && actions.contains(&one.entry.action))
        };
        let mut found = Vec::new();
        for added in after
            .iter()
            .filter(|one| is_ours(one) && !before.contains(one))
        {
            if !recorded(added, &[Action::Intended]) {
                found.push(format!("written before its intent was recorded: {added}"));
            }
        }
        for removed in before
            .iter()
            .filter(|one| is_ours(one) && !after.contains(one))
        {
            let replaced = after.iter().any(|one| grant_of(one) == grant_of(removed));
            if !replaced && !recorded(removed, &ENDINGS) {
                found.push(format!("removed before its end was recorded: {removed}"));
            }
        }
        let foreign = |list: &[Value]| {
            list.iter()
                .filter(|one| !is_ours(one))
                .cloned()
                .collect::<Vec<_>>()
        };
        if foreign(&before) != foreign(&after) {
            found.push(format!("bindings of others changed on {resource}"));
        }
        self.violations.lock().unwrap().extend(found);
    }
}

/// Whether the binding bears our title.
pub(crate) fn is_ours(binding: &Value) -> bool {
    title(binding).starts_with(TITLE_PREFIX)
}

/// The title of the binding's condition.
pub(crate) fn title(binding: &Value) -> &str {
    binding["condition"]["title"].as_str().unwrap_or_default()
}

fn grant_of(binding: &Value) -> Option<GrantId> {
    title(binding)
        .strip_prefix(TITLE_PREFIX)?
        .split(' ')
        .next()?
        .parse()
        .ok()
}

#[async_trait]
impl Iam for Witness {
    async fn get_policy(&self, resource: &ResourceName) -> Result<Policy, IamError> {
        self.answers(|hanging| &hanging.policy, resource).await;
        self.through.get_policy(resource).await
    }

    async fn set_policy(
        &self,
        resource: &ResourceName,
        policy: &Policy,
        reason: &RequestReason,
    ) -> Result<Policy, IamError> {
        self.look(resource, policy).await;
        self.through.set_policy(resource, policy, reason).await
    }

    async fn canonical(&self, resource: &ResourceName) -> Result<CanonicalResource, IamError> {
        self.answers(|hanging| &hanging.name, resource).await;
        self.iam.canonical(resource).await
    }

    async fn takes_conditions(&self, resource: &ResourceName) -> Result<bool, IamError> {
        self.iam.takes_conditions(resource).await
    }

    async fn role_exists(&self, role: &Role) -> Result<bool, IamError> {
        self.iam.role_exists(role).await
    }

    async fn test_permissions(
        &self,
        resource: &ResourceName,
        permissions: &[String],
    ) -> Result<Vec<String>, IamError> {
        self.through.test_permissions(resource, permissions).await
    }

    fn as_person(self: Arc<Self>, token: AccessToken) -> Arc<dyn Iam> {
        Arc::new(Self {
            iam: Arc::clone(&self.iam),
            through: self.iam.clone().as_person(token),
            store: Arc::clone(&self.store),
            violations: Arc::clone(&self.violations),
            hanging: Arc::clone(&self.hanging),
        })
    }
}
