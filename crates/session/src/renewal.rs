//! How long tokens are asked for, and when the next one: pure rules.

use daypass_core::Timestamp;
use daypass_core::duration::Duration;

/// How long a session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// From its first token on.
    For(Duration),
    /// To this moment, when the grant behind it ends.
    Until(Timestamp),
    /// For as long as tokens can be had.
    WhileAllowed,
}

impl Length {
    /// When a session that begins now ends; none: when no token can be had any more.
    pub(crate) fn ends_at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            // A length that leaves the calendar has no end that matters.
            Self::For(duration) => duration.after(now).ok(),
            Self::Until(end) => Some(end),
            Self::WhileAllowed => None,
        }
    }
}

/// The shortest token that is asked for, in seconds: less is over before it is used.
const SHORTEST_SECONDS: u64 = 5;

/// The lifetime to ask for: as long as one token may live, but no longer than the session. None: it is not worth
/// another token.
pub(crate) fn lifetime(
    longest: Duration,
    now: Timestamp,
    session_ends: Option<Timestamp>,
) -> Option<Duration> {
    let Some(ends) = session_ends else {
        return Some(longest);
    };
    let left = u64::try_from(ends.duration_since(now).as_secs()).ok()?;
    let left = Duration::from_seconds(left)
        .ok()
        .filter(|_| left >= SHORTEST_SECONDS)?;
    Some(longest.min(left))
}

/// How much of a token's life is over when the next one is fetched, in percent. Google's Python library renews what has
/// less than 225 s left each time it is used; of ten minutes, 240 s are left here.
const RENEWED_AFTER_PERCENT: i64 = 60;

/// When to fetch the token after this one; none: the session ends with it or before.
pub(crate) fn renew_at(
    minted: Timestamp,
    token_ends: Timestamp,
    session_ends: Option<Timestamp>,
) -> Option<Timestamp> {
    // Google rounds the end down to a second; one that falls short of the session's by less is no reason for another.
    if session_ends.is_some_and(|ends| token_ends.duration_since(ends).as_secs() >= -1) {
        return None;
    }
    let life = token_ends.duration_since(minted);
    let part = life.as_secs().saturating_mul(RENEWED_AFTER_PERCENT) / 100;
    minted
        .checked_add(jiff::SignedDuration::from_secs(part))
        .ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_seconds(seconds).unwrap()
    }

    #[test]
    fn tokens_fit_into_the_session() {
        let ten = Duration::minutes(10);
        assert_eq!(lifetime(ten, at(0), None), Some(ten));
        assert_eq!(lifetime(ten, at(0), Some(at(3_600))), Some(ten));
        assert_eq!(lifetime(ten, at(0), Some(at(400))), Some(seconds(400)));
        assert_eq!(lifetime(ten, at(0), Some(at(5))), Some(seconds(5)));
        assert_eq!(lifetime(ten, at(0), Some(at(4))), None);
        assert_eq!(lifetime(ten, at(5), Some(at(0))), None);
    }

    #[test]
    fn the_next_token_comes_well_before_the_end_of_this_one() {
        assert_eq!(renew_at(at(0), at(600), None), Some(at(360)));
        assert_eq!(renew_at(at(0), at(600), Some(at(3_600))), Some(at(360)));
        assert_eq!(renew_at(at(0), at(600), Some(at(600))), None);
        assert_eq!(renew_at(at(0), at(599), Some(at(600))), None);
        assert_eq!(renew_at(at(0), at(598), Some(at(600))), Some(at(358)));
    }

    proptest! {
        /// Whatever the lengths, a token is renewed while it lives, and asked for with what the session has left.
        #[test]
        fn a_session_is_never_without_a_token(longest in 60_u64..43_200, length in 60_i64..100_000) {
            let ends = Some(at(length));
            let mut now = 0;
            let mut tokens = 0;
            while let Some(life) = lifetime(seconds(longest), at(now), ends) {
                let token_ends = now + i64::try_from(life.seconds()).unwrap();
                prop_assert!(token_ends <= length);
                tokens += 1;
                let Some(next) = renew_at(at(now), at(token_ends), ends) else {
                    prop_assert!(token_ends >= length - 1);
                    break;
                };
                let next = next.duration_since(at(0)).as_secs();
                prop_assert!(now < next && next < token_ends);
                now = next;
            }
            prop_assert!(tokens <= 1 + 2 * length / i64::try_from(longest).unwrap().min(length));
        }
    }
}
