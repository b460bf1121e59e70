//! The states of a grant, in the vocabulary of Google's Privileged Access Manager.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Somebody must still agree.
    ApprovalAwaited,
    /// An approver said no.
    Denied,
    /// The requester took it back before it began.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
    /// Agreed; it begins later.
    Scheduled,
    /// Agreed; the policy is being written.
    Activating,
    /// The policy could not be written; nothing of it stands.
    ActivationFailed,
    /// All bindings are in place.
    Active,
    /// To end early; the bindings are being removed.
    Revoking,
    /// Ended early; no binding stands.
    Revoked,
    /// Its time is over, or an extension took its place.
    Ended,
}

use State::{
    Activating, ActivationFailed, Active, ApprovalAwaited, Denied, Ended, Expired, Revoked,
    Revoking, Scheduled, Withdrawn,
};

impl State {
    /// Every state.
    pub const ALL: [Self; 11] = [
        ApprovalAwaited,
        Denied,
        Withdrawn,
        Expired,
        Scheduled,
        Activating,
        ActivationFailed,
        Active,
        Revoking,
        Revoked,
        Ended,
    ];

    /// The states that may follow (I18). A terminal state absorbs: nothing follows.
    pub fn next(self) -> &'static [Self] {
        match self {
            ApprovalAwaited => &[Denied, Withdrawn, Expired, Scheduled, Activating],
            Scheduled => &[Activating, Withdrawn, Revoked],
            Activating => &[Active, ActivationFailed, Revoking],
            Active => &[Revoking, Ended],
            Revoking => &[Revoked],
            Denied | Withdrawn | Expired | ActivationFailed | Revoked | Ended => &[],
        }
    }

    /// Whether nothing follows.
    pub fn is_terminal(self) -> bool {
        self.next().is_empty()
    }

    /// The name as in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            ApprovalAwaited => "APPROVAL_AWAITED",
            Denied => "DENIED",
            Withdrawn => "WITHDRAWN",
            Expired => "EXPIRED",
            Scheduled => "SCHEDULED",
            Activating => "ACTIVATING",
            ActivationFailed => "ACTIVATION_FAILED",
            Active => "ACTIVE",
            Revoking => "REVOKING",
            Revoked => "REVOKED",
            Ended => "ENDED",
        }
    }

    /// Reads the name of the API.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_states_absorb_and_the_rest_can_all_end() {
        let terminal: Vec<_> = State::ALL
            .into_iter()
            .filter(|state| state.is_terminal())
            .collect();
        assert_eq!(
            terminal,
            [Denied, Withdrawn, Expired, ActivationFailed, Revoked, Ended]
        );
        for state in State::ALL {
            let mut reached = vec![state];
            let mut index = 0;
            while let Some(next) = reached.get(index).map(|s: &State| s.next()) {
                reached.extend(
                    next.iter()
                        .filter(|s| !reached.contains(s))
                        .copied()
                        .collect::<Vec<_>>(),
                );
                index += 1;
            }
            assert!(
                reached.iter().any(|s| s.is_terminal()),
                "{state} never ends"
            );
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
    }
}
