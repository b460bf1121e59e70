//! The server's configuration: one YAML file, each key also as an environment variable, secrets from files only.

mod check;
mod environment;
mod iam_conditions;
mod keys;
mod secret_file;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use daypass_core::diagnostic::Diagnostic;
use daypass_core::email::Email;
use daypass_core::principal::Principal;
use daypass_core::resource::ResourceName;
use daypass_google::Customer;
use daypass_oidc::MachineIssuer;
use serde::Deserialize;
use url::Url;

pub(crate) use iam_conditions::IamConditions;
pub(crate) use keys::{KeyError, make_key, read_keyring};
pub(crate) use secret_file::{SecretFileError, read_secret, write_private};

/// What `daypass serve` works with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// Where people reach the server.
    pub(crate) public_url: Url,
    /// The proxies whose `X-Forwarded-For` is believed, as CIDRs.
    #[serde(default)]
    pub(crate) trusted_proxies: Vec<String>,
    /// `sqlite:PATH`.
    pub(crate) store: String,
    /// The keys that prove bindings to be ours.
    pub(crate) keys: Keys,
    /// Where the entitlements are.
    pub(crate) entitlements: Vec<EntitlementSource>,
    /// How people sign in.
    pub(crate) login: Option<Login>,
    /// Who signs in with an ID token of their own.
    #[serde(default)]
    pub(crate) machines: Vec<MachineIssuer>,
    /// Who is in which group.
    pub(crate) groups: Option<Groups>,
    /// How Google is reached.
    #[serde(default)]
    pub(crate) google: Google,
    /// Who may read the whole audit trail.
    #[serde(default)]
    pub(crate) auditors: Vec<Principal>,
    /// How much one person may ask for.
    #[serde(default)]
    pub(crate) requests: Requests,
    /// Whether this is a trial on an emulated cloud: only then are endpoint overrides, plain http and a provider on
    /// this machine allowed, and every page says so.
    #[serde(default)]
    pub(crate) sandbox: bool,
}

/// The folder of the keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    pub(crate) dir: PathBuf,
}

/// Where entitlements come from: exactly one of these.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntitlementSource {
    /// A file, or a folder with all below it.
    pub(crate) path: Option<PathBuf>,
    /// The markers of JIT Access in the allow policies of a scope.
    pub(crate) iam_conditions: Option<IamConditions>,
}

/// An OpenID provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret_file: PathBuf,
    pub(crate) allowed_domains: Vec<String>,
}

/// Where groups come from: exactly one of these.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Groups {
    /// A file of groups.
    File(PathBuf),
    /// Google's own groups.
    CloudIdentity(CloudIdentity),
}

/// The groups of a customer of Google.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloudIdentity {
    pub(crate) customer: Customer,
}

/// How Google is reached.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Google {
    /// The service accounts that write policies; the most specific scope wins.
    #[serde(default)]
    pub(crate) brokers: Vec<Broker>,
    /// Endpoint overrides, by service; in a sandbox only.
    #[serde(default)]
    pub(crate) endpoints: BTreeMap<String, String>,
    /// A credentials file; else Application Default Credentials.
    pub(crate) credentials_file: Option<PathBuf>,
    /// The base URL of the emulated cloud; in a sandbox only.
    pub(crate) sandbox_url: Option<String>,
}

/// A service account that writes policies in a scope.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Broker {
    pub(crate) scope: ResourceName,
    pub(crate) impersonate: Email,
}

/// Bounds on what one person may ask for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Requests {
    /// Requests that wait for a decision at a time.
    pub(crate) open: usize,
    /// Requests in an hour.
    pub(crate) an_hour: usize,
}

impl Default for Requests {
    fn default() -> Self {
        let settings = daypass_engine::Settings::default();
        Self {
            open: settings.max_open_requests,
            an_hour: settings.requests_an_hour,
        }
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigurationError {
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{0}")]
    Wrong(Box<Diagnostic>),
    #[error("{}", join(.0))]
    Entitlements(Vec<Diagnostic>),
    #[error("{key}: {message}")]
    Key {
        key: String,
        message: String,
        hint: String,
    },
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Secret(#[from] SecretFileError),
}

/// The parser's words without the place, which stands before them already: `error: line 1 column 9: …`.
fn said(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    let Some((place, rest)) = line.split_once(": ") else {
        return line;
    };
    let is_place = place.starts_with("line ") && place.contains(" column ");
    if is_place { rest } else { line }
}

fn join(findings: &[Diagnostic]) -> String {
    findings
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n\n")
}

impl ConfigurationError {
    /// The next step.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("check the path: daypass.yaml is named with --config, and paths in it are relative to it; docs/configuration.md has an annotated one".into()),
            Self::Key { hint, .. } => Some(hint.clone()),
            Self::Keys(error) => Some(error.hint()),
            Self::Secret(error) => Some(error.hint()),
            Self::Wrong(_) | Self::Entitlements(_) => None,
        }
    }
}

impl Configuration {
    /// Reads the file, lets the environment override it, resolves paths against the file's folder, and checks what must
    /// hold between the keys.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigurationError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigurationError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut configuration = Self::parse(path, &text)?;
        let overrides = environment::overrides();
        if !overrides.is_empty() {
            configuration = environment::apply(&text, &overrides)?;
        }
        configuration.resolve(path.parent().unwrap_or(Path::new(".")));
        check::check(&configuration)?;
        Ok(configuration)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigurationError> {
        serde_saphyr::from_str(text).map_err(|error| {
            let location = error.location();
            let line = location.map_or(0, |location| location.line());
            let excerpt = usize::try_from(line)
                .ok()
                .and_then(|line| line.checked_sub(1))
                .and_then(|line| text.lines().nth(line));
            let message = daypass_core::justification::printable(said(&error.to_string()), 300);
            ConfigurationError::Wrong(Box::new(Diagnostic {
                line,
                column: location.map_or(0, |location| location.column()),
                hint: Some("docs/configuration.md has an annotated file".into()),
                excerpt: excerpt.map(|line| daypass_core::justification::printable(line, 160)),
                ..Diagnostic::error(&path.display().to_string(), message)
            }))
        })
    }

    fn resolve(&mut self, folder: &Path) {
        let absolute = |path: &mut PathBuf| *path = folder.join(&*path);
        absolute(&mut self.keys.dir);
        self.entitlements
            .iter_mut()
            .filter_map(|source| source.path.as_mut())
            .for_each(absolute);
        self.login
            .iter_mut()
            .for_each(|login| absolute(&mut login.client_secret_file));
        if let Some(Groups::File(path)) = &mut self.groups {
            absolute(path);
        }
        self.google.credentials_file.iter_mut().for_each(absolute);
        if let Some(file) = self.store.strip_prefix("sqlite:") {
            self.store = format!("sqlite:{}", folder.join(file).display());
        }
    }
}

#[cfg(test)]
mod tests;
