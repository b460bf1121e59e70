//! Running tests through the one function that decides.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::World;
use super::case::{Expected, ExpectedStep, Test, Verdict};
use super::load_test::names;
use crate::decide::{Decision, DecisionStep, Outcome as Decided, decide};
use crate::email::Email;
use crate::entitlement::{Approval, Catalogue, EntitlementId, Place};
use crate::principal::Principal;

/// The tests of one file, with the world that they play in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// The file.
    pub file: String,
    /// The world.
    pub world: World,
    /// The tests, in their order.
    pub tests: Vec<Test>,
}

/// What came of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The name of the test.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The entitlement that it is about.
    pub entitlement: EntitlementId,
    /// The verdict; none: there is no such entitlement.
    pub verdict: Option<Verdict>,
    /// The decision with all its rules.
    pub decision: Option<Decision>,
    /// What is not as expected; empty: the test holds.
    pub failures: Vec<Failure>,
    /// Groups that the entitlement names and the rehearsal knows nothing of: they were taken for empty.
    pub unknown_groups: BTreeSet<Email>,
}

impl Outcome {
    /// Whether everything is as expected.
    pub fn holds(&self) -> bool {
        self.failures.is_empty()
    }
}

/// One expectation that is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What was looked at: `decision`, `approvers`, `step 2, needed`, ….
    pub what: String,
    /// What the test expects.
    pub expected: String,
    /// What came.
    pub actual: String,
    /// Where the expectation is written.
    pub place: Place,
}

/// Runs the tests of one file. The same catalogue and rehearsal give the same outcomes.
pub fn rehearse(catalogue: &Catalogue, rehearsal: &Rehearsal) -> Vec<Outcome> {
    rehearsal
        .tests
        .iter()
        .map(|test| one(catalogue, &rehearsal.world, test))
        .collect()
}

fn one(catalogue: &Catalogue, world: &World, test: &Test) -> Outcome {
    let mut outcome = Outcome {
        name: test.name.clone(),
        place: test.place.clone(),
        entitlement: test.ask.entitlement.clone(),
        verdict: None,
        decision: None,
        failures: Vec::new(),
        unknown_groups: BTreeSet::new(),
    };
    let Some(entitlement) = catalogue.get(&test.ask.entitlement) else {
        outcome.failures.push(Failure {
            what: "entitlement".into(),
            expected: test.ask.entitlement.to_string(),
            actual: "there is no such entitlement".into(),
            place: test.place.clone(),
        });
        return outcome;
    };
    let beneficiary = test.ask.beneficiary.as_ref();
    let facts = world.facts(entitlement, &test.requester, beneficiary, test.time);
    let decision = decide(entitlement, &test.requester, &test.ask, &facts);
    let seen = Seen {
        world,
        decision: &decision,
    };
    outcome.failures = seen.failures(test);
    outcome.verdict = Some(Verdict::of(&decision));
    outcome.unknown_groups = world.unknown_groups(entitlement);
    outcome.decision = Some(decision);
    outcome
}

/// A decision, looked at as tests look at it.
struct Seen<'a> {
    world: &'a World,
    decision: &'a Decision,
}

impl Seen<'_> {
    fn failures(&self, test: &Test) -> Vec<Failure> {
        let expect = &test.expect;
        let mut failures = Vec::new();
        let mut note = |failure: Option<Failure>| failures.extend(failure);
        let steps = self.steps();
        note(compare(
            "decision",
            expect.decision.as_ref(),
            &Verdict::of(self.decision),
        ));
        if let Some(rule) = &expect.rule {
            let broken: BTreeSet<String> = self
                .decision
                .rules
                .iter()
                .filter(|rule| !rule.holds)
                .map(|rule| rule.name.clone())
                .collect();
            // A constraint may be called by its own name.
            let is_broken = broken.contains(&rule.value)
                || broken.contains(&format!("constraint {}", rule.value));
            note((!is_broken).then(|| failure("rule", &rule.value, list(&broken), &rule.place)));
        }
        let approvers: BTreeSet<String> = steps.iter().flat_map(Self::approvers).collect();
        note(compare_sets(
            "approvers",
            expect.approvers.as_ref(),
            &approvers,
        ));
        let needed = steps.iter().map(|step| step.step.needed).sum();
        note(compare("needed", expect.needed.as_ref(), &needed));
        let on_call: BTreeSet<String> = steps
            .iter()
            .flat_map(|step| self.on_call(step))
            .chain(self.paged())
            .collect();
        note(compare_sets("on_call", expect.on_call.as_ref(), &on_call));
        note(compare_sets("page", expect.page.as_ref(), &self.pages()));
        let terms = self.decision.terms.as_ref();
        if let Some(wanted) = &expect.duration {
            let lasts = terms.map(|terms| terms.duration);
            let actual = lasts.map_or_else(|| "unclear".into(), |lasts| lasts.to_string());
            note(
                (lasts != Some(wanted.value))
                    .then(|| failure("for", &wanted.value, actual, &wanted.place)),
            );
        }
        note(compare_sets("gives", expect.gives.as_ref(), &self.gives()));
        if let Some(wanted) = &expect.steps {
            if wanted.value.len() == steps.len() {
                for (number, (wanted, step)) in wanted.value.iter().zip(&steps).enumerate() {
                    failures.extend(self.step_failures(number + 1, wanted, step));
                }
            } else {
                let (expected, actual) = (wanted.value.len(), steps.len());
                failures.push(failure(
                    "steps",
                    &format!("{expected} of them"),
                    actual.to_string(),
                    &wanted.place,
                ));
            }
        }
        failures
    }

    fn step_failures(
        &self,
        number: usize,
        wanted: &ExpectedStep,
        step: &SeenStep<'_>,
    ) -> Vec<Failure> {
        let named = |what: &str| format!("step {number}, {what}");
        let approvers = Self::approvers(step).collect();
        let on_call = self.on_call(step).collect();
        [
            compare(&named("needed"), wanted.needed.as_ref(), &step.step.needed),
            compare_sets(&named("approvers"), wanted.approvers.as_ref(), &approvers),
            compare_sets(&named("on_call"), wanted.on_call.as_ref(), &on_call),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The steps that stand before it; none where it is denied or nobody need agree.
    fn steps(&self) -> Vec<SeenStep<'_>> {
        let Decided::NeedsApproval(approval) = &self.decision.outcome else {
            return Vec::new();
        };
        let steps = self.decision.steps.iter().enumerate();
        steps
            .map(|(number, step)| SeenStep {
                step,
                approval,
                number,
            })
            .collect()
    }

    fn approvers(step: &SeenStep<'_>) -> impl Iterator<Item = String> {
        let unnamed = step.approval.steps.get(step.number).into_iter();
        let unnamed = unnamed
            .flat_map(|step| &step.approvers)
            .filter(|principal| {
                matches!(
                    principal,
                    Principal::Domain(_) | Principal::Federated(_) | Principal::FederatedSet(_)
                )
            })
            .map(ToString::to_string);
        names(&step.step.people).into_iter().chain(unnamed)
    }

    /// Who is on call for a step. Being on call makes nobody an approver.
    fn on_call(&self, step: &SeenStep<'_>) -> impl Iterator<Item = String> {
        let service = step
            .approval
            .steps
            .get(step.number)
            .and_then(|step| step.on_call.as_ref());
        let people = service.and_then(|service| self.world.on_call.get(service));
        let people = people.into_iter().flatten();
        people
            .filter(|email| step.step.people.contains(*email))
            .map(ToString::to_string)
    }

    fn pages(&self) -> BTreeSet<String> {
        let terms = self.decision.terms.as_ref();
        let emergency = terms.and_then(|terms| terms.break_glass.as_ref());
        emergency
            .into_iter()
            .flat_map(|rule| rule.page.clone())
            .collect()
    }

    /// The people behind what is paged.
    fn paged(&self) -> impl Iterator<Item = String> {
        self.pages()
            .into_iter()
            .filter_map(|service| self.world.on_call.get(&service))
            .flat_map(names)
    }

    fn gives(&self) -> BTreeSet<String> {
        let terms = self.decision.terms.iter();
        terms
            .flat_map(|terms| {
                let roles = terms.privileges.iter();
                let accounts = terms.impersonations.iter();
                roles
                    .map(|one| format!("{} on {}", one.role, one.resource))
                    .chain(accounts.map(|one| one.service_account.to_string()))
            })
            .collect()
    }
}

struct SeenStep<'a> {
    step: &'a DecisionStep,
    approval: &'a Approval,
    number: usize,
}

fn failure(what: &str, expected: &impl Display, actual: String, place: &Place) -> Failure {
    Failure {
        what: what.to_owned(),
        expected: expected.to_string(),
        actual,
        place: place.clone(),
    }
}

fn compare<T: PartialEq + Display>(
    what: &str,
    expected: Option<&Expected<T>>,
    actual: &T,
) -> Option<Failure> {
    let expected = expected.filter(|expected| expected.value != *actual)?;
    Some(failure(
        what,
        &expected.value,
        actual.to_string(),
        &expected.place,
    ))
}

fn compare_sets(
    what: &str,
    expected: Option<&Expected<BTreeSet<String>>>,
    actual: &BTreeSet<String>,
) -> Option<Failure> {
    let expected = expected.filter(|expected| expected.value != *actual)?;
    Some(failure(
        what,
        &list(&expected.value),
        list(actual),
        &expected.place,
    ))
}

fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        "none".into()
    } else {
        names.iter().cloned().collect::<Vec<_>>().join(", ")
    }
}
