//! How fast the real program is: its start, its memory, and its lists over a long past.

pub mod nested_groups;
pub mod organisation;
pub mod server;
pub mod session;

use std::future::Future;
use std::time::{Duration, Instant};

/// Durations, sorted.
#[derive(Clone, Debug)]
pub struct Durations(Vec<Duration>);

impl Durations {
    /// Runs the work so often, one after the other, and takes the time of each.
    pub async fn of<F: Future<Output = ()>>(times: usize, mut work: impl FnMut() -> F) -> Self {
        let mut taken = Vec::with_capacity(times);
        for _ in 0..times {
            let began = Instant::now();
            work().await;
            taken.push(began.elapsed());
        }
        Self::from(taken)
    }

    /// The duration that so many of a hundred do not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let place = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(place).copied().unwrap_or_default()
    }
}

impl From<Vec<Duration>> for Durations {
    fn from(mut taken: Vec<Duration>) -> Self {
        taken.sort_unstable();
        Self(taken)
    }
}

impl std::fmt::Display for Durations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let in_ms = |percent| self.percentile(percent).as_secs_f64() * 1_000.0;
        write!(
            f,
            "p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms, of {}",
            in_ms(50),
            in_ms(99),
            in_ms(100),
            self.0.len()
        )
    }
}
