use daypass_core::Timestamp;
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::Hash;
use daypass_core::principal::Principal;
use daypass_core::request::Ask;
use daypass_core::resource::ResourceName;
use daypass_core::role::Role;

use crate::ports::AccessToken;

/// What a person wants: an entitlement for themselves, or a role for somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// To ask for an entitlement.
    Ask(Ask),
    /// To give a role on a resource, by the one entitlement that names both.
    Give(GiveWish),
}

/// What a grantor gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveWish {
    /// The role.
    pub role: Role,
    /// The resource.
    pub resource: ResourceName,
    /// Who receives it.
    pub to: Principal,
    /// For how long.
    pub duration: Option<Duration>,
    /// From when.
    pub start_at: Option<Timestamp>,
    /// Why.
    pub justification: Option<String>,
    /// Who else shall hear of it.
    pub notify: Vec<Email>,
}

/// A yes or no.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What to tell the others.
    pub comment: Option<String>,
    /// The hash of the request that the person saw; none: the request as it stands.
    pub request: Option<Hash>,
    /// The person's own access token, from a sign-in in the browser that lent it for this.
    pub power: Option<AccessToken>,
}
