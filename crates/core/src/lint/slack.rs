//! Approval in chat.

use super::{Found, World};
use crate::entitlement::{Authority, Entitlement, Identity, SlackMode};

pub(super) fn check(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    let Some(approval) = &one.approval else {
        return Vec::new();
    };
    let needs_token =
        approval.identity == Identity::Approver || approval.authority == Authority::Google;
    if !needs_token || one.slack != SlackMode::Approve {
        return Vec::new();
    }
    vec![Found::warning(
        "slack",
        "it can be approved in chat, but that yields no token of the approver, which this approval needs",
        "write slack: confirm, which leads to a sign-in in the browser",
    )]
}
