//! Approvers who are named, and whom a constraint on the approval refuses whenever they decide.

use std::collections::{BTreeMap, BTreeSet};

use crate::constraint::{Constraint, MAX_STEPS};
use crate::decide::constraints::{Circumstances, check};
use crate::decide::{DecisionStep, Facts};
use crate::email::Email;
use crate::entitlement::Approval;
use crate::grant::Terms;
use crate::person::Person;

/// The most steps that all questions of one decision may take. Whoever cannot be asked about within them stays named;
/// of so many people, some will do.
const MOST_STEPS: u64 = 30 * MAX_STEPS;

/// The steps of one question beside the constraint's own: facts are copied for it.
const STEPS_PER_QUESTION: u64 = 100;

/// Whom which constraint refuses.
#[derive(Debug, Default)]
pub(super) struct Refused(BTreeMap<String, Whom>);

#[derive(Debug)]
enum Whom {
    Everybody,
    People(BTreeSet<Email>),
}

impl Refused {
    /// In words, to follow another finding; empty if there are none.
    pub(super) fn words(&self) -> String {
        let told = self.0.iter().map(|(constraint, whom)| {
            let whom = match whom {
                Whom::Everybody => "everybody".to_owned(),
                Whom::People(people) => super::names(people.iter().map(ToString::to_string)),
            };
            format!("; {constraint} refuses {whom}")
        });
        told.collect()
    }
}

/// Takes out of the steps whom the constraints on the approval certainly refuse: those that ask neither about the time,
/// which will be another, nor about the approver's groups, which are known only when they decide.
pub(super) fn take_out(
    steps: &mut [DecisionStep],
    approval: &Approval,
    terms: &Terms,
    facts: &Facts,
) -> Refused {
    let may_change = |one: &Constraint| {
        one.asks_about("request.time")
            || one.asks_about("approver.groups")
            || (terms.start_at.is_none() && one.asks_about("request.start"))
    };
    let (on_approver, on_request): (Vec<Constraint>, Vec<Constraint>) = approval
        .constraints
        .iter()
        .filter(|one| !may_change(one))
        .cloned()
        .partition(|one| one.asks_about("approver.email") || one.asks_about("approver.domain"));
    let mut refused = Refused::default();
    let broken = |constraints: &[Constraint], approver: Option<&Email>| -> Vec<String> {
        // A constraint sees an approver's address alone.
        let person = approver.map(|email| Person {
            issuer: String::new(),
            subject: String::new(),
            email: email.clone(),
        });
        let unknown = BTreeSet::new();
        let circumstances = Circumstances {
            now: facts.now,
            requester_groups: &facts.groups,
            approver: person.as_ref().map(|person| (person, &unknown)),
        };
        let rules = check(constraints, terms, &circumstances);
        let broken = rules.into_iter().filter(|rule| !rule.holds);
        broken.map(|rule| rule.name).collect()
    };
    for constraint in broken(&on_request, None) {
        refused.0.insert(constraint, Whom::Everybody);
    }
    if !refused.0.is_empty() {
        for step in steps {
            step.people.clear();
            step.open = false;
        }
        return refused;
    }
    if on_approver.is_empty() {
        return refused;
    }
    let named: BTreeSet<Email> = steps.iter().flat_map(|step| step.people.clone()).collect();
    let affordable = MOST_STEPS / cost(&on_approver, terms);
    let affordable = usize::try_from(affordable).unwrap_or(usize::MAX);
    for email in named.iter().take(affordable) {
        let constraints = broken(&on_approver, Some(email));
        if constraints.is_empty() {
            continue;
        }
        for step in &mut *steps {
            step.people.remove(email);
        }
        for constraint in constraints {
            let whom = refused
                .0
                .entry(constraint)
                .or_insert_with(|| Whom::People(BTreeSet::new()));
            if let Whom::People(people) = whom {
                people.insert(email.clone());
            }
        }
    }
    refused
}

/// The most steps of asking about one person; at least one.
fn cost(constraints: &[Constraint], terms: &Terms) -> u64 {
    let resources = terms.privileges.len() + terms.impersonations.len();
    let resources = u64::try_from(resources).unwrap_or(u64::MAX).max(1);
    constraints.iter().fold(0, |total: u64, constraint| {
        let steps = constraint.steps().unwrap_or(MAX_STEPS);
        let times = if constraint.uses_resource() {
            resources
        } else {
            1
        };
        total.saturating_add((steps + STEPS_PER_QUESTION).saturating_mul(times))
    })
}
