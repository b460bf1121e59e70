//! The hosts that the session's token may go to: a closed rule for Google's services, and the session's own clusters.

use std::collections::BTreeMap;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::Error;
use super::target::{Host, Target, is_label};

/// Where all of Google Cloud's APIs live. Nobody but Google can have a name directly below it; customers' own services
/// are elsewhere (`run.app`, `appspot.com`, `cloudfunctions.net`, `endpoints.PROJECT.cloud.goog`) and get no token.
pub(super) const GOOGLE: &str = "googleapis.com";
/// Below it, `SERVICE.LOCATION.rep.googleapis.com` are the regional endpoints.
const REGIONAL: &str = "rep";
/// The port of https.
const HTTPS: u16 = 443;

/// Services that make credentials out of credentials. What the proxy lends ends with the session; a credential made
/// with it would not, so these get no token. Whoever needs them within a session has the environment for it.
const MINTS: [&str; 5] = ["accounts", "iamcredentials", "oauth2", "securetoken", "sts"];

/// The exact hosts that a token may be sent to.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    clusters: BTreeMap<Target, Option<Vec<CertificateDer<'static>>>>,
}

/// Why a host may have the token, and so by which roots it is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed<'a> {
    /// One of Google's services.
    Google,
    /// A cluster of the session, with its own certificate authority if it has one.
    Cluster(Option<&'a [CertificateDer<'static>]>),
}

impl Hosts {
    /// Google's services, and nothing else.
    ///
    /// The rule is closed: port 443 of `SERVICE.googleapis.com` or `SERVICE.LOCATION.rep.googleapis.com`, each in
    /// capitals a single label of letters, digits and hyphens, and not one of the services that mint credentials.
    /// Not in it are `SERVICE.mtls.googleapis.com`, which asks for a certificate of the device that only the client
    /// has, `BUCKET.storage.googleapis.com`, and the private names below `p.googleapis.com`.
    pub fn google() -> Self {
        Self::default()
    }

    /// Adds a cluster of the session, as a kubeconfig names it: `https://host[:port][/path]`, and the PEM of its certificate
    /// authority, without which it is verified as the web is.
    ///
    /// The caller vouches for it: the token goes to whoever proves to be this host. Take it from Google's own list of
    /// the project's clusters, never from a file that others may write.
    pub fn with_cluster(
        mut self,
        server: &str,
        authority_pem: Option<&str>,
    ) -> Result<Self, Error> {
        let not_one = || Error::Cluster(server.to_owned());
        let rest = server.strip_prefix("https://").ok_or_else(not_one)?;
        // Behind a gateway a cluster has a path; the token goes to the host.
        let authority = rest.split('/').next().unwrap_or_default();
        let target = Target::parse(authority, Some(HTTPS)).map_err(|_| not_one())?;
        if is_googles_own(&target.host) {
            // Its rule stands above: a list of clusters neither widens it nor says who Google is.
            return self
                .find(&target)
                .is_some()
                .then_some(self)
                .ok_or_else(not_one);
        }
        let roots = authority_pem
            .map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()).collect())
            .transpose()
            .map_err(|_| not_one())?;
        if roots.as_ref().is_some_and(Vec::is_empty) {
            return Err(not_one());
        }
        self.clusters.insert(target, roots);
        Ok(self)
    }

    /// Whether a target may have the token.
    pub(super) fn find(&self, target: &Target) -> Option<Allowed<'_>> {
        if let Some(roots) = self.clusters.get(target) {
            return Some(Allowed::Cluster(roots.as_deref()));
        }
        match &target.host {
            Host::Name(name) if target.port == HTTPS && is_google(name) => Some(Allowed::Google),
            _ => None,
        }
    }

    /// The hosts of the clusters, which the certificate authority may certify beside Google's names.
    pub(super) fn clusters(&self) -> impl Iterator<Item = &Host> {
        self.clusters.keys().map(|target| &target.host)
    }
}

/// What stands before Google's domain, if the name is below it.
fn below_google(name: &str) -> Option<&str> {
    name.strip_suffix(GOOGLE)?.strip_suffix('.')
}

fn is_googles_own(host: &Host) -> bool {
    matches!(host, Host::Name(name) if **name == *GOOGLE || below_google(name).is_some())
}

/// The closed rule, over a name in lower case.
fn is_google(name: &str) -> bool {
    let Some(below) = below_google(name) else {
        return false;
    };
    let labels: Vec<&str> = below.split('.').collect();
    match labels[..] {
        [service] => is_lent_to(service),
        [service, location, REGIONAL] => is_lent_to(service) && is_label(location),
        _ => false,
    }
}

/// A service by its label; some have their region before their name (`europe-west4-aiplatform`).
fn is_lent_to(service: &str) -> bool {
    let last = service.rsplit('-').next().unwrap_or_default();
    is_label(service) && !MINTS.contains(&last)
}

#[cfg(test)]
mod tests;
