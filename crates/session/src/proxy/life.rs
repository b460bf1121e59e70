//! The session's life as the proxy knows it: whether something is lent at this moment, and everything that must end
//! when nothing is any more.

use std::future::Future;
use std::sync::Arc;

use daypass_engine::ports::Clock;
use hyper::rt::Executor;
use tokio::sync::watch;

use super::failure::Failure;
use super::lent::Lent;
use super::limits::CLOCK_TICK;

/// All tasks of the proxy are started here, so that none outlives the session.
#[derive(Clone)]
pub(super) struct Life(Arc<Shared>);

struct Shared {
    lent: watch::Receiver<Option<Lent>>,
    clock: Arc<dyn Clock>,
    /// Each running task holds a receiver, and there are no others: when all are gone, so are the tasks.
    over: watch::Sender<bool>,
}

impl Life {
    pub(super) fn new(lent: watch::Receiver<Option<Lent>>, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            lent,
            clock,
            over: watch::Sender::new(false),
        }))
    }

    /// What may be added to a request that leaves now. Security invariant: this is the one way to the token, and it
    /// gives none at or after the end of the session.
    pub(super) fn lent(&self) -> Result<Lent, Failure> {
        let now = self.0.clock.now();
        let lent = self.0.lent.borrow().clone().ok_or(Failure::Over)?;
        if *self.0.over.borrow() || now >= lent.session_ends() {
            return Err(Failure::Over);
        }
        if !lent.token_holds(now) {
            return Err(Failure::TokenOver);
        }
        Ok(lent)
    }

    /// The time by which certificates are made.
    pub(super) fn now(&self) -> daypass_core::Timestamp {
        self.0.clock.now()
    }

    /// Starts work that is dropped, wherever it is, when the session is over.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut over = self.0.over.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                _ = over.wait_for(|over| *over) => {}
                () = work => {}
            }
        });
    }

    /// Ends everything.
    pub(super) fn end(&self) {
        self.0.over.send_replace(true);
    }

    /// Waits until the last task is gone.
    pub(super) async fn ended(&self) {
        self.0.over.closed().await;
    }

    /// Waits for the end of the session, by its lender's word or by the clock, and ends everything.
    pub(super) async fn watch(self) {
        let mut lent = self.0.lent.clone();
        loop {
            if matches!(self.lent(), Err(Failure::Over)) {
                return self.end();
            }
            let left = self.until_the_end();
            tokio::select! {
                changed = lent.changed() => if changed.is_err() {
                    // Nobody is left who could renew or end the session.
                    return self.end();
                },
                () = tokio::time::sleep(left.min(CLOCK_TICK)) => {}
            }
        }
    }

    fn until_the_end(&self) -> std::time::Duration {
        let ends = self.0.lent.borrow().as_ref().map(Lent::session_ends);
        ends.and_then(|ends| ends.duration_since(self.now()).try_into().ok())
            .unwrap_or_default()
    }
}

/// The tasks that HTTP/2 starts for its streams.
impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Life {
    fn execute(&self, work: F) {
        self.spawn(work);
    }
}
