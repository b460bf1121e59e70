//! How many tokens a grant gives in a minute. In memory: a restart starts anew, which gives nobody more than twice the
//! bound.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use daypass_core::Timestamp;
use daypass_core::ids::GrantId;

use crate::reconcile::locked;

/// Most tokens of one grant in a minute. A session needs one in ten minutes, and a script that asks anew for each command
/// some; each costs two entries of the audit trail and a call of Google.
pub const TOKENS_A_MINUTE: usize = 20;

/// Length of the window, in seconds.
const WINDOW_SECONDS: i64 = 60;

/// Grants that are remembered before those that were quiet for a minute are forgotten.
const MOST_GRANTS: usize = 10_000;

/// When each grant's last tokens were asked for.
#[derive(Default)]
pub(crate) struct TokenRate(Mutex<HashMap<GrantId, VecDeque<Timestamp>>>);

impl TokenRate {
    /// Counts one more, or says after how many seconds there may be another.
    pub(crate) fn take(&self, grant: GrantId, now: Timestamp) -> Result<(), u32> {
        let mut grants = locked(&self.0);
        if grants.len() >= MOST_GRANTS {
            grants.retain(|_, taken| taken.iter().any(|at| counts(*at, now)));
        }
        let taken = grants.entry(grant).or_default();
        taken.retain(|at| counts(*at, now));
        match taken.front() {
            Some(first) if taken.len() >= TOKENS_A_MINUTE => {
                let over = now.duration_since(*first).as_secs();
                Err(u32::try_from(WINDOW_SECONDS - over).unwrap_or(1).max(1))
            }
            _ => {
                taken.push_back(now);
                Ok(())
            }
        }
    }
}

/// Whether it is of the last minute. What lies ahead does not count: a clock that went back must not lock anybody out.
fn counts(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.duration_since(at).as_secs() < WINDOW_SECONDS
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn each_grant_has_its_own_minute() {
        let (rate, at) = (TokenRate::default(), |seconds| {
            Timestamp::from_second(seconds).unwrap()
        });
        let (one, other) = (GrantId::new(at(1), [1; 10]), GrantId::new(at(1), [2; 10]));
        for second in 0..20 {
            assert_eq!(rate.take(one, at(100 + second)), Ok(()));
        }
        assert_eq!(rate.take(one, at(119)), Err(41));
        assert_eq!(rate.take(other, at(119)), Ok(()));
        assert_eq!(rate.take(one, at(159)), Err(1));
        assert_eq!(rate.take(one, at(160)), Ok(()), "the first is a minute ago");
        assert_eq!(rate.take(one, at(160)), Err(1));
        assert_eq!(rate.take(one, at(90)), Ok(()), "the clock went back");
    }
}
