//! Approval steps for which there are not enough different people.

use std::collections::BTreeSet;

use super::{Found, World, names};
use crate::email::Email;
use crate::entitlement::{Approval, Entitlement, Step};

/// The people who must agree in a set of steps, and those who can.
struct Shortage {
    steps: Vec<usize>,
    needed: usize,
    people: BTreeSet<Email>,
    /// Who cannot have it because their own word does not count; empty: nobody can have it.
    requesters: BTreeSet<Email>,
}

pub(super) fn check(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    let Some(approval) = &one.approval else {
        return Vec::new();
    };
    let Some(short) = shortage(one, approval, world) else {
        return Vec::new();
    };
    let number = |step: &usize| (step + 1).to_string();
    let numbers: Vec<String> = short.steps.iter().map(number).collect();
    let which = match &numbers[..] {
        [only] => format!("step {only} needs"),
        several => format!("steps {} together need", several.join(" and ")),
    };
    let once = if numbers.len() > 1 {
        ", and a person counts once over all steps"
    } else {
        ""
    };
    let can = match short.people.len() {
        0 => "nobody can approve".to_owned(),
        count => format!("only {count} can approve: {}", names(&short.people)),
    };
    let blocked = if short.requesters.is_empty() {
        "nobody can have it".to_owned()
    } else {
        format!(
            "{} cannot have it, since nobody approves their own request",
            names(&short.requesters)
        )
    };
    let mut refusable = approval.everybody().filter_map(|one| world.people(one));
    let is_anybody_refused =
        refusable.any(|people| people.iter().any(|person| is_refused(approval, person)));
    let last = short.steps.last().copied().unwrap_or_default();
    vec![Found::warning(
        format!("approval.steps[{last}].needed"),
        format!(
            "{which} {}, but {can}{once}; {blocked}",
            people(short.needed)
        ),
        if is_anybody_refused {
            "name more approvers, need fewer, or let the approval's constraints refuse fewer"
        } else {
            "name more approvers, or need fewer"
        },
    )]
}

fn people(count: usize) -> String {
    match count {
        1 => "1 person".into(),
        count => format!("{count} people"),
    }
}

/// Whether a constraint on the approval refuses somebody for their address alone.
fn is_refused(approval: &Approval, person: &Email) -> bool {
    let mut constraints = approval.constraints.iter();
    constraints.any(|constraint| constraint.allows_approver(person.as_str()) == Some(false))
}

/// The smallest set of steps that needs more people than may decide in them (Hall's theorem: where there is none,
/// everybody can be given a step).
fn shortage(one: &Entitlement, approval: &Approval, world: &World<'_>) -> Option<Shortage> {
    let needed = approval.needed() as usize;
    // A step whose people nobody can name, or of whom there are more than are needed at all, never lacks any.
    let pools: Vec<(usize, &Step, BTreeSet<Email>)> = approval
        .steps
        .iter()
        .enumerate()
        .filter_map(|(index, step)| {
            let lists: Option<Vec<_>> =
                step.approvers.iter().map(|one| world.people(one)).collect();
            let named: BTreeSet<Email> = lists?.into_iter().flatten().collect();
            let people: BTreeSet<Email> = named
                .into_iter()
                .filter(|person| !is_refused(approval, person))
                .take(needed + 1)
                .collect();
            (people.len() <= needed).then_some((index, step, people))
        })
        .collect();
    let mut subsets: Vec<u32> = (1..1_u32 << pools.len()).collect();
    subsets.sort_by_key(|subset| subset.count_ones());
    subsets.into_iter().find_map(|subset| {
        let chosen = pools
            .iter()
            .enumerate()
            .filter(|(position, _)| subset & (1 << position) != 0);
        let mut short = Shortage {
            steps: Vec::new(),
            needed: 0,
            people: BTreeSet::new(),
            requesters: BTreeSet::new(),
        };
        for (_, (index, step, people)) in chosen {
            short.steps.push(*index);
            short.needed += step.needed as usize;
            short.people.extend(people.iter().cloned());
        }
        if short.people.len() < short.needed {
            return Some(short);
        }
        if short.people.len() == short.needed && !approval.self_approval {
            let asks = |person: &Email| {
                let person = crate::principal::Principal::of_account(person.clone());
                one.requesters
                    .iter()
                    .any(|requester| world.covers(requester, &person))
            };
            short.requesters = short
                .people
                .iter()
                .filter(|person| asks(person))
                .cloned()
                .collect();
            return (!short.requesters.is_empty()).then_some(short);
        }
        None
    })
}
