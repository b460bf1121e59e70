//! The one place where adapters meet ports.

mod entitlements;
mod group_file;
mod server;

use std::path::Path;
use std::sync::Arc;

use daypass_engine::ports::{Clock, StoreError};
use daypass_engine::{Engine, Ports, Settings};
use daypass_google::{Google, Options, OsRandom};
use daypass_store_sqlite::SqliteStore;

pub(crate) use entitlements::read_catalogue;
pub(crate) use group_file::{GroupFile, GroupFileError};
pub(crate) use server::{Running, start};

use crate::configuration::{Configuration, ConfigurationError, read_keyring};

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("the configuration")]
    Configuration(#[from] ConfigurationError),
    #[error("the database {path}")]
    Store { path: String, source: StoreError },
    #[error("the way to Google")]
    Google(#[from] daypass_google::ConnectError),
    #[error("the groups")]
    Groups(#[from] GroupFileError),
    #[error("the sign-in")]
    Login(#[from] daypass_oidc::Error),
    #[error("trusted_proxies")]
    Proxies(#[from] daypass_server::ProxyRangeError),
    #[error("cannot listen on {address}")]
    Listen {
        address: std::net::SocketAddr,
        source: std::io::Error,
    },
    #[error("the server ended")]
    Serve(#[source] std::io::Error),
}

impl StartError {
    /// The next step.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Configuration(error) => return error.hint(),
            Self::Store {
                source: StoreError::InUse,
                ..
            } => "end the other server, or give this one a database of its own".into(),
            Self::Store {
                source: StoreError::Full(_),
                ..
            } => "make room on the disk".into(),
            Self::Store { .. } => "check the path, the folder and its owner".into(),
            Self::Google(_) => "check google: in the configuration".into(),
            Self::Groups(_) => {
                "write it as 'groups: {sre@example.com: [alice@example.com]}'".into()
            }
            Self::Login(error) => error.hint().to_owned(),
            Self::Proxies(_) => "write CIDRs, such as 10.0.0.0/8".into(),
            Self::Listen { .. } => {
                "is another server running there? Choose another port with 'listen:'".into()
            }
            Self::Serve(_) => return None,
        })
    }
}

/// The engine with its adapters, and those that others need, too.
pub(crate) struct Parts {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) google: Arc<Google>,
}

/// Opens the store, connects to Google, reads keys, groups and entitlements.
pub(crate) async fn assemble(configuration: &Configuration) -> Result<Parts, StartError> {
    let catalogue = read_catalogue(configuration)?;
    let keyring = read_keyring(&configuration.keys.dir).map_err(ConfigurationError::from)?;
    let directory = match &configuration.groups {
        Some(groups) => GroupFile::read(&groups.file)?,
        None => GroupFile::empty(),
    };
    let path = configuration
        .store
        .strip_prefix("sqlite:")
        .unwrap_or(&configuration.store);
    let store = SqliteStore::open(Path::new(path))
        .await
        .map_err(|source| StartError::Store {
            path: path.to_owned(),
            source,
        })?;
    let google = Arc::new(Google::connect(options(configuration)).await?);
    let clock = google.clock();
    let ports = Ports {
        store: Arc::new(store),
        iam: google.clone(),
        directory: Arc::new(directory),
        clock: clock.clone(),
        random: Arc::new(OsRandom),
    };
    let settings = Settings {
        max_open_requests: configuration.requests.open,
        requests_an_hour: configuration.requests.an_hour,
        auditors: configuration.auditors.clone(),
        ..Settings::default()
    };
    Ok(Parts {
        engine: Engine::new(ports, keyring, catalogue, settings),
        clock,
        google,
    })
}

/// How Google is reached.
pub(crate) fn options(configuration: &Configuration) -> Options {
    let google = &configuration.google;
    Options {
        endpoints: google.endpoints.clone(),
        brokers: google
            .brokers
            .iter()
            .map(|broker| daypass_google::Broker {
                scope: broker.scope.clone(),
                impersonate: broker.impersonate.clone(),
            })
            .collect(),
        credentials_file: google.credentials_file.clone(),
        sandbox: configuration.sandbox,
        sandbox_url: google.sandbox_url.clone(),
        ..Options::default()
    }
}
