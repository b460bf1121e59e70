//! The one function that decides, whatever the channel.
//!
//! `explain` is this function without the effect; a request is this function with it. Its answer carries the reasons
//! as data, so that page, terminal, chat and audit all tell the same story.

mod approver;
mod constraints;
mod eligibility;
mod membership;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use approver::{may_approve, may_review, may_veto, still_counts};
pub use constraints::{constraints_allow, constraints_still_hold};
pub use eligibility::no_longer_eligible;
pub use membership::is_among;

use crate::email::Email;
use crate::entitlement::{Approval, Entitlement, Selector};
use crate::grant::Terms;
use crate::ids::GrantId;
use crate::person::Person;
use crate::request::Ask;
use crate::resource::ResourceName;

/// Most projects that a selector may find: an approver must be able to read the list.
pub const MOST_SELECTED: usize = 100;

/// Above this difference between our clock and Google's, nothing is granted: the end of a lifetime is Google's to
/// judge, and a wrong clock would give more or less than was agreed (I8, I28).
pub const MAX_CLOCK_SKEW_SECONDS: i64 = 30;

/// Whether a difference is above [`MAX_CLOCK_SKEW_SECONDS`]: by any fraction of a second, since Google's `Date` has
/// whole seconds only, and cutting ours as well would let 31 seconds pass for 30.
pub fn is_skewed(skew: SignedDuration) -> bool {
    skew.abs() > SignedDuration::from_secs(MAX_CLOCK_SKEW_SECONDS)
}

/// What the world says, gathered before the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Google's time.
    pub now: Timestamp,
    /// By how much our own clock differs from it; none: not yet measured.
    pub skew: Option<SignedDuration>,
    /// The groups, by address, that the requester is in, nested ones included.
    pub groups: BTreeSet<Email>,
    /// The groups of the beneficiary where it is somebody else.
    pub beneficiary_groups: BTreeSet<Email>,
    /// The people in each group that the entitlement's approvers name, and in the group that receives it.
    pub members: BTreeMap<Email, BTreeSet<Email>>,
    /// The projects that each selector of the entitlement finds.
    pub projects: BTreeMap<Selector, BTreeSet<ResourceName>>,
    /// The emergencies of the requester whose review is overdue.
    pub debts: Vec<GrantId>,
}

/// A rule that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name, stable: `requester`, `duration`, ….
    pub name: String,
    /// Whether it is kept.
    pub holds: bool,
    /// What was found, in words.
    pub detail: String,
    /// What to do if it is not kept.
    pub hint: Option<String>,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A rule is broken.
    Denied,
    /// Somebody must agree.
    NeedsApproval(Approval),
    /// Nothing stands in the way.
    Granted,
}

/// A verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The verdict.
    pub outcome: Outcome,
    /// Every rule that was looked at, in order; the ones that do not hold deny.
    pub rules: Vec<Rule>,
    /// What the grant would be; none if a rule makes it unclear.
    pub terms: Option<Terms>,
    /// The people who may approve in some step, by address. Neither the requester nor who receives it, unless the
    /// entitlement says `self: true`.
    pub approvers: BTreeSet<Email>,
    /// The same, step by step.
    pub steps: Vec<DecisionStep>,
}

/// The people of one step of the approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionStep {
    /// Who may decide, by address.
    pub people: BTreeSet<Email>,
    /// Whether more may decide whom nobody can name one by one: a whole domain.
    pub open: bool,
    /// How many different people must agree.
    pub needed: u32,
}

/// Decides. Pure: the same arguments give the same answer.
pub fn decide(entitlement: &Entitlement, requester: &Person, ask: &Ask, facts: &Facts) -> Decision {
    rules::decide(entitlement, requester, ask, facts)
}

impl Rule {
    /// A rule that is kept.
    pub(crate) fn kept(name: &str, detail: String) -> Self {
        Self {
            name: name.into(),
            holds: true,
            detail,
            hint: None,
        }
    }

    /// A rule that is broken.
    pub(crate) fn broken(name: &str, detail: String, hint: &str) -> Self {
        Self {
            name: name.into(),
            holds: false,
            detail,
            hint: Some(hint.into()),
        }
    }
}
