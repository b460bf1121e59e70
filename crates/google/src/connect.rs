use std::sync::Arc;

use daypass_core::resource::KINDS;
use daypass_engine::ports::{Clock, IamError};
use serde_json::Value;
use thiserror::Error;
use url::Url;

use crate::clock::{Fed, GoogleClock, SandboxClock};
use crate::credentials::{CredentialsError, Identity, Impersonation, Source};
use crate::endpoints::Endpoints;
use crate::iam::Memory;
use crate::lineage::Brokers;
use crate::options::Options;
use crate::roles::Shown;
use crate::transport::{Call, Transport, client};

/// Google, or a sandbox in its place.
#[derive(Debug)]
pub struct Google {
    pub(crate) transport: Transport,
    pub(crate) brokers: Brokers,
    pub(crate) memory: Memory,
    pub(crate) shown: Shown,
}

/// Why there is no way to Google. Each is a matter of configuration.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// Endpoints are overridden without `sandbox`.
    #[error(
        "endpoints of Google may be overridden in a sandbox only; set 'sandbox: true' if this is one"
    )]
    OverrideOutsideSandbox,
    /// An endpoint is no base URL.
    #[error("'{0}' is not the base URL of an endpoint, like http://127.0.0.1:8085")]
    Endpoint(String),
    /// An endpoint is of a service that is never called.
    #[error("there is no service '{key}' to set an endpoint for; there are: {known}")]
    Service {
        /// What was written.
        key: String,
        /// The keys that exist.
        known: String,
    },
    /// The credentials cannot be used.
    #[error("Google credentials")]
    Credentials(#[from] CredentialsError),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}

impl Google {
    /// Checks the options and reads the credentials. Google is not called; a sandbox's clock is read.
    pub async fn connect(options: Options) -> Result<Self, ConnectError> {
        let endpoints = Endpoints::from_options(&options)?;
        known(&options)?;
        let client = client(options.timeouts, options.sandbox).map_err(ConnectError::Client)?;
        let (own, brokers) = if let Some(token) = options.access_token {
            (Identity::Person(token), Vec::new())
        } else {
            let file = options.credentials_file.as_deref();
            let source = Arc::new(Source::new(file, options.sandbox).await?);
            let brokers = options.brokers.into_iter().map(|broker| {
                let impersonation = Impersonation::new(broker.impersonate, Arc::clone(&source));
                (broker.scope, Identity::Broker(Arc::new(impersonation)))
            });
            let brokers = brokers.collect();
            (Identity::Own(source), brokers)
        };
        let clock = match endpoints.sandbox().and_then(clock_url) {
            None => Fed::Google(Arc::new(GoogleClock::new(options.sources.clone()))),
            Some(url) => {
                let clock = Arc::new(SandboxClock::new(
                    client.clone(),
                    url,
                    options.sources.clone(),
                ));
                clock.refresh().await;
                clock.follow();
                Fed::Sandbox(clock)
            }
        };
        Ok(Self {
            transport: Transport {
                client,
                endpoints,
                sources: options.sources,
                clock,
            },
            brokers: Brokers::new(brokers, own),
            memory: Memory::default(),
            shown: Shown::default(),
        })
    }

    /// Google's time, fed by each answer that comes in here. It is measured from the first answer on: call
    /// [`probe`](Self::probe) at start to have it at once.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.transport.clock.port()
    }

    /// In a sandbox, its clock: to read it at once rather than within a quarter of a second.
    pub fn sandbox_clock(&self) -> Option<Arc<SandboxClock>> {
        match &self.transport.clock {
            Fed::Google(_) => None,
            Fed::Sandbox(clock) => Some(Arc::clone(clock)),
        }
    }

    /// One call as this identity. A token that Google refuses is replaced once: a refused call had no effect.
    pub(crate) async fn call(
        &self,
        identity: &Identity,
        call: &Call<'_>,
    ) -> Result<Value, IamError> {
        let token = identity.token(&self.transport).await?;
        match self.transport.send(call, &token.secret).await {
            Err(IamError::Unauthenticated { .. }) if identity.renews() => {
                identity.discard(token.generation).await;
                let token = identity.token(&self.transport).await?;
                self.transport.send(call, &token.secret).await
            }
            answer => answer,
        }
    }
}

/// A mistyped key would leave a service at its default address, silently.
fn known(options: &Options) -> Result<(), ConnectError> {
    let mut known: Vec<&str> = KINDS
        .iter()
        .map(|kind| kind.api.endpoint)
        .chain(["iamcredentials", crate::directory::SERVICE])
        .collect();
    known.sort_unstable();
    known.dedup();
    match options
        .endpoints
        .keys()
        .find(|key| !known.contains(&key.as_str()))
    {
        None => Ok(()),
        Some(key) => Err(ConnectError::Service {
            key: key.clone(),
            known: known.join(", "),
        }),
    }
}

fn clock_url(sandbox: &Url) -> Option<Url> {
    Url::parse(&format!(
        "{}/sandbox/clock",
        sandbox.as_str().trim_end_matches('/')
    ))
    .ok()
}
