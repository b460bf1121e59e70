//! What a person may see, with what they may do about it.

use daypass_core::entitlement::{Entitlement, EntitlementId};
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::state::State;

/// A grant, as one person sees it.
#[derive(Debug, Clone)]
pub struct GrantView {
    /// The grant.
    pub grant: Grant,
    /// Whether the person may approve it now.
    pub may_decide: bool,
    /// Whether the person may deny it now: whoever has a say in any step, in whichever step it is.
    pub may_deny: bool,
    /// Whether the person may give the review that is owed for it.
    pub may_review: bool,
    /// Whether the person may withdraw, drop or revoke it now.
    pub may_end: bool,
}

/// An entitlement, as one person sees it.
#[derive(Debug, Clone)]
pub struct EntitlementView {
    /// The entitlement.
    pub entitlement: Entitlement,
    /// Whether the person may ask for it.
    pub may_request: bool,
    /// Whether the person may give it.
    pub may_give: bool,
    /// Whether the person may approve requests for it.
    pub may_approve: bool,
}

/// Which grants a person wants to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GrantScope {
    /// Those that they asked for, gave or receive.
    #[default]
    Mine,
    /// Those that wait for their word.
    Inbox,
    /// Emergencies that wait for their review.
    Reviews,
    /// Those of entitlements that they approve, give or own, and their own.
    Overseen,
}

/// A query for grants.
#[derive(Debug, Clone, Default)]
pub struct GrantsQuery {
    /// Whose.
    pub scope: GrantScope,
    /// In which states; empty: any.
    pub states: Vec<State>,
    /// Of which entitlement.
    pub entitlement: Option<EntitlementId>,
    /// Older than this one: the cursor.
    pub before: Option<GrantId>,
    /// At most so many.
    pub limit: usize,
}
