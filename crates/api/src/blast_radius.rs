use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a grant reaches: what its beneficiary could do with it that they cannot do anyway. Only allow policies are
/// compared: deny policies and principal access boundaries may leave less, and what the beneficiary has under a
/// condition does not count as theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlastRadius {
    /// The permissions that the beneficiary would gain somewhere, by name.
    pub gained: Vec<String>,
    /// How many permissions they have already, for good, wherever the grant would give them.
    pub already: u32,
    /// Those that they have until some time by other grants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lent: Vec<LentPermission>,
    /// The dangerous ones among those gained and lent, the worst first.
    pub dangerous: Vec<DangerousPermission>,
    /// What they could do as the service accounts that they could act as.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub as_accounts: Vec<AsAccount>,
    /// What could not be read: then more is shown as gained than there is, or something is missing that is named here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<UnknownPart>,
}

/// A permission that somebody has by another grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LentPermission {
    /// The permission.
    pub permission: String,
    /// Until when.
    pub until: String,
}

/// A permission that leads further than it seems to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DangerousPermission {
    /// The permission.
    pub permission: String,
    /// `access`, `identity`, `keys`, `code`, `guardrails`, `secrets`, `traces` or `destruction`.
    pub category: String,
    /// What its holder can do; completes "can".
    pub can: String,
    /// The resources that it would be given on.
    pub on: Vec<String>,
    /// Whether it would hold only where a condition of the privilege does.
    #[serde(default)]
    pub limited: bool,
    /// Until when they have it already on all of them, by other grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// What somebody could do as a service account, in its own project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AsAccount {
    /// The account.
    pub service_account: String,
    /// Its project.
    pub on: String,
    /// What it may do there, and the beneficiary may not.
    pub gained: Vec<String>,
    /// The dangerous ones among them.
    pub dangerous: Vec<DangerousPermission>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnknownPart {
    /// What.
    pub about: String,
    /// Why.
    pub why: String,
}
