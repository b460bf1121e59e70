//! Sandbox and server in one process, on files in a folder of their own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use daypass_core::diagnostic::Diagnostic;
use daypass_engine::Engine;
use daypass_sandbox::{Cloud, Options, Sandbox, environment};
use daypass_server::SandboxBanner;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::organisation;
use crate::configuration::{Configuration, write_private};
use crate::error::Error;
use crate::wiring;

/// The service account that writes policies: the sandbox's world has it, with the roles that it needs.
const BROKER: &str = "daypass@acme-access.iam.gserviceaccount.com";

/// A running demo. Its files go when it ends.
pub(super) struct World {
    sandbox: Sandbox,
    running: wiring::Running,
    folder: TempDir,
}

impl World {
    /// Starts both. If the address is taken and `or_any` is set, another port serves as well.
    pub(super) async fn start(listen: SocketAddr, or_any: bool) -> Result<Self, Error> {
        let sandbox = Sandbox::start(Options::default())
            .await
            .map_err(|error| Error::Sandbox(error.to_string()))?;
        let folder = tempfile::Builder::new().prefix("daypass-demo-").tempdir()?;
        let listener = match TcpListener::bind(listen).await {
            Ok(listener) => listener,
            Err(_) if or_any => TcpListener::bind((listen.ip(), 0)).await?,
            Err(source) => {
                return Err(wiring::StartError::Listen {
                    address: listen,
                    source,
                }
                .into());
            }
        };
        let config =
            write_files(folder.path(), &sandbox.base_url(), listener.local_addr()?).await?;
        let configuration = Configuration::load(&config)?;
        let banner = SandboxBanner {
            people: organisation::people(),
        };
        organisation::let_mint(&sandbox.cloud(), BROKER)?;
        let running = wiring::start(&configuration, Some(listener), Some(banner)).await?;
        Ok(Self {
            sandbox,
            running,
            folder,
        })
    }

    /// Where the server is.
    pub(super) fn server_url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// Where the emulated cloud is.
    pub(super) fn sandbox_url(&self) -> String {
        self.sandbox.base_url()
    }

    /// The emulated cloud.
    pub(super) fn cloud(&self) -> Cloud {
        self.sandbox.cloud()
    }

    /// The use cases of the server.
    pub(super) fn engine(&self) -> &Engine {
        &self.running.engine
    }

    /// The folder of the demo's files.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs until `stop`, then ends both.
    pub(super) async fn until(self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        self.running.until(stop).await?;
        self.sandbox.stop().await;
        Ok(())
    }
}

/// Writes what a server needs: configuration, entitlements, groups, keys, credentials.
async fn write_files(folder: &Path, sandbox: &str, address: SocketAddr) -> Result<PathBuf, Error> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|source| Error::File {
            doing: "write",
            path,
            source,
        })
    };
    write("entitlements.yaml", organisation::ENTITLEMENTS)?;
    write("groups.yaml", organisation::GROUPS)?;
    write_private(&folder.join("client-secret"), "sandbox-secret")?;
    crate::commands::serve::new_key(&folder.join("keys"))?;
    // The credentials of the broker, as the sandbox hands them out to whoever asks.
    let variables = environment(sandbox, BROKER, &folder.join("broker"))
        .await
        .map_err(|error| Error::Sandbox(error.to_string()))?;
    let credentials = variables
        .iter()
        .find(|(name, _)| name == "GOOGLE_APPLICATION_CREDENTIALS")
        .map(|(_, value)| value.as_str());
    let text = format!(
        "listen: {address}
public_url: http://{address}
store: sqlite:daypass.db
keys: {{dir: keys/}}
entitlements: [{{path: entitlements.yaml}}]
login: {{issuer: '{sandbox}', client_id: daypass-sandbox, client_secret_file: client-secret, allowed_domains: [example.com]}}
machines: [{{issuer: '{sandbox}', audience: 'http://{address}', accounts: [scheduler@acme-access.iam.gserviceaccount.com]}}]
groups: {{file: groups.yaml}}
google: {{sandbox_url: '{sandbox}', credentials_file: '{}'}}
auditors: ['group:security@example.com']
requests: {{open: 50, an_hour: 500}}
sandbox: true
",
        credentials.unwrap_or_default()
    );
    write("daypass.yaml", &text)?;
    Ok(folder.join("daypass.yaml"))
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Sandbox(diagnostic.to_string())
    }
}
