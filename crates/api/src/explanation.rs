use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    BlastRadius, BreakGlass, ExplainedStep, GrantedPrivilege, Impersonation, InputValue,
    ReviewTerms,
};

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
    /// The people who may approve in some step, by address.
    pub approvers: Vec<String>,
    /// How many of them must, over all steps.
    pub needed: u32,
    /// The same, step by step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<ExplainedStep>,
    /// Whether an approver must say why.
    #[serde(default)]
    pub comment_required: bool,
    /// How long the request would wait for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Who would receive it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beneficiary: Option<String>,
    /// What would be given: selectors are expanded to the projects that they find now.
    pub privileges: Vec<GrantedPrivilege>,
    /// The service accounts that the beneficiary could act as.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub impersonations: Vec<Impersonation>,
    /// What is filled in, by the name of the input.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, InputValue>,
    /// That it would be for an emergency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlass>,
    /// The review that would be owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewTerms>,
    /// For how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// From when, if later than at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<String>,
    /// How far it would reach; absent if it is denied, or explained without a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blast_radius: Option<BlastRadius>,
    /// What would be written into each policy, with a window as of now.
    pub conditions: Vec<String>,
}
