//! The one place where adapters meet ports.

mod directory;
mod entitlements;
mod gcloud_project;
mod google_as_bearer;
mod group_file;
mod groups;
mod own_credentials;
mod pulse;
mod reload;
mod scopes;
mod server;
mod watch;
mod yaml_files;

use std::path::Path;
use std::sync::Arc;

use daypass_core::entitlement::Catalogue;
use daypass_core::service_account::project_of;
use daypass_engine::ports::{Clock, Directory, StoreError};
use daypass_engine::{Engine, Ports, Settings};
use daypass_google::{Google, Options, OsRandom};
use daypass_store_sqlite::SqliteStore;
use tokio::task::JoinSet;

pub(crate) use directory::directory;
pub(crate) use entitlements::{are_all_gone, read_catalogue};
pub(crate) use gcloud_project::{active_project, project, required_project, zone};
pub(crate) use google_as_bearer::google_as_bearer;
pub(crate) use group_file::{GroupFile, GroupFileError};
pub(crate) use own_credentials::{SIGN_IN, google_as_oneself, sandbox};
pub(crate) use scopes::{Scope, read as read_scope, scopes};
pub(crate) use server::{Running, start};
pub(crate) use yaml_files::{
    Unreadable, is_entitlement_file, read as read_files, read_named as read_file,
};

use crate::configuration::{Configuration, ConfigurationError, Groups, read_keyring};
use groups::FollowedGroups;

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("the configuration")]
    Configuration(#[from] ConfigurationError),
    #[error("the database {path}")]
    Store { path: String, source: StoreError },
    #[error("the entitlements cannot be recorded")]
    Record(#[from] daypass_engine::Error),
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
            Self::Record(error) => return error.hint(),
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
    /// Those who follow what entitlements and groups come from, until they are dropped.
    pub(crate) followers: JoinSet<()>,
}

/// Opens the store, connects to Google, reads keys, groups and entitlements.
pub(crate) async fn assemble(configuration: &Configuration) -> Result<Parts, StartError> {
    let keyring = read_keyring(&configuration.keys.dir).map_err(ConfigurationError::from)?;
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
    let followed = match &configuration.groups {
        Some(Groups::File(path)) => Some(FollowedGroups::read(path.clone())?),
        _ => None,
    };
    let directory: Arc<dyn Directory> = match &followed {
        Some((groups, _)) => Arc::new(groups.clone()),
        None => directory(configuration.groups.as_ref(), &google)?,
    };
    let clock = google.clock();
    let ports = Ports {
        store: Arc::new(store),
        iam: google.clone(),
        projects: google.clone(),
        permissions: google.clone(),
        tokens: google.clone(),
        directory,
        clock: clock.clone(),
        random: Arc::new(OsRandom),
    };
    let settings = Settings {
        max_open_requests: configuration.requests.open,
        requests_an_hour: configuration.requests.an_hour,
        own_projects: configuration
            .google
            .brokers
            .iter()
            .filter_map(|broker| project_of(&broker.impersonate))
            .map(str::to_owned)
            .collect(),
        auditors: configuration.auditors.clone(),
        ..Settings::default()
    };
    let engine = Engine::new(ports, keyring, Catalogue::default(), settings);
    let mut followers = JoinSet::new();
    let watch = reload::begin(&engine, configuration).await?;
    followers.spawn(reload::follow(engine.clone(), watch));
    if let Some((groups, watch)) = followed {
        followers.spawn(groups.follow(engine.clone(), watch));
    }
    scopes::begin(&engine, &google, configuration, &mut followers).await?;
    Ok(Parts {
        engine,
        clock,
        google,
        followers,
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
