//! Giving instead of asking.

use super::{Found, World, names};
use crate::entitlement::Entitlement;

/// Giving what is for emergencies: the gift is none.
pub(super) fn of_emergencies(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    if one.break_glass.is_none() || one.grantors.is_empty() {
        return Vec::new();
    }
    vec![Found::warning(
        "grantors[0]",
        format!(
            "what {} may give owes no review and calls nobody, unlike the emergency itself",
            names(&one.grantors)
        ),
        "leave out grantors: in an emergency, whoever may ask has it at once",
    )]
}

pub(super) fn check(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    if one.approval.is_none() {
        return Vec::new();
    }
    let both = one.grantors.iter().enumerate().filter(|(_, grantor)| {
        one.requesters
            .iter()
            .any(|requester| world.meet(grantor, requester))
    });
    let both: Vec<_> = both.collect();
    let Some((first, _)) = both.first() else {
        return Vec::new();
    };
    vec![Found::warning(
        format!("grantors[{first}]"),
        format!(
            "some of {} may both ask and give: they can give it to each other without the approval",
            names(both.iter().map(|(_, grantor)| grantor))
        ),
        "let grantors be people who do not need it themselves, or leave out grantors",
    )]
}
