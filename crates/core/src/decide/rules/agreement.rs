//! Whether the people who must agree are there.

use std::collections::BTreeSet;

use super::refused::Refused;
use crate::decide::{DecisionStep, Facts, Rule};
use crate::email::Email;
use crate::entitlement::Approval;
use crate::person::Person;
use crate::principal::Principal;

/// The people of each step, without those whose word does not count.
pub(super) fn steps(
    approval: &Approval,
    requester: &Person,
    beneficiary: Option<&Principal>,
    facts: &Facts,
) -> Vec<DecisionStep> {
    approval
        .steps
        .iter()
        .map(|step| {
            let mut people = BTreeSet::new();
            let mut open = false;
            for principal in &step.approvers {
                match principal {
                    Principal::Group(group) => {
                        people.extend(facts.members.get(group).into_iter().flatten().cloned());
                    }
                    Principal::User(email) | Principal::ServiceAccount(email) => {
                        people.insert(email.clone());
                    }
                    // Nobody can name them all.
                    Principal::Domain(_) | Principal::Federated(_) | Principal::FederatedSet(_) => {
                        open = true;
                    }
                }
            }
            if !approval.self_approval {
                people.remove(&requester.email);
                if let Some(email) = beneficiary.and_then(Principal::email) {
                    people.remove(email);
                }
                // Who receives it as one of a group receives it.
                if let Some(Principal::Group(group)) = beneficiary {
                    let gaining = facts.members.get(group);
                    people.retain(|one| !gaining.is_some_and(|members| members.contains(one)));
                }
            }
            DecisionStep {
                people,
                open,
                needed: step.needed,
            }
        })
        .collect()
}

/// Whether different people can be found for every yes that is needed: a person counts once over all steps.
pub(super) fn reachable(steps: &[DecisionStep], refused: &Refused) -> Result<Rule, Rule> {
    let refused = refused.words();
    if let Some(short) = first_unmet(steps) {
        let step = &steps[short];
        let names = super::names(step.people.iter().map(ToString::to_string));
        let who = if names.is_empty() {
            "nobody can".to_owned()
        } else {
            format!("only {} can: {names}", step.people.len())
        };
        let place = if steps.len() > 1 {
            format!("step {}: ", short + 1)
        } else {
            String::new()
        };
        let once = if step.people.len() >= step.needed as usize {
            ", and a person counts once over all steps"
        } else {
            ""
        };
        return Err(Rule::broken(
            "approval",
            format!(
                "{place}{} must approve, but {who}{once}{refused}",
                step.needed
            ),
            "ask the entitlement's owner to name more approvers",
        ));
    }
    let told: Vec<String> = steps
        .iter()
        .map(|step| {
            let names = super::names(step.people.iter().map(ToString::to_string));
            match (step.open, names.is_empty()) {
                (true, true) => format!("{} of a whole domain", step.needed),
                (true, false) => format!("{} of {names} and a whole domain", step.needed),
                (false, _) => format!("{} of {names}", step.needed),
            }
        })
        .collect();
    Ok(Rule::kept(
        "approval",
        format!("{}{refused}", told.join(", then ")),
    ))
}

/// The first step that cannot be filled with people whom no other step needs; none: all can. Each yes that is needed
/// is matched to a person, moving earlier matches where that frees one (augmenting paths).
fn first_unmet(steps: &[DecisionStep]) -> Option<usize> {
    let seats: Vec<usize> = steps
        .iter()
        .enumerate()
        // Whoever nobody can name is always one more.
        .filter(|(_, step)| !step.open)
        .flat_map(|(number, step)| std::iter::repeat_n(number, step.needed as usize))
        .collect();
    let mut taken: Vec<(&Email, usize)> = Vec::new();
    for (seat, step) in seats.iter().enumerate() {
        let mut tried = BTreeSet::new();
        if !seat_one(seat, &seats, steps, &mut taken, &mut tried) {
            return Some(*step);
        }
    }
    None
}

fn seat_one<'a>(
    seat: usize,
    seats: &[usize],
    steps: &'a [DecisionStep],
    taken: &mut Vec<(&'a Email, usize)>,
    tried: &mut BTreeSet<&'a Email>,
) -> bool {
    // No more people can matter than there are seats: of so many, one is free.
    let people = steps[seats[seat]].people.iter().take(seats.len());
    for person in people {
        if !tried.insert(person) {
            continue;
        }
        let holder = taken.iter().position(|(email, _)| *email == person);
        let free = match holder {
            None => true,
            Some(place) => seat_one(taken[place].1, seats, steps, taken, tried),
        };
        if free {
            match taken.iter_mut().find(|(email, _)| *email == person) {
                Some(entry) => entry.1 = seat,
                None => taken.push((person, seat)),
            }
            return true;
        }
    }
    false
}
