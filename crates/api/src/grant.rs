use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{BlastRadius, BreakGlass, Impersonation, InputValue, Review, Step};

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// Where it stands, in the vocabulary of Google's Privileged Access Manager.
    pub state: String,
    /// The entitlement.
    pub entitlement: String,
    /// Its title.
    pub title: String,
    /// How it came about: `requested`, `given` or `extension`.
    pub origin: String,
    /// Who asked or gave.
    pub requester: String,
    /// Who receives it, as an IAM principal.
    pub beneficiary: String,
    /// What is given: selectors are expanded to the projects that they found.
    pub privileges: Vec<GrantedPrivilege>,
    /// The service accounts that the beneficiary may act as.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub impersonations: Vec<Impersonation>,
    /// For how long.
    pub duration: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// What was filled in, by the name of the input.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, InputValue>,
    /// That it is for an emergency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlass>,
    /// The review that is owed for it, or that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// When it was asked.
    pub created_at: String,
    /// When it begins, if scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<String>,
    /// Until when somebody must have decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide_by: Option<String>,
    /// When it was decided anew because its entitlement had changed: words from before that are void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_anew_at: Option<String>,
    /// From when it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_from: Option<String>,
    /// Until when it lasts: Google refuses the access from this second on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_until: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Until when the last token that came of it may work: as Google said of the last one that the server minted; where a
    /// binding let its beneficiary mint, a bound that is told once the grant is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_token_ends: Option<String>,
    /// Why it was not activated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// How many must agree, over all steps; 0: nobody.
    pub needed: u32,
    /// Who has a say in some step, as IAM principals.
    pub approvers: Vec<String>,
    /// The steps of the approval, in order. A person counts once over all of them; one veto ends the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Whether an approver must say why.
    #[serde(default)]
    pub comment_required: bool,
    /// Who has spoken.
    pub votes: Vec<Vote>,
    /// What is written into policies.
    pub bindings: Vec<Binding>,
    /// The grant that it extends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<Extends>,
    /// How far it would reach: for who may approve or deny it; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blast_radius: Option<BlastRadius>,
    /// SHA-256 of the request: an approval names it, so that nobody approves what they did not see.
    pub request_hash: String,
    /// Whether the caller may approve it now.
    pub may_decide: bool,
    /// Whether the caller may deny it now: whoever has a say in any step, in whichever step it is.
    #[serde(default)]
    pub may_deny: bool,
    /// Whether the caller may give the review that is owed.
    #[serde(default)]
    pub may_review: bool,
    /// Its page.
    pub url: String,
}

/// The grant that an extension extends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Extends {
    /// Its id.
    pub grant: String,
    /// The new end.
    pub until: String,
}

/// A role on a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantedPrivilege {
    /// The resource.
    pub resource: String,
    /// The resource whose policy is written, where it is another: a project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The role.
    pub role: String,
    /// The condition beside the lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// A binding in a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Binding {
    /// The resource whose policy it stands in.
    pub resource: String,
    /// The role.
    pub role: String,
    /// The member.
    pub member: String,
    /// What the policy was last seen to hold: `UNKNOWN`, `PRESENT` or `ABSENT`.
    pub seen: String,
}

/// One person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Vote {
    /// Who.
    pub person: String,
    /// `approve` or `deny`.
    pub word: String,
    /// The step of the approval that it was said in, from 1.
    pub step: u32,
    /// What they wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Where: `web`, `cli`, `api`, `slack`.
    pub channel: String,
    /// When.
    pub at: String,
}

/// A page of grants, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grants {
    /// The grants.
    pub grants: Vec<Grant>,
    /// Pass it as `cursor` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Asks for an entitlement (`POST grants`), or what would come of it (`POST grants:explain`). With `give`, a grantor
/// gives one role on one resource to somebody else, and `entitlement` stays empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateGrant {
    /// The entitlement's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<String>,
    /// Give instead of ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub give: Option<Give>,
    /// For how long, such as `1h30m`; absent: the entitlement's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// From when, RFC 3339; absent: as soon as it is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<String>,
    /// Only these resources or roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Who shall receive it, as an IAM principal; absent: the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beneficiary: Option<String>,
    /// What the entitlement's inputs are filled with, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub input: BTreeMap<String, InputValue>,
    /// Who else shall hear of it, by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<String>,
}

/// What a grantor gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Give {
    /// The role.
    pub role: String,
    /// The resource, a project id, or an address of the Cloud Console.
    pub on: String,
    /// Who receives it, as an IAM principal or an address.
    pub to: String,
}

/// A decision on a grant, or the reason for ending it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// What to tell the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The hash of the request that was seen. An approval must name it; a denial without it is of the request as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_hash: Option<String>,
}

/// Asks to make an active grant last longer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// By how much, such as `30m`; absent: the entitlement's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
}
