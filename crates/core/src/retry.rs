//! How long to wait before the next try.

use std::time::Duration;

/// Most tries of one call, the first included (I30).
pub const MAX_ATTEMPTS: u32 = 8;

/// The wait before the second try, at most.
const BASE: Duration = Duration::from_millis(100);

/// The longest wait that we choose by ourselves.
const CAP: Duration = Duration::from_secs(10);

/// The wait after a first conflict, at most.
const CONFLICT_BASE: Duration = Duration::from_millis(10);

/// The longest wait after a conflict.
const CONFLICT_CAP: Duration = Duration::from_millis(200);

/// The longest wait that a server may ask of us in one run; a longer one ends the run, and the reconciler's next one
/// is the retry.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The wait before try `attempt + 1`, where `attempt` counts from 1: exponential with full jitter. `random` is drawn
/// by the caller. A server's `Retry-After` is a lower bound.
pub fn delay(attempt: u32, random: u64, retry_after: Option<Duration>) -> Option<Duration> {
    if attempt >= MAX_ATTEMPTS || retry_after.is_some_and(|wait| wait > MAX_RETRY_AFTER) {
        return None;
    }
    let ceiling = BASE
        .saturating_mul(1 << attempt.saturating_sub(1).min(16))
        .min(CAP);
    let span = u64::try_from(ceiling.as_micros())
        .unwrap_or(u64::MAX)
        .max(1);
    let own = Duration::from_micros(random % span);
    Some(retry_after.map_or(own, |wait| wait.saturating_add(own)))
}

/// The wait before try `attempt + 1` after somebody else changed the policy first. Nothing is overloaded then, and
/// the other's write is over: an early try most likely finds the policy free, while a long wait meets that writer's
/// next edit. It grows only as far as several brokers need to get out of each other's way.
pub fn after_conflict(attempt: u32, random: u64) -> Option<Duration> {
    if attempt >= MAX_ATTEMPTS {
        return None;
    }
    let ceiling = CONFLICT_BASE
        .saturating_mul(1 << attempt.saturating_sub(1).min(16))
        .min(CONFLICT_CAP);
    let span = u64::try_from(ceiling.as_micros())
        .unwrap_or(u64::MAX)
        .max(1);
    Some(Duration::from_micros(random % span))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// I30: tries and waits are bounded, and `Retry-After` is honoured.
        #[test]
        fn bounded(attempt in 1..1_000_u32, random in any::<u64>(), asked in proptest::option::of(0..100_u64)) {
            let asked = asked.map(Duration::from_secs);
            match delay(attempt, random, asked) {
                None => prop_assert!(attempt >= MAX_ATTEMPTS || asked.is_some_and(|wait| wait > MAX_RETRY_AFTER)),
                Some(wait) => {
                    prop_assert!(wait <= CAP + MAX_RETRY_AFTER);
                    prop_assert!(asked.is_none_or(|asked| wait >= asked));
                }
            }
        }

        /// I30: conflicts are bounded in tries and waits as well.
        #[test]
        fn conflicts_are_bounded(attempt in 1..1_000_u32, random in any::<u64>()) {
            let wait = after_conflict(attempt, random);
            prop_assert_eq!(wait.is_none(), attempt >= MAX_ATTEMPTS);
            prop_assert!(wait.is_none_or(|wait| wait < CONFLICT_CAP));
        }
    }
}
