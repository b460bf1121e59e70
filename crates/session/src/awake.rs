//! A clock that goes on while the machine sleeps: a session must not outlive its time because a lid was closed.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Linux stops `CLOCK_MONOTONIC` in sleep, and lets this one run.
#[cfg(target_os = "linux")]
const CLOCK: ClockId = ClockId::Boottime;
/// macOS lets this one run; untested, since nobody has run Daypass there yet.
#[cfg(not(target_os = "linux"))]
const CLOCK: ClockId = ClockId::Monotonic;

/// The time since some moment in the past, sleep included.
pub(crate) fn elapsed() -> Duration {
    let now = clock_gettime(CLOCK);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(now.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}
