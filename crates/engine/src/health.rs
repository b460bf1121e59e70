use daypass_core::Timestamp;

use crate::{Degraded, Engine};

/// How the engine is.
#[derive(Debug, Clone)]
pub struct Health {
    /// Whether the record can be written to.
    pub store: Result<(), String>,
    /// By how many seconds our clock is ahead of Google's; none until it is measured.
    pub clock_skew_seconds: Option<i64>,
    /// How the last call to Google went.
    pub iam: Result<(), String>,
    /// The background work.
    pub reconcilers: Vec<ReconcilerStatus>,
    /// What does not work as it should, while the server goes on: entitlement files that were refused, a scope or
    /// a group file that cannot be read.
    pub degraded: Vec<Degraded>,
    /// Whether requests can be served.
    pub ready: bool,
}

/// How one reconciler is.
#[derive(Debug, Clone)]
pub struct ReconcilerStatus {
    /// Its name.
    pub name: &'static str,
    /// When it last ran.
    pub last_run: Option<Timestamp>,
    /// What went wrong last, until a run goes well.
    pub last_error: Option<String>,
}

impl Engine {
    /// What does not work as it should, while the server goes on.
    pub fn degraded(&self) -> Vec<Degraded> {
        self.0.sources.degraded()
    }

    /// How the engine is. The store is really asked; Google is not.
    pub async fn health(&self) -> Health {
        let store = self
            .store()
            .check()
            .await
            .map_err(|error| crate::error::chain(&error));
        let reconcilers = self.0.state.statuses();
        let iam = reconcilers
            .iter()
            .find(|status| status.name == "policies")
            .and_then(|status| status.last_error.clone());
        let ready = store.is_ok();
        Health {
            store,
            clock_skew_seconds: self.0.ports.clock.skew().map(|skew| skew.as_secs()),
            iam: iam.map_or(Ok(()), Err),
            reconcilers,
            degraded: self.degraded(),
            ready,
        }
    }
}
