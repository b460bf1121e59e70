use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use daypass_core::Timestamp;
use jiff::SignedDuration;

use crate::ports::{Clock, Random};
use crate::reconcile::locked;

/// A clock that moves only when told.
pub struct HandClock(Mutex<(Timestamp, Option<SignedDuration>)>);

impl Default for HandClock {
    /// Starts on 2026-12-01 at noon, with no skew.
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "a constant moment")]
        let noon = "2026-12-01T12:00:00Z".parse().expect("a moment");
        Self(Mutex::new((noon, Some(SignedDuration::ZERO))))
    }
}

impl HandClock {
    /// Moves the clock forward by so many seconds.
    pub fn advance(&self, seconds: i64) {
        let mut guard = locked(&self.0);
        guard.0 = guard
            .0
            .saturating_add(SignedDuration::from_secs(seconds))
            .unwrap_or(guard.0);
    }

    /// Sets what the clock says about its own error.
    pub fn set_skew(&self, skew: Option<SignedDuration>) {
        locked(&self.0).1 = skew;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        locked(&self.0).0
    }

    fn skew(&self) -> Option<SignedDuration> {
        locked(&self.0).1
    }
}

/// Numbers that look random and repeat in each run.
#[derive(Default)]
pub struct Repeatable(AtomicU64);

impl Random for Repeatable {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // The splitmix64 step, which visits every number once.
            let mut state = self
                .0
                .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed)
                .wrapping_add(0x9E37_79B9_7F4A_7C15);
            state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(state ^ (state >> 31)).to_be_bytes()[..chunk.len()]);
        }
    }
}
