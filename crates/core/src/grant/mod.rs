//! A grant: one request for one entitlement and everything that follows.
//!
//! A grant is a value. Each method that changes it checks that the change is allowed, and returns the one audit entry
//! that belongs to it; the store keeps both in one transaction, or neither.

mod activation;
mod approval;
mod ending;
mod review;
mod terms;
mod token;
mod waiting;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

pub use review::{Review, ReviewWord};
pub use terms::{GrantedPrivilege, Origin, Terms};
pub use token::{MINTING_TAKES_SECONDS, Minting, SHORTEST_TOKEN_SECONDS, token_lifetime};

use crate::approval::Vote;
use crate::audit::{Action, Actor, Entry};
use crate::binding::{CanonicalResource, OwnBinding};
use crate::condition::Window;
use crate::entitlement::Approval;
use crate::ids::GrantId;
use crate::request::Ask;
use crate::resource::ResourceName;
use crate::state::State;

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// How often it was changed: the store writes a change only over the revision it was made from.
    pub revision: u64,
    /// Where it stands.
    pub state: State,
    /// What was asked, by whom, and under which entitlement. It never changes.
    pub terms: Terms,
    /// What the requester asked for, to decide it anew if the entitlement changes before the approval.
    pub ask: Ask,
    /// Who must agree, as decided when it was asked; none: nobody.
    pub approval: Option<Approval>,
    /// Who has spoken.
    pub votes: Vec<Vote>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When the waiting for approval ends.
    pub decide_by: Option<Timestamp>,
    /// When it was last decided anew because its entitlement had changed; all words before that are void.
    #[serde(default)]
    pub decided_anew_at: Option<Timestamp>,
    /// When the open step of the approval began: reminders and escalation count from here.
    pub step_since: Timestamp,
    /// When the approvers of the open step were last reminded.
    pub reminded_at: Option<Timestamp>,
    /// Whether it was told that more people may decide on the open step.
    pub escalated: bool,
    /// The review that is owed for an emergency.
    pub review: Option<Review>,
    /// Since when nothing but its activation is missing.
    #[serde(default)]
    pub activating_since: Option<Timestamp>,
    /// From when to when it lasts; known once the activation begins.
    pub window: Option<Window>,
    /// What is written into policies, resource by resource.
    pub bindings: Vec<GrantBinding>,
    /// Why it could not be activated, in Google's words.
    pub failure: Option<String>,
    /// When it reached a terminal state.
    pub ended_at: Option<Timestamp>,
    /// The extension that stands in its place.
    pub superseded_by: Option<GrantId>,
    /// Until when the bindings of an ended grant are left alone; none: they may be removed.
    pub rests_until: Option<Timestamp>,
    /// Until when the last token works that the server minted for it and handed out, as Google said.
    #[serde(default)]
    pub last_token_ends: Option<Timestamp>,
}

/// One binding of a grant, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantBinding {
    /// The resource whose policy it stands in.
    pub resource: ResourceName,
    /// The name that its authentication code covers.
    pub canonical: CanonicalResource,
    /// The binding.
    pub own: OwnBinding,
    /// What the policy was last seen to hold.
    pub seen: Seen,
}

/// What is known of a binding in the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Seen {
    /// Intended; it may have been written or not.
    Unknown,
    /// Read back.
    Present,
    /// Read to be absent.
    Absent,
}

/// A change that the life cycle does not allow.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[expect(missing_docs, reason = "the messages are the documentation")]
pub enum TransitionError {
    #[error("the grant is {from}, and cannot become {to}")]
    NotAllowed { from: State, to: State },
    #[error("the grant is {0} and no longer waits for approval")]
    NotAwaited(State),
    #[error("the time to decide is over since {0}")]
    TooLate(Timestamp),
    #[error("nobody approves their own request")]
    OwnRequest,
    #[error("{0} is not among the approvers of the step that is open")]
    NotAnApprover(String),
    #[error("the approver must say why")]
    CommentNeeded,
    #[error("no review is owed for this grant")]
    NoReviewOwed,
    #[error("it was reviewed already, by {0}")]
    AlreadyReviewed(String),
    #[error("nobody reviews what they asked for or received themselves")]
    OwnReview,
    #[error("{0} has already decided")]
    AlreadyVoted(String),
    #[error("the decision is for another version of the request")]
    OtherRequest,
    #[error("the grant has not reached its start")]
    TooEarly,
    #[error("the grant has no binding {role} on {resource}")]
    NoSuchBinding { resource: String, role: String },
    #[error("the grant is {0}; tokens are minted only while it is ACTIVE")]
    NoTokens(State),
    #[error("the grant ends at {0}: that is too soon for a token")]
    AboutOver(Timestamp),
    #[error(
        "Google's token lasts until {expires_at}, longer than its grant, which ends at {end}; it was thrown away"
    )]
    TokenOutlives {
        expires_at: Timestamp,
        end: Timestamp,
    },
}

impl Grant {
    /// A new grant. Without an approval it goes on at once, to its start or its activation.
    pub fn new(
        id: GrantId,
        ask: Ask,
        terms: Terms,
        approval: Option<Approval>,
        actor: Actor,
        now: Timestamp,
    ) -> (Self, Vec<Entry>) {
        let decide_by = approval
            .as_ref()
            .and_then(|approval| approval.expires.after(now).ok());
        let review = terms
            .break_glass
            .as_ref()
            .and_then(|rule| Review::owed(&rule.review, now));
        let mut grant = Self {
            id,
            revision: 0,
            state: State::ApprovalAwaited,
            ask,
            terms,
            approval,
            votes: Vec::new(),
            decided_anew_at: None,
            created_at: now,
            decide_by,
            step_since: now,
            reminded_at: None,
            escalated: false,
            review,
            activating_since: None,
            window: None,
            bindings: Vec::new(),
            failure: None,
            ended_at: None,
            superseded_by: None,
            rests_until: None,
            last_token_ends: None,
        };
        let mut entries = vec![
            grant
                .entry(Action::Requested, actor, now)
                .with("terms", &grant.terms),
        ];
        if grant.approval.is_none() {
            entries.push(grant.proceed(Actor::system(), now));
        }
        (grant, entries)
    }

    /// The SHA-256 of the terms: what an approval is for.
    pub fn request_hash(&self) -> crate::entitlement::Hash {
        self.terms.hash()
    }

    /// Whether this binding should stand in its policy now, by the grant's state.
    pub fn wants_bindings(&self) -> bool {
        match self.state {
            State::Activating => self.failure.is_none(),
            State::Active => true,
            _ => false,
        }
    }

    /// The bindings of which the policy may differ from what the grant wants: the work of the reconciler. Those of an
    /// ended grant are none before its time of grace is over.
    pub fn open_bindings(&self) -> impl Iterator<Item = &GrantBinding> {
        let settled = if self.wants_bindings() {
            Seen::Present
        } else {
            Seen::Absent
        };
        let rests = self.rests_until.is_some();
        self.bindings
            .iter()
            .filter(move |binding| !rests && binding.seen != settled)
    }

    /// When the clock next has something to do with this grant: the end of the waiting, the start, the end,
    /// or the end of the grace after it.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self.state {
            State::ApprovalAwaited => [self.decide_by, self.next_call()]
                .into_iter()
                .flatten()
                .min(),
            State::Scheduled => self.terms.start_at,
            // Also what never came to stand: its time runs from the intent on.
            State::Activating | State::Active => self.window.map(|window| window.end),
            State::Ended => self.rests_until,
            _ => None,
        }
    }

    /// Moves to `to`, if the life cycle allows it (I18).
    fn enter(&mut self, to: State, at: Timestamp) -> Result<(), TransitionError> {
        if !self.state.next().contains(&to) {
            return Err(TransitionError::NotAllowed {
                from: self.state,
                to,
            });
        }
        self.state = to;
        if to.is_terminal() {
            self.ended_at = Some(at);
        }
        Ok(())
    }

    /// The audit entry of a change to this grant.
    fn entry(&self, action: Action, actor: Actor, at: Timestamp) -> Entry {
        let entry = Entry::new(at, actor, action)
            .of_grant(self.id)
            .with("state", &self.state);
        // A token outlives the word that ends its grant: the record says by how much.
        let ends = matches!(
            action,
            Action::RevocationBegun | Action::Revoked | Action::Ended
        );
        entry.with("last_token_ends", &self.tokens_end().filter(|_| ends))
    }
}
