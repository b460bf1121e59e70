//! When files last answered. A file system that hangs lets its readers wait for ever, so how old the answers are is
//! told by somebody who does not wait for them.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use daypass_engine::Engine;
use tokio::sync::oneshot;

/// How long files may be silent before it is told.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often is listened.
const EVERY: Duration = Duration::from_secs(2);

/// When files last answered. Clones share the same.
#[derive(Debug, Clone)]
pub(super) struct Pulse(Arc<RwLock<Times>>);

#[derive(Debug)]
struct Times {
    answered: Instant,
    confirmed: Instant,
}

impl Pulse {
    /// They answered at this moment.
    pub(super) fn now() -> Self {
        let now = Instant::now();
        Self(Arc::new(RwLock::new(Times {
            answered: now,
            confirmed: now,
        })))
    }

    /// They answered, whatever they said.
    pub(super) fn beat(&self) {
        self.change(|times| times.answered = Instant::now());
    }

    /// A look that began then found them as they were when they were last read.
    pub(super) fn confirm(&self, began: Instant) {
        self.change(|times| times.confirmed = times.confirmed.max(began));
    }

    /// Until when what was read is known to be what the files say.
    pub(super) fn confirmed(&self) -> Instant {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .confirmed
    }

    /// Tells, for ever, when the files are silent and when they answer again.
    pub(super) async fn tell_silence(self, engine: Engine, name: &str) {
        let mut is_silent = false;
        loop {
            tokio::time::sleep(EVERY).await;
            let was_silent = std::mem::replace(&mut is_silent, self.silence() >= PATIENCE);
            match (was_silent, is_silent) {
                (false, true) => {
                    let why = format!("the files have not answered for {} s", PATIENCE.as_secs());
                    tracing::error!(
                        name,
                        "{why}: the file system hangs; changes are not seen until it answers"
                    );
                    engine.note_degraded(name, &why, Vec::new(), None);
                }
                (true, false) => {
                    engine.note_mended(name);
                    tracing::info!(name, "the files answer again");
                }
                _ => {}
            }
        }
    }

    fn silence(&self) -> Duration {
        let times = self.0.read().unwrap_or_else(PoisonError::into_inner);
        times.answered.elapsed()
    }

    fn change(&self, change: impl FnOnce(&mut Times)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Does work that may hang on a thread of its own, which nothing waits for: the server ends whether it hangs or not.
/// None: it died.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (answer, answered) = oneshot::channel();
    std::thread::Builder::new()
        .name("files".into())
        // Nobody listens any more when the server ends.
        .spawn(move || drop(answer.send(work())))
        .ok()?;
    answered.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_confirmed_never_grows_older() {
        let pulse = Pulse::now();
        let first = pulse.confirmed();
        pulse.confirm(first + Duration::from_secs(2));
        pulse.confirm(first + Duration::from_secs(1));
        assert_eq!(pulse.confirmed(), first + Duration::from_secs(2));
    }

    /// Were it waited for, the runtime would never end.
    #[test]
    fn work_that_hangs_holds_nobody_up() {
        let runtime = tokio::runtime::Runtime::new().unwrap_or_else(|error| panic!("{error}"));
        let (_never, hang) = std::sync::mpsc::channel::<()>();
        let done = runtime.block_on(async {
            assert_eq!(apart(|| 7).await, Some(7));
            tokio::time::timeout(Duration::from_millis(50), apart(move || hang.recv())).await
        });
        assert!(done.is_err(), "it hangs");
        drop(runtime);
    }
}
