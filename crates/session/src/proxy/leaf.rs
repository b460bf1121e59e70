//! The TLS side that a client meets: one certificate for one name, and no other name is answered.

use std::sync::Arc;

use daypass_core::Timestamp;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::Error;
use super::certificate_authority::CertificateAuthority;
use super::roots::provider;
use super::target::Host;

/// Answers for one host only.
#[derive(Debug)]
struct OnlyFor {
    host: Host,
    key: Arc<CertifiedKey>,
}

impl ResolvesServerCert for OnlyFor {
    /// A client names the host it wants, or none if it wants an address (RFC 6066, 3).
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let is_ours = match (&self.host, hello.server_name()) {
            (Host::Name(ours), Some(wanted)) => ours.eq_ignore_ascii_case(wanted),
            (Host::Address(_), None) => true,
            _ => false,
        };
        is_ours.then(|| Arc::clone(&self.key))
    }
}

/// Certifies the host and sets up TLS with that.
pub(super) fn configuration(
    authority: &CertificateAuthority,
    host: &Host,
    now: Timestamp,
) -> Result<Arc<ServerConfig>, Error> {
    let leaf = authority.certify(host, now)?;
    let provider = provider();
    let key =
        CertifiedKey::from_der(vec![leaf.certificate], leaf.key, &provider).map_err(Error::Tls)?;
    let resolver = OnlyFor {
        host: host.clone(),
        key: Arc::new(key),
    };
    let mut configuration = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::Tls)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    configuration.ignore_client_order = true;
    configuration.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(configuration))
}
