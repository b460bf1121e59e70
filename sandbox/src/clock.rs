//! The sandbox's own time. Conditions, tokens, ID tokens and `Date` headers all follow it, so that
//! a test can move an hour in no time at all.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

#[derive(Default)]
struct State {
    /// Sandbox time minus machine time.
    offset: SignedDuration,
    /// Set while time stands still.
    frozen_at: Option<Timestamp>,
    /// How far `Date` headers lie, in seconds; conditions do not see it.
    date_shift_seconds: i64,
}

/// Machine time plus an offset, or a moment at which it was frozen.
#[derive(Default)]
pub(crate) struct Clock(Mutex<State>);

impl Clock {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        let state = self.state();
        state
            .frozen_at
            .unwrap_or_else(|| shifted(machine_time(), state.offset))
    }

    /// Sandbox time minus machine time, in seconds.
    pub(crate) fn offset_seconds(&self) -> i64 {
        let milliseconds = self.now().duration_since(machine_time()).as_millis();
        // To the nearest second: the two readings lie microseconds apart.
        i64::try_from((milliseconds + 500).div_euclid(1_000)).unwrap_or_default()
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.state().frozen_at.is_some()
    }

    pub(crate) fn date_shift_seconds(&self) -> i64 {
        self.state().date_shift_seconds
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        let mut state = self.state();
        state.offset = state.offset.saturating_add(by);
        state.frozen_at = state.frozen_at.map(|frozen| shifted(frozen, by));
    }

    pub(crate) fn set(&self, time: Timestamp) {
        let mut state = self.state();
        state.offset = time.duration_since(machine_time());
        if state.frozen_at.is_some() {
            state.frozen_at = Some(time);
        }
    }

    /// Freezing keeps the present moment; thawing goes on from it.
    pub(crate) fn freeze(&self, frozen: bool) {
        let now = self.now();
        let mut state = self.state();
        state.frozen_at = frozen.then_some(now);
        state.offset = now.duration_since(machine_time());
    }

    pub(crate) fn shift_date(&self, seconds: i64) {
        self.state().date_shift_seconds = seconds;
    }

    /// The value of the `Date` header (RFC 9110), shifted by the skew knob.
    pub(crate) fn date_header(&self) -> String {
        let shift = SignedDuration::from_secs(self.date_shift_seconds());
        let time = shifted(self.now(), shift);
        DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&time)
            .unwrap_or_default()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clock"
)]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

fn shifted(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_stands_still_and_still_advances_by_hand() {
        let clock = Clock::default();
        clock.freeze(true);
        let start = clock.now();
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert_eq!(clock.now(), start);
        clock.advance(SignedDuration::from_mins(90));
        assert_eq!(
            clock.now().duration_since(start),
            SignedDuration::from_mins(90)
        );
        clock.freeze(false);
        assert!(clock.now().duration_since(start) >= SignedDuration::from_mins(90));
    }

    #[test]
    fn the_date_shift_moves_headers_only() {
        let clock = Clock::default();
        clock.freeze(true);
        let before = clock.date_header();
        let now = clock.now();
        clock.shift_date(45);
        assert_ne!(clock.date_header(), before);
        assert_eq!(clock.now(), now);
        assert!(before.ends_with(" GMT"));
    }
}
