//! What was asked: the part of a grant that never changes, and that an approval is for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::condition::ExtraCondition;
use crate::duration::Duration;
use crate::email::Email;
use crate::entitlement::{BreakGlass, EntitlementId, Hash, Impersonation, InputValue};
use crate::ids::GrantId;
use crate::justification::Justification;
use crate::person::Person;
use crate::principal::Principal;
use crate::resource::ResourceName;
use crate::role::Role;

/// The terms of a grant. They are derived by [`crate::decide`] from the entitlement, never taken from the client, so
/// that what an approver reads is what the policy gets (T4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The entitlement.
    pub entitlement: EntitlementId,
    /// Its title at that time.
    pub title: String,
    /// Its hash at that time.
    pub entitlement_hash: Hash,
    /// How it came about.
    pub origin: Origin,
    /// Who asked or gave.
    pub requester: Person,
    /// Who receives it.
    pub beneficiary: Principal,
    /// What is given, one role on one resource each.
    pub privileges: Vec<GrantedPrivilege>,
    /// The service accounts that the beneficiary may act as by tokens that the server mints.
    pub impersonations: Vec<Impersonation>,
    /// How long it lasts from its activation.
    pub duration: Duration,
    /// When it begins; none: as soon as it is approved.
    pub start_at: Option<Timestamp>,
    /// Why.
    pub justification: Option<Justification>,
    /// What was filled in.
    pub inputs: BTreeMap<String, InputValue>,
    /// That it is for an emergency, and what is owed for it.
    pub break_glass: Option<BreakGlass>,
    /// Who else hears of it.
    pub notify: Vec<Email>,
}

impl Terms {
    /// The hash that approvals are bound to (I5).
    pub fn hash(&self) -> Hash {
        Hash::of(self)
    }
}

/// How a grant came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Origin {
    /// Somebody asked for it.
    Requested,
    /// A grantor gave it unasked.
    Given,
    /// It takes the place of another grant and ends later. The end is fixed when it is asked (I21).
    Extension {
        /// The grant that it extends.
        parent: GrantId,
        /// The start of the parent, which is kept.
        start: Timestamp,
        /// The new end.
        end: Timestamp,
    },
}

/// One role on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GrantedPrivilege {
    /// The resource that the entitlement names.
    pub resource: ResourceName,
    /// The resource whose policy is written.
    pub target: ResourceName,
    /// The role.
    pub role: Role,
    /// The condition beside the window.
    pub condition: Option<ExtraCondition>,
}
