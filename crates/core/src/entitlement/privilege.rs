//! What an entitlement gives.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::condition::ExtraCondition;
use crate::duration::Duration;
use crate::email::Email;
use crate::resource::ResourceName;
use crate::role::Role;

/// Most privileges of one entitlement. Each role on each resource becomes a binding that has to be read, approved and
/// written; a policy holds 1,500 principals in all.
pub const MOST_PRIVILEGES: usize = 100;

/// Most roles of one privilege.
pub const MOST_ROLES: usize = 100;

/// One privilege of an entitlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Privilege {
    /// Roles on a resource.
    Resource(ResourcePrivilege),
    /// Roles on each project that a selector finds when it is asked.
    Projects(ProjectsPrivilege),
    /// Acting as a service account.
    Impersonation(Impersonation),
}

impl Privilege {
    /// The roles that it gives; none for an impersonation.
    pub fn roles(&self) -> &[Role] {
        match self {
            Self::Resource(privilege) => &privilege.roles,
            Self::Projects(privilege) => &privilege.roles,
            Self::Impersonation(_) => &[],
        }
    }

    /// Roles on a resource that is named.
    pub fn on_resource(&self) -> Option<&ResourcePrivilege> {
        match self {
            Self::Resource(privilege) => Some(privilege),
            _ => None,
        }
    }

    /// The projects that must be looked for before it can be given.
    pub fn selector(&self) -> Option<&Selector> {
        match self {
            Self::Projects(privilege) => Some(&privilege.selector),
            _ => None,
        }
    }

    /// What it is on, in words: a resource's name, a selector, a service account.
    pub fn place(&self) -> String {
        match self {
            Self::Resource(privilege) => privilege.resource.to_string(),
            Self::Projects(privilege) => privilege.selector.to_string(),
            Self::Impersonation(impersonation) => impersonation.service_account.to_string(),
        }
    }
}

/// Roles on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcePrivilege {
    /// The resource that the entitlement names.
    pub resource: ResourceName,
    /// The resource whose policy is written: the same, or its project where the entitlement says `at: project`.
    pub target: ResourceName,
    /// The roles.
    pub roles: Vec<Role>,
    /// The condition beside the window: the entitlement's own, and the limit to `resource` where `target` is its
    /// project.
    pub condition: Option<ExtraCondition>,
}

/// Roles on all projects that a selector finds. The approver sees and approves the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectsPrivilege {
    /// Which projects.
    pub selector: Selector,
    /// The roles.
    pub roles: Vec<Role>,
    /// The condition beside the window.
    pub condition: Option<ExtraCondition>,
}

/// The active projects below a folder, at any depth, that carry all of these labels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Selector {
    /// The folder, `folders/NUMBER`.
    pub folder: ResourceName,
    /// The labels, all of which must agree.
    pub labels: BTreeMap<String, String>,
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects below {}", self.folder)?;
        for (position, (label, value)) in self.labels.iter().enumerate() {
            let between = if position == 0 { " with" } else { "," };
            write!(f, "{between} {label}={value}")?;
        }
        Ok(())
    }
}

/// The right to act as a service account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Impersonation {
    /// The account.
    pub service_account: Email,
    /// How.
    pub via: Via,
    /// The longest lifetime of one token.
    pub token_max: Duration,
}

/// How somebody comes to act as a service account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The server mints a token that ends with the grant at the latest; no policy is written.
    Broker,
    /// A conditional binding of a role that holds only `iam.serviceAccounts.getAccessToken`. A token may outlive the
    /// grant by up to its own lifetime.
    Binding,
}

/// The id of the custom role that `via: binding` gives, in the service account's own project. It holds only
/// `iam.serviceAccounts.getAccessToken`; `doctor --print-iam` prints it. Never Token Creator, which can sign as well.
pub const TOKEN_MINTER_ROLE: &str = "daypassTokenMinter";

/// Longest lifetime of a token that an entitlement may allow without the organisation policy
/// `iam.allowServiceAccountCredentialLifetimeExtension`: one hour
/// (<https://cloud.google.com/iam/docs/create-short-lived-credentials-direct>).
pub const LONGEST_TOKEN: Duration = Duration::minutes(60);

/// The lifetime of a token where nothing is said: ten minutes.
pub const USUAL_TOKEN: Duration = Duration::minutes(10);
