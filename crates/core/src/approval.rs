//! Counting who agreed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::Channel;
use crate::entitlement::Hash;
use crate::person::Person;

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
    /// The hash of the request as they saw it.
    pub request: Hash,
    /// What they wrote.
    pub comment: Option<String>,
    /// Where they said it.
    pub channel: Channel,
    /// When.
    pub at: Timestamp,
}

/// How many different people, none of them the requester, approved this very request (I5).
pub fn approvals(votes: &[Vote], requester: &Person, request: Hash) -> usize {
    let mut counted: Vec<&Person> = Vec::new();
    for vote in votes
        .iter()
        .filter(|vote| vote.word == Word::Approve && vote.request == request)
    {
        let is_new = !counted
            .iter()
            .any(|person| person.is_same_human(&vote.person));
        if is_new && !vote.person.is_same_human(requester) {
            counted.push(&vote.person);
        }
    }
    counted.len()
}
