use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use daypass_engine::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::Notify;
use url::Url;

use super::Sources;
use super::calibration::Calibration;
use crate::retry_after::date;

/// How often the sandbox's clock is read: so late an advance by hand is noticed at most.
const PERIOD: Duration = Duration::from_millis(250);

/// The sandbox's clock, taken as if it were the wall clock of this machine.
///
/// Whoever moves the emulated cloud's time moves ours. The skew is still measured against the `Date` header, which
/// the sandbox can shift alone.
#[derive(Debug)]
pub struct SandboxClock {
    client: reqwest::Client,
    url: Url,
    sources: Sources,
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug)]
struct State {
    reading: Option<Reading>,
    /// Sandbox time less `Date`, both of one answer.
    skew: Calibration<SignedDuration>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    now: Timestamp,
    frozen: bool,
    /// The monotonic moment of the reading.
    at: Duration,
}

/// The answer of `/sandbox/clock`.
#[derive(Deserialize)]
struct Answer {
    now: Timestamp,
    #[serde(default)]
    frozen: bool,
}

impl SandboxClock {
    pub(crate) fn new(client: reqwest::Client, url: Url, sources: Sources) -> Self {
        let state = State {
            reading: None,
            skew: Calibration::new(),
        };
        Self {
            client,
            url,
            sources,
            state: Mutex::new(state),
            wake: Notify::new(),
        }
    }

    /// Follows the sandbox until nobody holds this clock any more.
    pub(crate) fn follow(self: &Arc<Self>) {
        tokio::spawn(follow(Arc::downgrade(self)));
    }

    /// Reads the sandbox's clock now. A sandbox that does not answer leaves the last reading in force.
    pub async fn refresh(&self) {
        if let Err(error) = self.read().await {
            tracing::debug!(%error, "the sandbox's clock cannot be read");
        }
    }

    /// Asks for a reading soon.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    async fn read(&self) -> Result<(), reqwest::Error> {
        let sent = self.sources.monotonic();
        let response = self
            .client
            .get(self.url.clone())
            .send()
            .await?
            .error_for_status()?;
        let header = date(response.headers());
        let answer: Answer = response.json().await?;
        let received = self.sources.monotonic();
        let written = received.saturating_sub(received.saturating_sub(sent) / 2);
        let mut state = self.state();
        state.reading = Some(Reading {
            now: answer.now,
            frozen: answer.frozen,
            at: written,
        });
        if let Some(date) = header {
            state.skew.add(answer.now.duration_since(date));
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn follow(clock: Weak<SandboxClock>) {
    loop {
        let Some(clock) = clock.upgrade() else { return };
        clock.refresh().await;
        // The time-out is the period: woken or not, the next reading is due.
        let _ = tokio::time::timeout(PERIOD, clock.wake.notified()).await;
    }
}

impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        let Some(reading) = self.state().reading else {
            return self.sources.wall();
        };
        if reading.frozen {
            return reading.now;
        }
        let passed = self.sources.monotonic().saturating_sub(reading.at);
        reading.now.checked_add(passed).unwrap_or(reading.now)
    }

    fn skew(&self) -> Option<SignedDuration> {
        self.state().skew.median()
    }
}
