//! One test: who asks for what, and what is expected to come of it.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use crate::decide::{Decision, Outcome};
use crate::duration::Duration;
use crate::entitlement::Place;
use crate::person::Person;
use crate::request::Ask;

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its name; of one without: who asks for what.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Who asks or gives.
    pub requester: Person,
    /// When.
    pub time: Timestamp,
    /// What is asked.
    pub ask: Ask,
    /// What is expected. What is not written here is not checked.
    pub expect: Expect,
}

/// What is expected of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expect {
    /// The verdict.
    pub decision: Option<Expected<Verdict>>,
    /// Everybody who may approve, over all steps: addresses, and domains and sets of identities as they are written.
    pub approvers: Option<Expected<BTreeSet<String>>>,
    /// How many people must agree, over all steps.
    pub needed: Option<Expected<u32>>,
    /// The steps, in order.
    pub steps: Option<Expected<Vec<ExpectedStep>>>,
    /// A rule that is broken.
    pub rule: Option<Expected<String>>,
    /// Who is on call among those who may approve, or is paged.
    pub on_call: Option<Expected<BTreeSet<String>>>,
    /// Who is called in an emergency.
    pub page: Option<Expected<BTreeSet<String>>>,
    /// How long it would last.
    pub duration: Option<Expected<Duration>>,
    /// What would be given: `roles/x on projects/y`, or a service account.
    pub gives: Option<Expected<BTreeSet<String>>>,
}

/// What is expected of one step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpectedStep {
    /// How many must agree.
    pub needed: Option<Expected<u32>>,
    /// Who may.
    pub approvers: Option<Expected<BTreeSet<String>>>,
    /// Who of them is on call.
    pub on_call: Option<Expected<BTreeSet<String>>>,
}

/// An expectation, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected<T> {
    /// What is expected.
    pub value: T,
    /// Where.
    pub place: Place,
}

/// A decision in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// A rule is broken.
    Denied,
    /// Somebody must agree.
    NeedsApproval,
    /// Nothing stands in the way.
    Granted,
    /// Nothing stands in the way of an emergency, and a review is owed.
    BreakGlass,
}

impl Verdict {
    /// All of them, with their words.
    pub const WORDS: [(&str, Self); 4] = [
        ("denied", Self::Denied),
        ("needs-approval", Self::NeedsApproval),
        ("granted", Self::Granted),
        ("break-glass", Self::BreakGlass),
    ];

    /// The word for a decision.
    pub fn of(decision: &Decision) -> Self {
        let emergency = decision
            .terms
            .as_ref()
            .is_some_and(|terms| terms.break_glass.is_some());
        match decision.outcome {
            Outcome::Denied => Self::Denied,
            Outcome::NeedsApproval(_) => Self::NeedsApproval,
            Outcome::Granted if emergency => Self::BreakGlass,
            Outcome::Granted => Self::Granted,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::WORDS.iter().find(|(_, verdict)| verdict == self);
        f.write_str(found.map_or("", |(word, _)| word))
    }
}
