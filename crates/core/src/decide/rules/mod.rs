//! The rules, one function each, in the order in which they are told.

mod agreement;
mod power;
mod privileges;
mod refused;
mod standing;
mod times;
mod writing;

use super::constraints::{Circumstances, check};
use super::{Decision, Facts, Outcome, Rule};
use crate::entitlement::{BreakGlass, Entitlement};
use crate::grant::Terms;
use crate::person::Person;
use crate::request::Ask;

/// A rule's finding: the value that it yields, or the broken rule.
type Found<T> = Result<(T, Rule), Rule>;

pub(super) fn decide(
    entitlement: &Entitlement,
    requester: &Person,
    ask: &Ask,
    facts: &Facts,
) -> Decision {
    let mut rules = Vec::new();
    let mut note = |found: Result<Rule, Rule>| rules.push(found.unwrap_or_else(|broken| broken));
    let beneficiary = standing::beneficiary(entitlement, requester, ask, facts);
    note(standing::clock(facts));
    note(standing::standing(entitlement, requester, ask, facts));
    note(split(&beneficiary));
    if let Some(debt) = standing::debt(entitlement, ask, facts) {
        note(debt);
    }
    if let Some(rule) = power::own_power(entitlement, ask) {
        note(Err(rule));
    }
    let privileges = privileges::privileges(entitlement, ask, facts);
    note(split(&privileges));
    let times = times::times(entitlement, ask, facts);
    note(split(&times));
    let justification = writing::justification(entitlement, ask);
    note(split(&justification));
    let inputs = writing::inputs(entitlement, ask);
    if !entitlement.inputs.is_empty() || inputs.is_err() {
        note(split(&inputs));
    }

    let approval = entitlement.approval.clone().filter(|_| !ask.gives());
    let to = beneficiary.as_ref().ok().map(|(to, _)| to.clone());
    let break_glass = entitlement
        .break_glass
        .as_ref()
        .filter(|_| !ask.gives())
        .map(|rule| wider(rule, entitlement, facts));
    let terms = match (beneficiary, privileges, times, justification, inputs) {
        (
            Ok((beneficiary, _)),
            Ok((given, _)),
            Ok((times, _)),
            Ok((justification, _)),
            Ok((inputs, _)),
        ) => Some(Terms {
            entitlement: entitlement.id.clone(),
            title: entitlement.title.clone(),
            entitlement_hash: entitlement.hash(),
            origin: times.origin,
            requester: requester.clone(),
            beneficiary,
            privileges: given.roles,
            impersonations: given.impersonations,
            duration: times.duration,
            start_at: times.start_at,
            justification,
            inputs,
            break_glass,
            notify: ask.notify.clone(),
        }),
        _ => None,
    };
    let mut steps = Vec::new();
    if let Some(approval) = &approval {
        steps = agreement::steps(approval, requester, to.as_ref(), facts);
        let refused = terms
            .as_ref()
            .map(|terms| refused::take_out(&mut steps, approval, terms, facts));
        note(agreement::reachable(&steps, &refused.unwrap_or_default()));
    }
    if let Some(terms) = &terms {
        let circumstances = Circumstances {
            now: facts.now,
            requester_groups: &facts.groups,
            approver: None,
        };
        rules.extend(check(&entitlement.constraints, terms, &circumstances));
    }
    let outcome = match approval {
        _ if terms.is_none() || rules.iter().any(|rule| !rule.holds) => Outcome::Denied,
        Some(approval) => Outcome::NeedsApproval(approval),
        None => Outcome::Granted,
    };
    Decision {
        outcome,
        rules,
        terms,
        approvers: steps.iter().flat_map(|step| step.people.clone()).collect(),
        steps,
    }
}

/// Who is called in an emergency: with an overdue review also the owner and the reviewers.
fn wider(rule: &BreakGlass, entitlement: &Entitlement, facts: &Facts) -> BreakGlass {
    let mut rule = rule.clone();
    if !facts.debts.is_empty() {
        let more = entitlement.owner.iter().chain(&rule.review.by);
        for principal in more.map(ToString::to_string).collect::<Vec<_>>() {
            if !rule.page.contains(&principal) {
                rule.page.push(principal);
            }
        }
    }
    rule
}

fn split<T>(found: &Found<T>) -> Result<Rule, Rule> {
    match found {
        Ok((_, rule)) => Ok(rule.clone()),
        Err(rule) => Err(rule.clone()),
    }
}

/// A few names, and how many more there are.
fn names(all: impl Iterator<Item = String>) -> String {
    let mut all = all.collect::<Vec<_>>();
    let more = all.len().saturating_sub(5);
    all.truncate(5);
    match more {
        0 => all.join(", "),
        more => format!("{} and {more} more", all.join(", ")),
    }
}
