//! Counting who agreed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::Channel;
use crate::entitlement::{Approval, Hash};
use crate::mutant::{self, Mutant};
use crate::person::Person;
use crate::principal::Principal;

/// What an approver said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Word {
    Approve,
    Deny,
}

/// One person's word on one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Who.
    pub person: Person,
    /// What they said.
    pub word: Word,
    /// The step of the approval that it was said in, from 0.
    pub step: usize,
    /// The hash of the request as they saw it.
    pub request: Hash,
    /// What they wrote.
    pub comment: Option<String>,
    /// Where they said it.
    pub channel: Channel,
    /// When.
    pub at: Timestamp,
}

/// Whether the person asked for it: nobody approves their own request, under whatever alias.
pub fn is_own_request(person: &Person, requester: &Person) -> bool {
    person.is_same_human(requester) && !mutant::is(Mutant::RequesterApproves)
}

/// Whether the person would receive what they decide on: where somebody else asks for them, it is their own request in
/// all but name.
pub fn is_own_gain(person: &Person, beneficiary: &Principal) -> bool {
    *beneficiary == person.principal() && !mutant::is(Mutant::RequesterApproves)
}

/// Whether the person is one of these: nobody counts twice, under whatever alias.
pub fn is_one_of<'a>(person: &Person, others: impl IntoIterator<Item = &'a Person>) -> bool {
    others.into_iter().any(|other| other.is_same_human(person))
        && !mutant::is(Mutant::VoteCountedTwice)
}

/// How far an approval has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// For each step, how many different people have agreed in it.
    pub agreed: Vec<usize>,
    /// The step that is open; the number of steps, if all are done.
    pub step: usize,
}

/// How far the approval of this very request has come (I5).
///
/// A person counts once over all steps, in the first one they spoke in, under whatever alias; the requester counts
/// only where the approval says `self: true`.
pub fn progress(
    approval: &Approval,
    votes: &[Vote],
    requester: &Person,
    request: Hash,
) -> Progress {
    let mut counted: Vec<&Person> = Vec::new();
    let mut agreed = vec![0; approval.steps.len()];
    for vote in votes
        .iter()
        .filter(|vote| vote.word == Word::Approve && vote.request == request)
    {
        let is_new = !is_one_of(&vote.person, counted.iter().copied());
        let is_own = is_own_request(&vote.person, requester) && !approval.self_approval;
        if let Some(agreed) = agreed.get_mut(vote.step).filter(|_| is_new && !is_own) {
            *agreed += 1;
            counted.push(&vote.person);
        }
    }
    let open = approval
        .steps
        .iter()
        .zip(&agreed)
        .position(|(step, agreed)| *agreed < step.needed as usize);
    Progress {
        step: open.unwrap_or(approval.steps.len()),
        agreed,
    }
}
