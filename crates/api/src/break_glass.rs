use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// That it is for emergencies: nobody needs to agree, people are called, and a review is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BreakGlass {
    /// Who is called: `pagerduty:SERVICE`, a chat channel, an address.
    pub page: Vec<String>,
}

/// The review that an emergency owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewTerms {
    /// Who may review, as IAM principals; neither who asked nor who received it.
    pub by: Vec<String>,
    /// How long after the request it is due.
    pub within: String,
}

/// The review of one emergency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// Who may review, as IAM principals.
    pub by: Vec<String>,
    /// When it is due.
    pub due_at: String,
    /// Whether it is owed still, and late.
    pub overdue: bool,
    /// What was said; absent: it is owed, unless the grant never came to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<ReviewWord>,
}

/// What a reviewer said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewWord {
    /// Who.
    pub person: String,
    /// Whether it was an emergency.
    pub justified: bool,
    /// What they wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When.
    pub at: String,
}

/// Gives the review of an emergency (`POST grants/{id}:review`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveReview {
    /// Whether it was an emergency.
    pub justified: bool,
    /// What to keep with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}
