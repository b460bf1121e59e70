//! Approval among those who may ask.

use super::{Found, World, names};
use crate::entitlement::Entitlement;

pub(super) fn check(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    let Some(approval) = &one.approval else {
        return Vec::new();
    };
    // Whom a step escalates to comes in beside its approvers, who need not wait for them.
    let approvers: Vec<_> = approval
        .steps
        .iter()
        .flat_map(|step| step.approvers.iter().cloned())
        .collect();
    if !world.all_covered(&approvers, &one.requesters) {
        return Vec::new();
    }
    let only_peers = approval.steps.iter().all(|step| step.peers);
    let who = if only_peers {
        "only peers approve it".to_owned()
    } else {
        format!("all approvers are requesters: {}", names(&approvers))
    };
    let together = approval.needed() + 1;
    vec![Found::warning(
        "approval.steps[0].approvers[0]",
        format!("{who}; {together} of them together can have it at any time"),
        "add a step with approvers who may not ask for it themselves, such as \
         {approvers: [group:leads@example.com]}",
    )]
}
