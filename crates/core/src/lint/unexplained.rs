//! Grants that nobody can explain afterwards.

use super::{Found, World};
use crate::entitlement::Entitlement;

pub(super) fn check(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    if one.approval.is_some() || one.justification.required || one.requesters.is_empty() {
        return Vec::new();
    }
    vec![Found::warning(
        "id",
        "nobody approves it and nobody says why: the audit trail will not tell what it was for",
        "leave out justification: {required: false}",
    )]
}
