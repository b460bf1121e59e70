//! Approval by the one who asks.

use super::{Found, World};
use crate::entitlement::Entitlement;

pub(super) fn check(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    let Some(approval) = one.approval.as_ref().filter(|rule| rule.self_approval) else {
        return Vec::new();
    };
    let approvers: Vec<_> = approval.everybody().cloned().collect();
    if !world.lists_meet(&approvers, &one.requesters) {
        // Without known groups, nothing is certain.
        return Vec::new();
    }
    // A person counts once over all steps, so two are enough for a second pair of eyes.
    if approval.needed() > 1 {
        return Vec::new();
    }
    vec![Found::warning(
        "approval",
        "self: true and one approval: a requester who is among the approvers needs nobody else",
        "write approval: none if that is meant, else needed: 2, a second step, or leave out self",
    )]
}
