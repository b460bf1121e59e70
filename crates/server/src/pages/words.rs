//! Times and states in words.

use daypass_core::audit::Action;
use daypass_core::condition::instant;
use daypass_core::principal::Principal;
use daypass_core::state::State;
use jiff::Timestamp;

/// A point in time for people: `2026-12-01 09:30 UTC`, and for machines in the `datetime` attribute.
#[derive(Debug, Clone)]
pub(crate) struct When {
    pub(crate) machine: String,
    pub(crate) people: String,
    /// Beside it: `in 28 min`, `3 min ago`.
    pub(crate) relative: String,
}

impl When {
    pub(crate) fn new(at: Timestamp, now: Timestamp) -> Self {
        let machine = instant(at);
        let people = format!(
            "{} UTC",
            machine
                .replace('T', " ")
                .trim_end_matches('Z')
                .get(..16)
                .unwrap_or_default()
        );
        Self {
            machine,
            people,
            relative: relative(at, now),
        }
    }
}

/// How far away a point in time is.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.as_second() - now.as_second();
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {}", length(seconds)),
        _ => format!("{} ago", length(-seconds)),
    }
}

/// A length of time, in its two largest units at most.
pub(crate) fn length(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => joined(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => joined(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

fn joined(first: i64, unit: &str, second: i64, smaller: &str) -> String {
    if second == 0 {
        format!("{first} {unit}")
    } else {
        format!("{first} {unit} {second} {smaller}")
    }
}

/// A principal as people say it: somebody by the address alone, anything else with its kind.
pub(crate) fn principal(principal: &Principal) -> String {
    match principal {
        Principal::User(email) => email.to_string(),
        other => other.to_string(),
    }
}

/// A state as people say it.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::ApprovalAwaited => "Waiting for approval",
        State::Denied => "Denied",
        State::Withdrawn => "Withdrawn",
        State::Expired => "Nobody answered",
        State::Scheduled => "Scheduled",
        State::Activating => "Being activated",
        State::ActivationFailed => "Could not be activated",
        State::Active => "Active",
        State::Revoking => "Being removed",
        State::Revoked => "Revoked",
        State::Ended => "Ended",
    }
}

/// The mark of a state's badge: its colour never says anything that its words do not.
pub(crate) fn tone(state: State) -> &'static str {
    match state {
        State::Active => "good",
        State::ApprovalAwaited | State::Scheduled => "waiting",
        State::Activating | State::Revoking => "moving",
        State::Denied | State::ActivationFailed => "bad",
        State::Withdrawn | State::Expired | State::Revoked | State::Ended => "past",
    }
}

/// An entry of the audit trail as people say it.
pub(crate) fn action(action: Action) -> String {
    let text = match action {
        Action::Requested => "asked for it",
        Action::Approved => "approved",
        Action::Denied => "denied",
        Action::ApprovalVoid => "set an approval aside: who gave it is no approver any more",
        Action::DecidedAnew => "decided it anew: the entitlement had changed",
        Action::Reminded => "found it time to remind who is asked",
        Action::Escalated => "asked more people, for nobody had answered",
        Action::Granted => "found that nothing stands in the way",
        Action::Withdrawn => "took the request back",
        Action::Expired => "closed the request: nobody answered in time",
        Action::Started => "started it as scheduled",
        Action::Intended => "recorded what will be written into the policy",
        Action::Observed => "read the policy back",
        Action::ActivationAbandoned => "was refused by Google, and takes back what was written",
        Action::Activated => "activated it: all of it is in place",
        Action::ActivationFailed => "could not activate it; nothing of it stands",
        Action::RevocationBegun => "began to remove it",
        Action::Revoked => "removed it; no binding stands",
        Action::Ended => "ended it: its time is over",
        Action::Reviewed => "reviewed it",
        Action::ExtensionBegun => "began to put an extension in its place",
        Action::RemovedOutside => "found that somebody else removed a binding of it",
        Action::Superseded => "put an extension in its place",
        Action::TokenIntended => "asked for a token",
        Action::TokenMinted => "was given a token",
        Action::TokenRefused => "got no token from Google",
        Action::TokenWithheld => "threw a token away: it was over before it could be given",
        other => return other.as_str().replace('_', " "),
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn times_read_well() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        for (seconds, words) in [
            (0, "now"),
            (59, "in 59 s"),
            (1_700, "in 28 min"),
            (5_400, "in 1 h 30 min"),
            (7_200, "in 2 h"),
            (-90_000, "1 d 1 h ago"),
        ] {
            assert_eq!(relative(at(1_000_000 + seconds), at(1_000_000)), words);
        }
        assert_eq!(When::new(at(0), at(0)).people, "1970-01-01 00:00 UTC");
    }
}
