use std::sync::{Mutex, PoisonError};

use daypass_engine::ports::Clock;
use jiff::{SignedDuration, Timestamp};

use super::calibration::Calibration;
use super::{Exchange, Sources};

/// How far back a new measurement may move the clock without anybody seeing it: `Date` has whole seconds, so each
/// measurement may differ from the last one by as much. Time then stands still until it has caught up.
const UNSEEN_STEP_BACK: SignedDuration = SignedDuration::from_secs(2);

/// Google's time: the monotonic clock plus an offset, measured from the `Date` header of each answer.
///
/// The offset is the median of the last three measurements, each less half of the round trip. `Date` is cut to whole
/// seconds, so this clock is at most about a second behind Google's, and never ahead by more than half a round trip.
#[derive(Debug)]
pub struct GoogleClock {
    sources: Sources,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Google's time at the monotonic clock's zero.
    zero: Calibration<Timestamp>,
    /// The latest time that was told.
    told: Timestamp,
}

impl GoogleClock {
    /// A clock that has measured nothing yet, and shows the wall clock until it has.
    pub fn new(sources: Sources) -> Self {
        Self {
            sources,
            state: Mutex::new(State {
                zero: Calibration::new(),
                told: Timestamp::MIN,
            }),
        }
    }

    pub(crate) fn observe(&self, exchange: Exchange) {
        let round_trip = exchange.received.saturating_sub(exchange.sent);
        // `Date` was written about half a round trip before its answer arrived.
        let written = exchange.received.saturating_sub(round_trip / 2);
        if let Ok(zero) = exchange.date.checked_sub(written) {
            self.state().zero.add(zero);
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn measured(&self, state: &State) -> Option<Timestamp> {
        state
            .zero
            .median()?
            .checked_add(self.sources.monotonic())
            .ok()
    }
}

impl Clock for GoogleClock {
    fn now(&self) -> Timestamp {
        let mut state = self.state();
        let now = self.measured(&state).unwrap_or_else(|| self.sources.wall());
        let step_back = state.told.duration_since(now);
        if step_back.is_positive() && step_back <= UNSEEN_STEP_BACK {
            return state.told;
        }
        state.told = now;
        now
    }

    fn skew(&self) -> Option<SignedDuration> {
        let measured = self.measured(&self.state())?;
        Some(self.sources.wall().duration_since(measured))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    const GOOGLE: &str = "2026-11-21T09:00:00Z";

    /// A machine whose wall clock is 40 s ahead of Google's; `at` sets how long it has been up, in milliseconds.
    fn machine() -> (Arc<AtomicU64>, GoogleClock) {
        let up = Arc::new(AtomicU64::new(0));
        let (wall, monotonic) = (Arc::clone(&up), Arc::clone(&up));
        let ahead: Timestamp = "2026-11-21T09:00:40Z".parse().unwrap();
        let sources = Sources::new(
            move || ahead + Duration::from_millis(wall.load(Ordering::Relaxed)),
            move || Duration::from_millis(monotonic.load(Ordering::Relaxed)),
        );
        (up, GoogleClock::new(sources))
    }

    fn google(milliseconds: u64) -> Timestamp {
        GOOGLE.parse::<Timestamp>().unwrap() + Duration::from_millis(milliseconds)
    }

    fn exchange(clock: &GoogleClock, sent: u64, received: u64, date: Timestamp) {
        clock.observe(Exchange {
            sent: Duration::from_millis(sent),
            received: Duration::from_millis(received),
            date,
        });
    }

    #[test]
    fn nothing_is_known_before_the_first_answer() {
        let (_, clock) = machine();
        assert_eq!(clock.skew(), None);
        assert_eq!(clock.now(), google(40_000));
    }

    #[test]
    fn a_wrong_wall_clock_is_corrected_and_reported() {
        let (up, clock) = machine();
        up.store(1_200, Ordering::Relaxed);
        // Sent at 800 ms, received at 1,200 ms; Google wrote its time in the middle.
        exchange(&clock, 800, 1_200, google(1_000));
        assert_eq!(clock.now(), google(1_200));
        assert_eq!(clock.skew(), Some(SignedDuration::from_secs(40)));
        up.store(61_200, Ordering::Relaxed);
        assert_eq!(clock.now(), google(61_200));
    }

    #[test]
    fn one_answer_that_is_far_off_is_outvoted() {
        let (_, clock) = machine();
        for date in [google(0), google(3_600_000), google(0)] {
            exchange(&clock, 0, 0, date);
        }
        assert_eq!(clock.skew(), Some(SignedDuration::from_secs(40)));
    }

    #[test]
    fn time_does_not_go_back_by_a_rounding_but_does_by_a_correction() {
        let (_, clock) = machine();
        exchange(&clock, 0, 0, google(10_000));
        assert_eq!(clock.now(), google(10_000));
        exchange(&clock, 0, 0, google(9_000));
        assert_eq!(clock.now(), google(10_000));
        exchange(&clock, 0, 0, google(0));
        exchange(&clock, 0, 0, google(0));
        assert_eq!(clock.now(), google(0));
    }
}
