//! Ways around an approval: other entitlements that give the same on weaker terms.

use std::collections::BTreeMap;

use super::reach::{self, Given};
use super::{Found, World, names};
use crate::constraint::Constraint;
use crate::diagnostic::Severity;
use crate::entitlement::{Authority, Entitlement, EntitlementId, Identity};
use crate::principal::Principal;

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

/// Whether nobody needs the one in hand. Whatever the other asks for, this one must ask for, too: a condition that only
/// the other has is a reason to have both.
fn shadows(other: &Other<'_>, one: &Entitlement, world: &World<'_>) -> bool {
    let by = other.by;
    let lasts_as_long = by.duration.max >= one.duration.max
        && by.duration.min <= one.duration.min
        && by.start_latest >= one.start_latest;
    // Nobody at all is covered by anybody.
    let reaches = |narrow: &[Principal], wide: &[Principal]| {
        narrow.is_empty() || world.all_covered(narrow, wide)
    };
    asks_no_more(by, one)
        && lasts_as_long
        && other.parts.len() == reach::all(one).count()
        && world.all_covered(&one.requesters, &by.requesters)
        && reaches(&one.beneficiaries, &by.beneficiaries)
        && reaches(&one.grantors, &by.grantors)
        && is_approved_as_easily(by, one, world)
}

/// Whether it asks the requester for nothing that the one in hand does not ask for.
fn asks_no_more(by: &Entitlement, one: &Entitlement) -> bool {
    let (asked, own) = (&by.justification, &one.justification);
    let justification = (!asked.required || own.required)
        && (asked.pattern.is_none() || asked.pattern == own.pattern);
    let mut required = by.inputs.iter().filter(|input| input.required);
    let inputs = required.all(|input| one.inputs.contains(input));
    // What is asked about resources may have another answer where the other gives more of them.
    let same_resources = by.privileges == one.privileges;
    let constraints = are_among(&by.constraints, &one.constraints)
        && (same_resources || !by.constraints.iter().any(Constraint::uses_resource));
    justification && inputs && constraints
}

/// Whether whoever could approve the one in hand can approve it on no harder terms.
fn is_approved_as_easily(by: &Entitlement, one: &Entitlement, world: &World<'_>) -> bool {
    let Some(asked) = &by.approval else {
        return true;
    };
    let Some(own) = &one.approval else {
        return false;
    };
    let approvers: Vec<Principal> = own.everybody().cloned().collect();
    are_among(&asked.constraints, &own.constraints)
        && (asked.identity == Identity::Broker || asked.identity == own.identity)
        && (asked.authority == Authority::Entitlement || asked.authority == own.authority)
        && (!asked.justification_required || own.justification_required)
        && (asked.self_approval || !own.self_approval)
        && asked
            .steps
            .iter()
            .all(|step| world.all_covered(&approvers, &step.approvers))
}

/// Whether each of the constraints stands among the others, whatever its name.
fn are_among(constraints: &[Constraint], others: &[Constraint]) -> bool {
    constraints.iter().all(|constraint| {
        others
            .iter()
            .any(|other| other.expression() == constraint.expression())
    })
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
