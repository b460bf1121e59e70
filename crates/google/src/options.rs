use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use daypass_core::email::Email;
use daypass_core::resource::ResourceName;
use daypass_engine::ports::AccessToken;

use crate::clock::Sources;

/// What [`Google::connect`](crate::Google::connect) needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// Base URLs by service key (`cloudresourcemanager`, `storage`, `iamcredentials`, …: the keys of the core's kind
    /// table). A service that is not named is called at `https://<key>.googleapis.com`. Only with `sandbox`.
    pub endpoints: BTreeMap<String, String>,
    /// The service accounts that write policies; the most specific scope wins. Outside all scopes the credentials
    /// themselves are used.
    pub brokers: Vec<Broker>,
    /// A credentials file of any form that Application Default Credentials know; none: Application Default
    /// Credentials, as found on the machine.
    pub credentials_file: Option<PathBuf>,
    /// A token to use in place of any credentials: for somebody who is signed in by other means. It is never
    /// renewed, and nobody is impersonated with it: there are no brokers then.
    pub access_token: Option<AccessToken>,
    /// Whether this is a sandbox: without it, endpoint overrides and plain http are refused; with it, Google itself
    /// is never called.
    pub sandbox: bool,
    /// Base URL of the emulated cloud: services without an endpoint of their own are there, and its clock is
    /// followed. Only with `sandbox`.
    pub sandbox_url: Option<String>,
    /// How long a call may take.
    pub timeouts: Timeouts,
    /// Where the time of this machine comes from.
    pub sources: Sources,
}

impl Default for Options {
    /// Google itself, with Application Default Credentials.
    fn default() -> Self {
        Self {
            endpoints: BTreeMap::new(),
            brokers: Vec::new(),
            credentials_file: None,
            access_token: None,
            sandbox: false,
            sandbox_url: None,
            timeouts: Timeouts::default(),
            sources: Sources::system(),
        }
    }
}

/// A service account that Daypass acts as within a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// An organization, folder, project, or a single resource.
    pub scope: ResourceName,
    /// The service account to impersonate.
    pub impersonate: Email,
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.impersonate, self.scope)
    }
}

/// Bounds of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the last byte of the answer.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(30),
        }
    }
}
