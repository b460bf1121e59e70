//! What may be asked for: the model of an entitlement.

mod approval_rule;
mod break_glass;
mod catalogue;
mod hash;
mod id;
mod input;
mod justification_rule;
mod load;
mod privilege;
mod raw;
mod target;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use approval_rule::{Approval, Authority, Escalation, Identity, MOST_NEEDED, MOST_STEPS, Step};
pub use break_glass::{BreakGlass, LONGEST_EMERGENCY, ReviewRule, USUAL_REVIEW_TIME};
pub use catalogue::{Catalogue, GiveError};
pub use hash::Hash;
pub use id::EntitlementId;
pub use input::{Input, InputKind, InputValue, LONGEST_INPUT, MOST_INPUTS};
pub use justification_rule::JustificationRule;
#[cfg(test)]
pub(crate) use load::expected_fields;
pub use load::{Loaded, MAX_FILE_BYTES, Place, Places, Source, load, load_with_places};
pub use privilege::{
    Impersonation, LONGEST_TOKEN, MOST_PRIVILEGES, MOST_ROLES, Privilege, ProjectsPrivilege,
    ResourcePrivilege, Selector, TOKEN_MINTER_ROLE, USUAL_TOKEN, Via,
};

use crate::constraint::Constraint;
use crate::duration::Duration;
use crate::principal::Principal;

/// One entitlement, with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// Its id.
    pub id: EntitlementId,
    /// A short name for people.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Whom to ask about it.
    pub owner: Option<Principal>,
    /// Words to find and group it by.
    pub labels: BTreeMap<String, String>,
    /// Who may ask.
    pub requesters: Vec<Principal>,
    /// Who may receive; empty: the requester only.
    pub beneficiaries: Vec<Principal>,
    /// Who may give it unasked.
    pub grantors: Vec<Principal>,
    /// What is given.
    pub privileges: Vec<Privilege>,
    /// For how long.
    pub duration: DurationRule,
    /// How far ahead it may be scheduled; none: now only.
    pub start_latest: Option<Duration>,
    /// What the requester must write.
    pub justification: JustificationRule,
    /// What the requester fills in beside it.
    pub inputs: Vec<Input>,
    /// What must hold of the request.
    pub constraints: Vec<Constraint>,
    /// Who must agree; none: nobody.
    pub approval: Option<Approval>,
    /// That it is for emergencies, and what is owed for it.
    pub break_glass: Option<BreakGlass>,
    /// Who is told, beside those who must act: `email`, `slack:#channel`, an address.
    pub notify: Vec<String>,
    /// What may be done from chat.
    pub slack: SlackMode,
}

/// What may be done from chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlackMode {
    /// Deciding there.
    Approve,
    /// Deciding after a sign-in in the browser, to which the message leads.
    Confirm,
    /// Reading only.
    Notify,
}

/// Bounds of the lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DurationRule {
    /// The shortest.
    pub min: Duration,
    /// What is taken when nothing is asked.
    pub default: Duration,
    /// The longest.
    pub max: Duration,
}

impl Entitlement {
    /// Whether the requester gets it without another person: nothing to approve, and no emergency either.
    pub fn needs_nobody(&self) -> bool {
        self.approval.is_none() && self.break_glass.is_none()
    }

    /// Everybody whom any of its lists names: requesters, beneficiaries, grantors, approvers, reviewers, the owner.
    pub fn everybody(&self) -> impl Iterator<Item = &Principal> {
        let reviewers = self.break_glass.iter().flat_map(|rule| &rule.review.by);
        self.requesters
            .iter()
            .chain(&self.beneficiaries)
            .chain(&self.grantors)
            .chain(&self.owner)
            .chain(self.approval.iter().flat_map(Approval::everybody))
            .chain(reviewers)
    }

    /// The selectors that must be resolved before it can be decided.
    pub fn selectors(&self) -> impl Iterator<Item = &Selector> {
        self.privileges.iter().filter_map(Privilege::selector)
    }

    /// The hash that grants remember.
    pub fn hash(&self) -> Hash {
        Hash::of(self)
    }
}
