use std::time::Duration;

use daypass_engine::ports::IamError;

use crate::connect::Google;

/// A role that is always there and that anybody who is signed in may read.
const ANY_ROLE: &str = "roles/browser";

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// How long the call took, without the token.
    pub latency: Duration,
    /// Whom Google saw, where we know: the broker of the widest scope, or the account that the credentials file
    /// names.
    pub identity: Option<String>,
}

impl Google {
    /// One cheap authenticated call: shows that credentials, network and Google work, and measures the time.
    pub async fn probe(&self) -> Result<Probe, IamError> {
        let identity = self.brokers.reader();
        identity.token(&self.transport).await?;
        let start = self.transport.sources.monotonic();
        self.role(identity, ANY_ROLE).await?;
        let latency = self.transport.sources.monotonic().saturating_sub(start);
        if let Some(clock) = self.sandbox_clock() {
            clock.refresh().await;
        }
        Ok(Probe {
            latency,
            identity: identity.account().map(str::to_owned),
        })
    }
}
