//! The running server: engine, HTTP, and their common end.

use std::net::SocketAddr;
use std::sync::Arc;

use daypass_engine::Engine;
use daypass_google::OsRandom;
use daypass_oidc::{LoginConfig, MachineVerifier, RelyingParty};
use daypass_server::{App, AppOptions, ProxyRange, SandboxBanner};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::{Parts, StartError, assemble};
use crate::configuration::{Configuration, ConfigurationError, Login, read_secret};

/// Sign-ins that one peer may begin in a minute on a sandbox.
const SANDBOX_LOGINS_A_MINUTE: u32 = 1_000;

/// A server that runs until it is told to end.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its use cases.
    pub(crate) engine: Engine,
    end: watch::Sender<bool>,
    http: JoinHandle<()>,
    reconcilers: JoinHandle<()>,
    followers: JoinSet<()>,
}

/// Starts everything. `listener` is given where the address had to be known before.
pub(crate) async fn start(
    configuration: &Configuration,
    listener: Option<TcpListener>,
    banner: Option<SandboxBanner>,
) -> Result<Running, StartError> {
    let parts = assemble(configuration).await?;
    let listener = match listener {
        Some(listener) => listener,
        None => TcpListener::bind(configuration.listen)
            .await
            .map_err(|source| StartError::Listen {
                address: configuration.listen,
                source,
            })?,
    };
    let address = listener.local_addr().map_err(StartError::Serve)?;
    let app = App::new(app_options(configuration, &parts, banner)?);
    let (end, ended) = watch::channel(false);
    let until = |mut ended: watch::Receiver<bool>| async move {
        // An error means that the sender is gone, which is an end, too.
        let _ = ended.wait_for(|over| *over).await;
    };
    let google = parts.google.clone();
    // The first answer of Google sets the clock; until then nothing is granted.
    tokio::spawn(async move {
        if let Err(error) = google.probe().await {
            tracing::warn!(error = %daypass_engine::error::chain(&error), "Google cannot be reached yet");
        }
    });
    let http = tokio::spawn(daypass_server::serve(listener, app, until(ended.clone())));
    let engine = parts.engine.clone();
    let background = parts.engine;
    let followers = parts.followers;
    let reconcilers = tokio::spawn(async move { background.run(until(ended)).await });
    Ok(Running {
        address,
        engine,
        end,
        http,
        reconcilers,
        followers,
    })
}

fn app_options(
    configuration: &Configuration,
    parts: &Parts,
    banner: Option<SandboxBanner>,
) -> Result<AppOptions, StartError> {
    let login = configuration
        .login
        .as_ref()
        .map(|login| relying_party(configuration, login, parts))
        .transpose()?;
    let machines = match &configuration.machines[..] {
        [] => None,
        machines => Some(MachineVerifier::new(
            machines.to_vec(),
            configuration.sandbox,
        )?),
    };
    let proxies = configuration
        .trusted_proxies
        .iter()
        .map(|range| range.parse())
        .collect::<Result<Vec<ProxyRange>, _>>()?;
    Ok(AppOptions {
        engine: parts.engine.clone(),
        login,
        machines,
        public_url: configuration.public_url.clone(),
        trusted_proxies: proxies,
        sandbox: configuration.sandbox.then(|| banner.unwrap_or_default()),
        cookie_name: None,
        // On a sandbox one person plays all parts, from one address.
        logins_a_minute: configuration.sandbox.then_some(SANDBOX_LOGINS_A_MINUTE),
        random: Arc::new(OsRandom),
    })
}

fn relying_party(
    configuration: &Configuration,
    login: &Login,
    parts: &Parts,
) -> Result<RelyingParty, StartError> {
    let redirect = configuration
        .public_url
        .join("/login/callback")
        .map_err(|error| ConfigurationError::Key {
            key: "public_url".into(),
            message: error.to_string(),
            hint: "write https://daypass.example.com".into(),
        })?;
    let clock = parts.clock.clone();
    Ok(RelyingParty::new(LoginConfig {
        issuer: login.issuer.clone(),
        client_id: login.client_id.clone(),
        client_secret: read_secret(&login.client_secret_file).map_err(ConfigurationError::from)?,
        allowed_domains: login.allowed_domains.clone(),
        redirect_uri: redirect,
        allow_loopback_http: configuration.sandbox,
        clock: Arc::new(move || clock.now()),
    })?)
}

impl Running {
    /// Runs until `stop`, then ends in order: no new requests, writes under way finished.
    pub(crate) async fn until(self, stop: impl Future<Output = ()>) -> Result<(), StartError> {
        let Self {
            end,
            mut http,
            reconcilers,
            mut followers,
            ..
        } = self;
        let early = tokio::select! {
            () = stop => None,
            ended = &mut http => Some(ended),
        };
        end.send_replace(true);
        let ended = match early {
            Some(ended) => ended,
            None => http.await,
        };
        // A panic in the background was logged where it happened.
        let _ = reconcilers.await;
        // A change that is being recorded is in force at the next start, or not recorded: both are consistent.
        followers.shutdown().await;
        ended.map_err(|failure| StartError::Serve(std::io::Error::other(failure)))
    }
}
