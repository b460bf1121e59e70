use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One step of an approval, as an entitlement says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepTerms {
    /// Its number, from 1.
    pub number: u32,
    /// How many different people must say yes.
    pub needed: u32,
    /// Who may decide, as IAM principals, the peers by name.
    pub approvers: Vec<String>,
    /// Whether everybody who may ask for the entitlement is among them.
    pub peers: bool,
    /// Who is asked first: `pagerduty:SCHEDULE`. It orders; it lets nobody decide who is no approver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_call: Option<String>,
    /// How often they are reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind: Option<String>,
    /// Who else may decide when nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Escalation>,
}

/// More people to decide, after a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Escalation {
    /// How long after the step began.
    pub after: String,
    /// Who may decide from then on, too.
    pub to: Vec<String>,
}

/// One step of a grant's approval, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// What the entitlement says.
    #[serde(flatten)]
    pub terms: StepTerms,
    /// How many of them have said yes.
    pub agreed: u32,
    /// Whether it is the one that is asked now. One step is open at a time.
    pub open: bool,
    /// When it was opened, while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Those to whom it is escalated by now: they may decide as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalated: Vec<String>,
}

/// One step of what a request would need, with the people by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedStep {
    /// Its number, from 1.
    pub number: u32,
    /// How many different people must say yes.
    pub needed: u32,
    /// Who may, by address.
    pub people: Vec<String>,
    /// Whether more may whom nobody can name one by one: a whole domain.
    pub others: bool,
}
