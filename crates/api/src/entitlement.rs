use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{BreakGlass, Input, ReviewTerms, StepTerms};

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
    /// Words to find and group it by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
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
    /// A regular expression that must be found in the justification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification_pattern: Option<String>,
    /// What is filled in beside it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    /// Who must agree; absent: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalTerms>,
    /// That it is for emergencies: at once, and who is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlass>,
    /// The review that is owed for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewTerms>,
    /// Who is told: `email`, `slack:#channel`, an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<String>,
    /// What may be done from chat: `approve`, `confirm` or `notify`.
    pub slack: String,
    /// Whether the caller may ask for it.
    pub may_request: bool,
    /// Whether the caller may give it to others.
    pub may_give: bool,
    /// Whether the caller may approve requests for it.
    pub may_approve: bool,
}

/// One thing that an entitlement gives: exactly one of `resource`, `projects` and `impersonate` is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Privilege {
    /// Roles on this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The resource whose policy is written, where it is another: a project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Roles on each project that is found when it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Selector>,
    /// Acting as a service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonate: Option<Impersonation>,
    /// The roles; none where it lets one act as a service account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The condition beside the lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// The active projects below a folder, at any depth, that carry all of these labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Selector {
    /// The folder.
    pub folder: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
}

/// The right to act as a service account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Impersonation {
    /// Its address.
    pub service_account: String,
    /// `broker`: the server mints tokens that end with the grant. `binding`: a role to mint them is given, and a token
    /// may outlive the grant by up to its own lifetime.
    pub via: String,
    /// The longest lifetime of one token.
    pub token_max: String,
}

/// Who must agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalTerms {
    /// The steps, in order. A person counts once over all of them; one veto ends the request.
    pub steps: Vec<StepTerms>,
    /// How many different people must say yes, over all steps.
    pub needed: u32,
    /// How long a request waits for all of them.
    pub expires: String,
    /// Whether the requester counts, where they are among the approvers.
    pub self_approval: bool,
    /// Whether an approver must say why.
    pub comment_required: bool,
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
