use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What may be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entitlement {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Whom to ask about it, as an IAM principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it gives.
    pub privileges: Vec<Privilege>,
    /// The shortest duration.
    pub min_duration: String,
    /// The duration if none is asked for.
    pub default_duration: String,
    /// The longest duration.
    pub max_duration: String,
    /// How far ahead it may be scheduled; absent: now only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_latest: Option<String>,
    /// Whether a justification is required.
    pub justification_required: bool,
    /// What to write as justification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification_hint: Option<String>,
    /// Who must agree; absent: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalTerms>,
    /// Whether the caller may ask for it.
    pub may_request: bool,
    /// Whether the caller may give it to others.
    pub may_give: bool,
    /// Whether the caller may approve requests for it.
    pub may_approve: bool,
}

/// Roles on a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Privilege {
    /// The resource.
    pub resource: String,
    /// The resource whose policy is written, where it is another: a project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The roles.
    pub roles: Vec<String>,
    /// The condition beside the lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Who must agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalTerms {
    /// Who may decide, as IAM principals.
    pub approvers: Vec<String>,
    /// How many different people must say yes.
    pub needed: u32,
    /// How long a request waits.
    pub expires: String,
}

/// A page of entitlements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entitlements {
    /// The entitlements, by id.
    pub entitlements: Vec<Entitlement>,
    /// Pass it as `cursor` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
