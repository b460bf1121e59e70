//! By which certificates the real hosts are verified. There is no way not to verify them.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::{CipherSuite, ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::Error;

/// Whose word counts on who a host is.
#[derive(Debug, Clone, Default)]
pub enum Roots {
    /// The machine's own, as its other programs have them.
    #[default]
    Platform,
    /// These alone: the sandbox's authority, or that of a cluster.
    Only(Vec<CertificateDer<'static>>),
}

/// The TLS towards hosts, in the two forms in which it is opened.
#[derive(Clone)]
pub(super) struct Verified {
    /// Offers HTTP/1.1 only: what a client asks in HTTP/1.1 is passed on so, upgrades among it.
    pub(super) http1: Arc<ClientConfig>,
    /// Offers HTTP/2 first.
    pub(super) http2: Arc<ClientConfig>,
}

impl Verified {
    pub(super) fn new(roots: &Roots) -> Result<Self, Error> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(Error::Tls)?;
        let builder = match roots {
            Roots::Platform => builder.with_platform_verifier().map_err(Error::Tls)?,
            Roots::Only(certificates) => {
                let mut store = RootCertStore::empty();
                for certificate in certificates {
                    store.add(certificate.clone()).map_err(Error::Tls)?;
                }
                builder.with_root_certificates(store)
            }
        };
        let mut http1 = builder.with_no_client_auth();
        http1.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut http2 = http1.clone();
        http2.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // A ticket of one form must not be tried with the other: the protocol is part of what was agreed.
        http2.resumption = rustls::client::Resumption::in_memory_sessions(256);
        Ok(Self {
            http1: Arc::new(http1),
            http2: Arc::new(http2),
        })
    }
}

/// The same cryptography for both sides, whatever else the process has installed.
///
/// AES with 128 bits comes before AES with 256, as browsers have it: every byte of a stream is decrypted and encrypted
/// once more on its way through.
pub(super) fn provider() -> Arc<CryptoProvider> {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    let is_quick = |suite: CipherSuite| {
        matches!(
            suite,
            CipherSuite::TLS13_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        )
    };
    provider
        .cipher_suites
        .sort_by_key(|suite| !is_quick(suite.suite()));
    Arc::new(provider)
}
