//! Tokens that the server mints for a grant (`via: broker`): how long one may live, what is recorded of it, and until when
//! the last one works.
//!
//! The order is check, record, mint, record (I12): the intent stands in the record before Google is asked, and a token is
//! handed out only after its outcome was recorded over a grant that was ACTIVE at that very moment.

use jiff::{SignedDuration, Timestamp};

use super::{Grant, TransitionError};
use crate::audit::{Action, Actor, Entry};
use crate::duration::Duration;
use crate::email::Email;
use crate::entitlement::{Impersonation, LONGEST_TOKEN, TOKEN_MINTER_ROLE, USUAL_TOKEN};
use crate::ids::GrantId;
use crate::state::State;

/// The shortest lifetime of a token, in seconds: one that is over before it was used helps nobody.
pub const SHORTEST_TOKEN_SECONDS: u64 = 10;

/// What is kept free before the end of the grant, in seconds. Google counts a lifetime from the moment it mints, which
/// is later than the moment the lifetime was reckoned by the way there and by the error of our clock; without this, the
/// last token of a grant would outlive it. A mint that takes longer yet is noticed by the end that Google tells.
pub const MINTING_TAKES_SECONDS: i64 = 5;

/// What one minting is about. Its entries in the record share this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minting {
    /// Tells it from others of the same grant.
    pub id: GrantId,
    /// The account.
    pub account: Email,
    /// The lifetime that is asked of Google.
    pub lifetime: Duration,
}

/// How long a token shall live: what was asked, or 10 minutes; at most `token_max`; and never past the end of its grant,
/// which is `left` from now. None if what is left is too short for any.
pub fn token_lifetime(
    asked: Option<Duration>,
    token_max: Duration,
    left: SignedDuration,
) -> Option<Duration> {
    let left = left.checked_sub(SignedDuration::from_secs(MINTING_TAKES_SECONDS))?;
    let left = u64::try_from(left.as_secs()).ok()?;
    if left < SHORTEST_TOKEN_SECONDS {
        return None;
    }
    let wanted = asked.unwrap_or(USUAL_TOKEN).min(token_max);
    Duration::from_seconds(wanted.seconds().min(left)).ok()
}

impl Grant {
    /// How long a token of this account may live that is minted now; an error if none may be.
    pub fn token_lifetime(
        &self,
        account: &Impersonation,
        asked: Option<Duration>,
        now: Timestamp,
    ) -> Result<Duration, TransitionError> {
        let end = self.end_of_tokens(now)?;
        token_lifetime(asked, account.token_max, end.duration_since(now))
            .ok_or(TransitionError::AboutOver(end))
    }

    /// Records that a token is about to be minted, before it is.
    pub fn intend_token(
        &self,
        minting: &Minting,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        self.end_of_tokens(now)?;
        let entry = self.entry(Action::TokenIntended, actor, now);
        Ok(vec![
            about(entry, minting).with("lifetime", &minting.lifetime),
        ])
    }

    /// Records that a token was minted and is handed out. It may be only while the grant stands, and only if it ends with
    /// the grant: who revokes it meanwhile is first.
    pub fn hand_out_token(
        &mut self,
        minting: &Minting,
        expires_at: Timestamp,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TransitionError> {
        let end = self.end_of_tokens(now)?;
        if expires_at > end {
            return Err(TransitionError::TokenOutlives { expires_at, end });
        }
        self.last_token_ends = self.last_token_ends.max(Some(expires_at));
        let entry = self.entry(Action::TokenMinted, actor, now);
        Ok(vec![about(entry, minting).with("expires_at", &expires_at)])
    }

    /// Records that a token was minted and thrown away unseen.
    pub fn withhold_token(
        &self,
        minting: &Minting,
        expires_at: Timestamp,
        why: &str,
        now: Timestamp,
    ) -> Vec<Entry> {
        let entry = self.entry(Action::TokenWithheld, Actor::system(), now);
        vec![
            about(entry, minting)
                .with("expires_at", &expires_at)
                .with("why", &why),
        ]
    }

    /// Records that Google gave no token, in its words.
    pub fn refuse_token(&self, minting: &Minting, why: &str, now: Timestamp) -> Vec<Entry> {
        let entry = self.entry(Action::TokenRefused, Actor::system(), now);
        vec![about(entry, minting).with("why", &why)]
    }

    /// Until when the last token that came of this grant may work: for tokens that the server minted, the end that
    /// Google told. Where a binding let the beneficiary mint (`via: binding`), nobody tells Daypass; once the grant is over
    /// it is the latest end that a token can have without the organization policy
    /// `iam.allowServiceAccountCredentialLifetimeExtension`.
    pub fn tokens_end(&self) -> Option<Timestamp> {
        let mints = |role: &str| {
            role.rsplit_once("/roles/")
                .is_some_and(|(_, id)| id == TOKEN_MINTER_ROLE)
        };
        let by_binding = self
            .bindings
            .iter()
            .any(|binding| mints(binding.own.role.as_str()));
        let over = match self.state {
            State::Revoked => self.ended_at,
            // What an extension stands in for goes on.
            State::Ended if self.superseded_by.is_none() => self.window.map(|window| window.end),
            _ => None,
        };
        let by_themselves = over
            .filter(|_| by_binding)
            .and_then(|over| LONGEST_TOKEN.after(over).ok());
        self.last_token_ends.max(by_themselves)
    }

    /// The end of the grant, if tokens may be minted for it now.
    fn end_of_tokens(&self, now: Timestamp) -> Result<Timestamp, TransitionError> {
        let window = self.window.filter(|_| self.state == State::Active);
        let end = window.ok_or(TransitionError::NoTokens(self.state))?.end;
        // Nobody may have noticed yet that its time is over.
        if end <= now {
            return Err(TransitionError::AboutOver(end));
        }
        Ok(end)
    }
}

fn about(entry: Entry, minting: &Minting) -> Entry {
    entry
        .with("minting", &minting.id)
        .with("service_account", &minting.account)
}
