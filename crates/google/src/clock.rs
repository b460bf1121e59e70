//! Google's time.

mod calibration;
mod google;
mod sandbox;
mod sources;

use std::sync::Arc;
use std::time::Duration;

use daypass_engine::ports::Clock;
use jiff::Timestamp;

pub use google::GoogleClock;
pub use sandbox::SandboxClock;
pub use sources::Sources;

/// One call and the `Date` of its answer. The moments are of the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange {
    pub(crate) sent: Duration,
    pub(crate) received: Duration,
    pub(crate) date: Timestamp,
}

/// The clock that answers feed.
#[derive(Debug, Clone)]
pub(crate) enum Fed {
    Google(Arc<GoogleClock>),
    Sandbox(Arc<SandboxClock>),
}

impl Fed {
    pub(crate) fn observe(&self, exchange: Exchange) {
        match self {
            Self::Google(clock) => clock.observe(exchange),
            Self::Sandbox(clock) => clock.wake(),
        }
    }

    pub(crate) fn port(&self) -> Arc<dyn Clock> {
        match self {
            Self::Google(clock) => Arc::clone(clock) as Arc<dyn Clock>,
            Self::Sandbox(clock) => Arc::clone(clock) as Arc<dyn Clock>,
        }
    }
}
