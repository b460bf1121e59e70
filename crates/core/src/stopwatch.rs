//! How long something takes, for tests that hold a bound: a test does not own the machine.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The time that this thread has had a processor. What else runs on the machine does not count.
pub(crate) fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanoseconds)
}

/// The processor time of the quickest of a few runs, and done when one took less than `limit`: the first pays for
/// caches.
pub(crate) fn quickest<P, T>(
    limit: Duration,
    mut prepare: impl FnMut() -> P,
    work: impl Fn(&P) -> T,
) -> Duration {
    let mut quickest = Duration::MAX;
    for _ in 0..10 {
        let prepared = prepare();
        let start = processor_time();
        std::hint::black_box(work(&prepared));
        quickest = quickest.min(processor_time().saturating_sub(start));
        if quickest < limit {
            break;
        }
    }
    quickest
}
