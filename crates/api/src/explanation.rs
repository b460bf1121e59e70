use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::GrantedPrivilege;

/// A rule that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rule {
    /// Its name: `requester`, `duration`, ….
    pub name: String,
    /// Whether it is kept.
    pub holds: bool,
    /// What was found.
    pub detail: String,
    /// What to do if it is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a request would come to, and why. Nothing is changed by asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// `granted`, `needs-approval` or `denied`.
    pub decision: String,
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// The people who may approve, by address.
    pub approvers: Vec<String>,
    /// How many of them must.
    pub needed: u32,
    /// How long the request would wait for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Who would receive it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beneficiary: Option<String>,
    /// What would be given.
    pub privileges: Vec<GrantedPrivilege>,
    /// For how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// From when, if later than at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<String>,
    /// What would be written into each policy, with a window as of now.
    pub conditions: Vec<String>,
}
