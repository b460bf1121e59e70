//! Who must agree, and in which order.

use serde::{Deserialize, Serialize};

use crate::constraint::Constraint;
use crate::duration::Duration;
use crate::principal::Principal;

/// Most steps of one approval.
pub const MOST_STEPS: usize = 8;

/// Most people that one step may need.
pub const MOST_NEEDED: u32 = 20;

/// Who must agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Whose power writes the policy.
    pub identity: Identity,
    /// Whether the approver needs the power by Google's own rules, too.
    pub authority: Authority,
    /// Whether the requester counts, where they are among the approvers.
    pub self_approval: bool,
    /// Whether the approver must say why.
    pub justification_required: bool,
    /// What must hold of the approver, too.
    pub constraints: Vec<Constraint>,
    /// How long a request waits for all of them.
    pub expires: Duration,
    /// The steps, in order. A person counts once over all of them; one veto ends the request.
    pub steps: Vec<Step>,
}

impl Approval {
    /// Everybody who may have a say in some step, those included to whom it may be escalated.
    pub fn everybody(&self) -> impl Iterator<Item = &Principal> {
        self.steps.iter().flat_map(Step::everybody)
    }

    /// How many people must say yes, over all steps.
    pub fn needed(&self) -> u32 {
        self.steps.iter().map(|step| step.needed).sum()
    }
}

/// One step of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Who may decide, the peers by name.
    pub approvers: Vec<Principal>,
    /// Whether the entitlement says `peers`: its requesters are among `approvers`.
    pub peers: bool,
    /// Who is asked first. It orders and tags; it never lets anybody decide who is no approver.
    pub on_call: Option<String>,
    /// How many different people must say yes.
    pub needed: u32,
    /// How often the approvers are reminded.
    pub remind: Option<Duration>,
    /// Who else may decide when nobody does.
    pub escalate: Option<Escalation>,
}

impl Step {
    /// Everybody who may have a say in this step at some time.
    pub fn everybody(&self) -> impl Iterator<Item = &Principal> {
        let later = self.escalate.iter().flat_map(|escalation| &escalation.to);
        self.approvers.iter().chain(later)
    }
}

/// More people to decide, after a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// How long after the step began.
    pub after: Duration,
    /// Who may decide from then on, beside the approvers.
    pub to: Vec<Principal>,
}

/// Whose power writes the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Daypass's own service account.
    Broker,
    /// The last approver's own access token, which stays in memory for that write and its read-back.
    Approver,
}

/// Whether the approver needs the power by Google's own rules, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// The entitlement's word is enough.
    Entitlement,
    /// Only what Google lets the approver do to the policy, by `testIamPermissions` with the approver's own token.
    Google,
}
