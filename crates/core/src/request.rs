//! What somebody asks for, before it is decided.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::condition::Window;
use crate::duration::Duration;
use crate::email::Email;
use crate::entitlement::{EntitlementId, Impersonation};
use crate::grant::GrantedPrivilege;
use crate::ids::GrantId;
use crate::principal::Principal;

/// A request as it came in. Everything else about the grant is derived from the entitlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What kind of request it is.
    pub kind: AskKind,
    /// The entitlement.
    pub entitlement: EntitlementId,
    /// Who shall receive it; none: the requester.
    pub beneficiary: Option<Principal>,
    /// For how long; none: the entitlement's default.
    pub duration: Option<Duration>,
    /// From when; none: as soon as it is approved.
    pub start_at: Option<Timestamp>,
    /// Only these resources or roles of the entitlement; empty: all.
    pub only: Vec<String>,
    /// Why, as it was typed.
    pub justification: Option<String>,
    /// What was filled in, as it was typed, by the name of the input.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// Who else shall hear of it.
    pub notify: Vec<Email>,
}

/// The kinds of request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AskKind {
    /// Somebody asks.
    Request,
    /// A grantor gives one role on one resource unasked.
    Give,
    /// Somebody asks to make an active grant last longer.
    Extend(Parent),
}

/// The grant that an extension extends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its id.
    pub grant: GrantId,
    /// Its window.
    pub window: Window,
    /// Who has it.
    pub beneficiary: Principal,
    /// What it gives.
    pub privileges: Vec<GrantedPrivilege>,
    /// The service accounts that it lets one act as.
    #[serde(default)]
    pub impersonations: Vec<Impersonation>,
    /// Whether the one who asks had given it: then this is a gift, too.
    #[serde(default)]
    pub given: bool,
}

impl Ask {
    /// Whether a grantor gives unasked, or makes a gift of theirs last longer: the grantors' list counts, and nobody
    /// else need agree.
    pub fn gives(&self) -> bool {
        match &self.kind {
            AskKind::Request => false,
            AskKind::Give => true,
            AskKind::Extend(parent) => parent.given,
        }
    }

    /// A plain request with the entitlement's defaults.
    pub fn new(entitlement: EntitlementId) -> Self {
        Self {
            kind: AskKind::Request,
            entitlement,
            beneficiary: None,
            duration: None,
            start_at: None,
            only: Vec::new(),
            justification: None,
            inputs: BTreeMap::new(),
            notify: Vec::new(),
        }
    }
}
