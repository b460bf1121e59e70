//! The auth proxy of a session, if there is one: what it is given, and what tools are told about it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use daypass_core::Timestamp;
use daypass_engine::ports::AccessToken;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;

use super::Plan;
use super::preparation::KUBECONFIG;
use super::preparation::random_word;
use crate::error::SessionError;
use crate::folder::SessionFolder;
use crate::kubeconfig;
use crate::plain_file;
use crate::proxy::{
    self, Hosts, Lent, Log, Options, Others, Roots, Route, Running, Spared, Target,
};
use crate::variables::Variables;

/// What somebody who wants a proxy decides.
pub struct AuthProxy {
    /// What becomes of hosts that are not Google's.
    pub others: Others,
    /// Who is told of each request.
    pub log: Option<Log>,
}

/// Every variable by which some client finds the authorities that it trusts.
const AUTHORITIES: [&str; 6] = [
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "CURL_CA_BUNDLE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];

/// Where distributions keep the authorities that they trust.
const SYSTEM_AUTHORITIES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// The largest file of authorities that is read, in bytes: those of a whole machine have a quarter of one MiB.
const LARGEST_AUTHORITIES: u64 = 8 << 20;

/// A proxy that runs for this session.
pub(super) struct Serving {
    running: Running,
    lend: watch::Sender<Option<Lent>>,
    secret: SecretString,
    authorities: PathBuf,
    past: String,
}

impl Serving {
    /// Starts it with the session's first token.
    pub(super) async fn start(
        plan: &Plan,
        wanted: &AuthProxy,
        folder: &SessionFolder,
        token: &AccessToken,
        session_ends: Timestamp,
    ) -> Result<Self, SessionError> {
        let secret = random_word();
        let first = Lent::new(token, &plan.reason, session_ends).map_err(SessionError::Proxy)?;
        let (lend, lent) = watch::channel(Some(first));
        let running = proxy::start(Options {
            secret: secret.clone(),
            hosts: Hosts::google(),
            others: wanted.others,
            spared: Some(in_kubeconfig(folder.path().join(KUBECONFIG))),
            roots: Roots::Platform,
            route: route(&plan.inherited),
            lent,
            clock: plan.clock.clone(),
            log: wanted.log.clone(),
        })
        .await
        .map_err(SessionError::Proxy)?;
        let bundle = format!(
            "{}\n{}",
            running.authority_pem(),
            trusted_outside(&plan.inherited)
        );
        let authorities = folder.write("authorities.pem", &bundle)?;
        Ok(Self {
            running,
            lend,
            secret,
            authorities,
            past: "127.0.0.1,localhost,::1".to_owned(),
        })
    }

    /// The next token.
    pub(super) fn lend(&self, token: &AccessToken, plan: &Plan, session_ends: Timestamp) {
        // A token that makes no header would not have come through `start` either; then the last one stays.
        if let Ok(next) = Lent::new(token, &plan.reason, session_ends) {
            self.lend.send_replace(Some(next));
        }
    }

    /// Ends it: no request gets the token any more, and the port is closed.
    pub(super) async fn stop(self) {
        self.lend.send_replace(None);
        self.running.stop().await;
    }

    /// Tells the programs inside. The secret in the address opens the proxy to the session's programs alone; it is no
    /// token, and worth nothing when the session is over.
    pub(super) fn tell(&self, variables: &mut Variables) {
        let secret = self.secret.expose_secret();
        let address = format!("http://{}:{secret}@{}", proxy::USER, self.running.address());
        for name in ["HTTPS_PROXY", "https_proxy"] {
            variables.set(name, &address);
        }
        for name in ["NO_PROXY", "no_proxy"] {
            variables.set(name, &self.past);
        }
        for name in AUTHORITIES {
            variables.set(name, &self.authorities);
        }
    }

    /// Clusters that tools reach past the proxy, with the credential plugin: the proxy has no token for them.
    pub(super) fn spare(&mut self, hosts: &[String]) {
        for host in hosts {
            self.past.push(',');
            self.past.push_str(host);
        }
    }
}

/// The clusters that stand in the session's kubeconfig at the moment: `gcloud container clusters get-credentials` adds to
/// it, and kubectl then speaks TLS with the cluster's own authority and has the token from its plugin.
fn in_kubeconfig(file: PathBuf) -> Spared {
    Arc::new(move |target| {
        kubeconfig::servers(&file)
            .iter()
            .filter_map(|server| server.strip_prefix("https://")?.split('/').next())
            .filter_map(|authority| Target::parse(authority, Some(HTTPS)).ok())
            .any(|cluster| cluster == *target)
    })
}

/// The port of https.
const HTTPS: u16 = 443;

/// The way to Google: through the proxy that is set outside, if that is one by its address.
fn route(inherited: &Variables) -> Route {
    let outside = inherited
        .text("HTTPS_PROXY")
        .or_else(|| inherited.text("https_proxy"));
    let address = outside
        .and_then(|text| text.strip_prefix("http://"))
        .and_then(|text| text.trim_end_matches('/').parse::<SocketAddr>().ok());
    address.map_or(Route::Direct, Route::Through)
}

/// The authorities that programs trust outside: they trust them inside as well.
fn trusted_outside(inherited: &Variables) -> String {
    let named = inherited.folder("SSL_CERT_FILE");
    let known = SYSTEM_AUTHORITIES.iter().map(PathBuf::from);
    named
        .into_iter()
        .chain(known)
        .find_map(|path| plain_file::read(&path, LARGEST_AUTHORITIES).ok())
        .map(|(text, _)| text)
        .unwrap_or_default()
}
