//! The steps of an approval: who agreed, and who is asked now.

use daypass_core::approval::{Vote, Word};
use daypass_core::entitlement::Step;
use daypass_core::grant::Grant;
use daypass_core::state::State;
use jiff::Timestamp;

use super::words::{self, When};

/// One step of a grant's approval.
pub(crate) struct StepRow {
    pub(super) number: usize,
    pub(super) progress: Progress,
    pub(super) agreed: usize,
    pub(super) needed: u32,
    /// Who may decide in it, in words.
    pub(super) approvers: Vec<String>,
    /// Whether those who may ask for the same are among them.
    pub(super) peers: bool,
    pub(super) on_call: Option<String>,
    pub(super) votes: Vec<VoteRow>,
    /// When it was opened, while it is open.
    pub(super) since: Option<When>,
    /// When the approvers were last reminded.
    pub(super) reminded: Option<When>,
    pub(super) escalation: Option<EscalationRow>,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Enough people agreed.
    Done,
    /// It is asked now.
    Open,
    /// Another one is asked first.
    Later,
    /// It was not reached, or not finished, and will not be.
    Closed,
}

impl Progress {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Open => "open",
            Self::Later => "later",
            Self::Closed => "closed",
        }
    }

    /// The mark of its badge: its colour never says anything that its words do not.
    pub(super) fn tone(self) -> &'static str {
        match self {
            Self::Done => "good",
            Self::Open => "waiting",
            Self::Later | Self::Closed => "past",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Done => "Agreed",
            Self::Open => "Asked now",
            Self::Later => "Comes next",
            Self::Closed => "Closed",
        }
    }
}

/// What somebody said.
pub(crate) struct VoteRow {
    pub(super) person: String,
    pub(super) said_yes: bool,
    pub(super) comment: Option<String>,
    pub(super) at: When,
}

/// More people who may decide, from some time on.
pub(crate) struct EscalationRow {
    pub(super) to: Vec<String>,
    pub(super) is_over: bool,
    /// From when on they may, while the step is open.
    pub(super) at: Option<When>,
    pub(super) after: String,
}

impl StepRow {
    /// All steps of a grant, in order.
    pub(super) fn of(grant: &Grant, now: Timestamp) -> Vec<Self> {
        let (Some(approval), Some(progress)) = (&grant.approval, grant.progress()) else {
            return Vec::new();
        };
        let is_awaited = grant.state == State::ApprovalAwaited;
        approval
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| {
                let stands = match index {
                    _ if index < progress.step => Progress::Done,
                    _ if !is_awaited => Progress::Closed,
                    _ if index == progress.step => Progress::Open,
                    _ => Progress::Later,
                };
                let votes = grant.votes.iter().filter(|vote| vote.step == index);
                let is_open = stands == Progress::Open;
                Self {
                    number: index + 1,
                    progress: stands,
                    agreed: progress.agreed.get(index).copied().unwrap_or(0),
                    needed: step.needed,
                    approvers: step.approvers.iter().map(words::principal).collect(),
                    peers: step.peers,
                    on_call: step.on_call.clone(),
                    votes: votes.map(|vote| VoteRow::of(vote, now)).collect(),
                    since: is_open.then(|| When::new(grant.step_since, now)),
                    reminded: grant
                        .reminded_at
                        .filter(|_| is_open)
                        .map(|at| When::new(at, now)),
                    escalation: escalation(grant, step, is_open, now),
                }
            })
            .collect()
    }
}

impl VoteRow {
    fn of(vote: &Vote, now: Timestamp) -> Self {
        Self {
            person: vote.person.email.to_string(),
            said_yes: vote.word == Word::Approve,
            comment: vote.comment.clone(),
            at: When::new(vote.at, now),
        }
    }
}

fn escalation(grant: &Grant, step: &Step, is_open: bool, now: Timestamp) -> Option<EscalationRow> {
    let escalation = step.escalate.as_ref()?;
    let at = escalation
        .after
        .after(grant.step_since)
        .ok()
        .filter(|_| is_open);
    let is_over = at.is_some_and(|at| at <= now);
    Some(EscalationRow {
        to: escalation.to.iter().map(words::principal).collect(),
        is_over,
        at: at.map(|at| When::new(at, now)),
        after: escalation.after.to_string(),
    })
}
