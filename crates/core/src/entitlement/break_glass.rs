//! Power for emergencies: at once, short, told to the owners, and looked at afterwards.

use serde::{Deserialize, Serialize};

use crate::duration::Duration;
use crate::principal::Principal;

/// Longest lifetime of a break-glass grant: an emergency that lasts longer asks again.
pub const LONGEST_EMERGENCY: Duration = Duration::minutes(4 * 60);

/// How long a review may take where the entitlement does not say.
pub const USUAL_REVIEW_TIME: Duration = Duration::minutes(24 * 60);

/// That nobody needs to agree, and what is owed for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakGlass {
    /// Who is called: on-call services such as `pagerduty:PABC123`, chat channels, addresses.
    pub page: Vec<String>,
    /// The review that is owed.
    pub review: ReviewRule,
}

/// Who looks at it afterwards, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRule {
    /// Who may review: neither the requester nor the one who received it.
    pub by: Vec<Principal>,
    /// How long after the request it is due. From then on it is a debt.
    pub within: Duration,
}
