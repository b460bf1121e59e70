use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Where this machine's time is read: the wall clock, which an operator may set wrongly, and the monotonic clock,
/// which only counts.
#[derive(Clone)]
pub struct Sources {
    wall: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    monotonic: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Sources {
    /// Sources of one's own, for tests.
    pub fn new(
        wall: impl Fn() -> Timestamp + Send + Sync + 'static,
        monotonic: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self {
            wall: Arc::new(wall),
            monotonic: Arc::new(monotonic),
        }
    }

    /// The machine's own clocks: the one place where they are read.
    #[expect(
        clippy::disallowed_methods,
        reason = "the clock's own source; everybody else asks the Clock port"
    )]
    pub fn system() -> Self {
        let start = Instant::now();
        Self::new(Timestamp::now, move || start.elapsed())
    }

    /// The wall clock.
    pub(crate) fn wall(&self) -> Timestamp {
        (self.wall)()
    }

    /// Time since some fixed moment.
    pub(crate) fn monotonic(&self) -> Duration {
        (self.monotonic)()
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}
