//! Who looks at an emergency afterwards.

use super::{Found, World, names};
use crate::entitlement::Entitlement;

pub(super) fn check(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    let Some(break_glass) = &one.break_glass else {
        return Vec::new();
    };
    let by = &break_glass.review.by;
    let path = "break_glass.review.by[0]";
    let known: Option<Vec<_>> = by.iter().map(|one| world.people(one)).collect();
    let people: Option<Vec<_>> = known
        .map(|lists| {
            lists
                .into_iter()
                .flatten()
                .collect::<std::collections::BTreeSet<_>>()
        })
        .map(|people| people.into_iter().collect());
    if let Some([only]) = people.as_deref() {
        let only = crate::principal::Principal::of_account(only.clone());
        if one
            .requesters
            .iter()
            .any(|requester| world.meet(requester, &only))
        {
            return vec![Found::warning(
                path,
                format!(
                    "only {only} reviews it, who may also ask: nobody reviews their own emergency"
                ),
                "name a group that does not ask for it, such as by: [group:security@example.com]",
            )];
        }
    }
    if !world.all_covered(by, &one.requesters) {
        return Vec::new();
    }
    vec![Found::warning(
        path,
        format!(
            "all reviewers may also ask: {} review each other",
            names(by)
        ),
        "name people outside the requesters, such as by: [group:security@example.com]",
    )]
}

pub(super) fn ownerless(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    if one.break_glass.is_none() || one.owner.is_some() {
        return Vec::new();
    }
    vec![Found::warning(
        "break_glass",
        "no owner is told of the emergency, nor when its review is overdue",
        "add owner: group:TEAM@example.com to the entitlement",
    )]
}
