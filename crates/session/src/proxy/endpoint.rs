//! One allowed host: what the client meets in its place, and the way to the real one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use daypass_core::Timestamp;
use http::HeaderValue;
use http::uri::Authority;
use rustls::ServerConfig;

use super::Error;
use super::certificate_authority::{CertificateAuthority, LEAF_LIVES};
use super::dial::Route;
use super::hosts::{Allowed, Hosts};
use super::leaf;
use super::limits::HOSTS_KEPT;
use super::roots::{Roots, Verified};
use super::target::Target;
use super::upstream::Upstream;

pub(super) struct Endpoint {
    pub(super) target: Target,
    /// The host in the words of a request.
    pub(super) authority: Authority,
    pub(super) host: HeaderValue,
    /// TLS towards the client.
    pub(super) leaf: Arc<ServerConfig>,
    pub(super) upstream: Upstream,
    made_at: Timestamp,
}

/// All endpoints that were asked for.
pub(super) struct Endpoints {
    hosts: Hosts,
    certificates: CertificateAuthority,
    google: Verified,
    google_route: Route,
    known: Mutex<HashMap<Target, Arc<Endpoint>>>,
}

impl Endpoints {
    pub(super) fn new(
        hosts: Hosts,
        roots: &Roots,
        google_route: Route,
        now: Timestamp,
    ) -> Result<Self, Error> {
        Ok(Self {
            certificates: CertificateAuthority::new(&hosts, now)?,
            google: Verified::new(roots)?,
            hosts,
            google_route,
            known: Mutex::default(),
        })
    }

    pub(super) fn authority_pem(&self) -> &str {
        self.certificates.pem()
    }

    /// The endpoint of a target; none if it may not have the token.
    pub(super) fn find(
        &self,
        target: &Target,
        now: Timestamp,
    ) -> Result<Option<Arc<Endpoint>>, Error> {
        let Some(allowed) = self.hosts.find(target) else {
            return Ok(None);
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(endpoint) = known.get(target).filter(|endpoint| endpoint.is_fresh(now)) {
            return Ok(Some(Arc::clone(endpoint)));
        }
        if known.len() >= HOSTS_KEPT {
            // Those with a tunnel are held by it.
            known.clear();
        }
        let endpoint = Arc::new(self.make(target, allowed, now)?);
        known.insert(target.clone(), Arc::clone(&endpoint));
        Ok(Some(endpoint))
    }

    fn make(
        &self,
        target: &Target,
        allowed: Allowed<'_>,
        now: Timestamp,
    ) -> Result<Endpoint, Error> {
        let (verified, route) = match allowed {
            Allowed::Google => (self.google.clone(), self.google_route),
            Allowed::Cluster(None) => (Verified::new(&Roots::Platform)?, Route::Direct),
            Allowed::Cluster(Some(own)) => {
                (Verified::new(&Roots::Only(own.to_vec()))?, Route::Direct)
            }
        };
        let named = target.authority();
        let unreadable = || Error::Cluster(named.clone());
        Ok(Endpoint {
            leaf: leaf::configuration(&self.certificates, &target.host, now)?,
            authority: named.parse().map_err(|_| unreadable())?,
            host: named.parse().map_err(|_| unreadable())?,
            upstream: Upstream::new(target.clone(), route, verified),
            target: target.clone(),
            made_at: now,
        })
    }
}

impl Endpoint {
    /// Whether its certificate is in the first half of its life.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = std::time::Duration::try_from(now.duration_since(self.made_at));
        age.is_ok_and(|age| age < LEAF_LIVES / 2)
    }
}
