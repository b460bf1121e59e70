//! Ways around an approval: other entitlements that give the same on weaker terms.

use std::collections::BTreeMap;

use super::reach::{self, Given};
use super::{Found, World, names};
use crate::diagnostic::Severity;
use crate::entitlement::{Entitlement, EntitlementId};

/// What another entitlement gives of the one in hand.
struct Other<'a> {
    by: &'a Entitlement,
    /// The parts in hand that it gives, too.
    parts: Vec<Given<'a>>,
}

/// Part of it, or to part of the people.
pub(super) fn overlapping(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    let weaker = weaker(one, world);
    weaker
        .iter()
        .filter(|other| !shadows(other, one, world))
        .filter_map(|other| {
            let first = other.parts.first()?;
            Some(Found::warning(
                first.path(),
                format!(
                    "some of the requesters can have {} by {} for up to {}, which needs {} instead of {}",
                    names(other.parts.iter().map(Given::words)),
                    world.name(&other.by.id),
                    other.by.duration.max,
                    approval(other.by),
                    approval(one),
                ),
                format!(
                    "give '{}' the same approval, or take the role or the requesters out of one of them",
                    other.by.id
                ),
            ))
        })
        .collect()
}

/// All of it, to all of the people, for as long.
pub(super) fn shadowed(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    let weaker = weaker(one, world);
    let shadowing = weaker.iter().find(|other| shadows(other, one, world));
    shadowing
        .map(|other| Found {
            severity: Severity::Error,
            ..Found::warning(
                "id",
                format!(
                    "'{}' is without effect: all its requesters can have all of it by {}, which needs {} instead of {}",
                    one.id,
                    world.name(&other.by.id),
                    approval(other.by),
                    approval(one),
                ),
                format!("remove '{}', or narrow '{}'", one.id, other.by.id),
            )
        })
        .into_iter()
        .collect()
}

/// Others that give something of it to somebody of its requesters with fewer people's word. Break-glass is meant to be
/// the short way, and is looked at afterwards.
fn weaker<'a>(one: &'a Entitlement, world: &World<'a>) -> Vec<Other<'a>> {
    if needed(one) == 0 || one.requesters.is_empty() {
        return Vec::new();
    }
    let mut others: BTreeMap<&EntitlementId, Other<'a>> = BTreeMap::new();
    for given in reach::all(one) {
        for wide in world.reach.including(given) {
            let by = wide.by;
            if by.break_glass.is_some() || needed(by) >= needed(one) {
                continue;
            }
            let other = others.entry(&by.id).or_insert_with(|| Other {
                by,
                parts: Vec::new(),
            });
            // A role that is both given alone and included in a wider one counts once.
            if other
                .parts
                .last()
                .is_none_or(|last| last.path() != given.path())
            {
                other.parts.push(given);
            }
        }
    }
    others
        .into_values()
        .filter(|other| world.lists_meet(&other.by.requesters, &one.requesters))
        .collect()
}

fn shadows(other: &Other<'_>, one: &Entitlement, world: &World<'_>) -> bool {
    let by = other.by;
    let asks_no_more = (!by.justification.required || one.justification.required)
        && (by.justification.pattern.is_none()
            || by.justification.pattern == one.justification.pattern)
        && by.inputs.iter().all(|input| !input.required);
    let lasts_as_long = by.duration.max >= one.duration.max
        && by.duration.min <= one.duration.min
        && by.start_latest >= one.start_latest;
    asks_no_more
        && lasts_as_long
        && other.parts.len() == reach::all(one).count()
        && world.all_covered(&one.requesters, &by.requesters)
}

fn needed(one: &Entitlement) -> u32 {
    one.approval
        .as_ref()
        .map_or(0, crate::entitlement::Approval::needed)
}

fn approval(one: &Entitlement) -> String {
    match needed(one) {
        0 => "nobody's approval".into(),
        1 => "1 approval".into(),
        count => format!("{count} approvals"),
    }
}
