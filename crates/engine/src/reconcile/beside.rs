//! What runs beside the loop, in tasks of its own: all that asks Google before access begins, and the look at every
//! policy. However slow an answer is, no end waits for it.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{intend, redecide, starts, step, verify};
use crate::Engine;

/// How long a grant whose beginning failed is left alone.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// How long what is under way may take when the server stops. Answers that are slower are not waited for.
const STOPS_WITHIN: Duration = Duration::from_secs(1);

/// The tasks. None of them is needed to come to its end: what was begun is in the record, and the next run goes on.
#[derive(Default)]
pub(super) struct Beside {
    /// Starts and intents. Any number of runs at a time: each takes the grants that no other has.
    beginnings: JoinSet<()>,
    /// Deciding anew, one run at a time.
    entitlements: JoinSet<()>,
    /// The look at every policy, one at a time.
    verifier: JoinSet<()>,
    verified: Option<Instant>,
}

impl Beside {
    /// Starts a run of each that is due.
    pub(super) fn start(&mut self, engine: &Engine) {
        for tasks in [
            &mut self.beginnings,
            &mut self.entitlements,
            &mut self.verifier,
        ] {
            while let Some(done) = tasks.try_join_next() {
                if let Err(failure) = done {
                    tracing::error!(error = %failure, "a reconciler died; its next run is the retry");
                }
            }
        }
        if self.entitlements.is_empty() {
            let engine = engine.clone();
            self.entitlements
                .spawn(async move { step(&engine, "entitlements", redecide::run(&engine)).await });
        }
        let (starting, intending) = (engine.clone(), engine.clone());
        self.beginnings
            .spawn(async move { step(&starting, "starts", starts::run(&starting)).await });
        self.beginnings.spawn(async move {
            step(
                &intending,
                "intents",
                intend::run(&intending, AFTER_FAILURE),
            )
            .await;
        });
        let is_due = self
            .verified
            .is_none_or(|at| at.elapsed() >= engine.0.settings.verify_every);
        if is_due && self.verifier.is_empty() {
            let engine = engine.clone();
            self.verifier
                .spawn(async move { step(&engine, "verify", verify::run(&engine)).await });
            self.verified = Some(Instant::now());
        }
    }

    /// Lets what is at the record come to its end, and gives up what waits for an answer.
    pub(super) async fn stop(mut self) {
        let end = async {
            while self.beginnings.join_next().await.is_some() {}
            while self.entitlements.join_next().await.is_some() {}
            while self.verifier.join_next().await.is_some() {}
        };
        if tokio::time::timeout(STOPS_WITHIN, end).await.is_err() {
            self.beginnings.shutdown().await;
            self.entitlements.shutdown().await;
            self.verifier.shutdown().await;
        }
    }
}
