//! The server's side of TLS. Google's connectors name a server `PROJECT:INSTANCE`, which is no host name: rustls refuses
//! such a greeting without a way to allow it, s2n-tls does not look at it.

use std::time::Duration;

use s2n_tls::callbacks::{VerifyHostNameCallback, WallClock};
use s2n_tls::config::Config;
use s2n_tls::enums::ClientAuthType;
use s2n_tls::security;
use s2n_tls_tokio::TlsAcceptor;

use super::InstanceAuthority;
use crate::cloud::Cloud;
use crate::error::Error;

/// Certificates end by the sandbox's clock, as everything does.
struct SandboxTime(Cloud);

impl WallClock for SandboxTime {
    fn get_time_since_epoch(&self) -> Duration {
        let seconds = u64::try_from(self.0.now().as_second()).unwrap_or(0);
        Duration::from_secs(seconds)
    }
}

/// The authority signs for clients alone, whatever they are called: which one it is, its certificate says.
struct AnyClient;

impl VerifyHostNameCallback for AnyClient {
    fn verify_host_name(&self, _: &str) -> bool {
        true
    }
}

/// Takes connections of clients with a certificate of the authority, and of no others.
pub(crate) fn acceptor(cloud: &Cloud, authority: &InstanceAuthority) -> Result<TlsAcceptor, Error> {
    let (certificate, key) = authority.server_certificate()?;
    let configured = || {
        let mut builder = Config::builder();
        builder
            .set_security_policy(&security::DEFAULT_TLS13)?
            .load_pem(certificate.as_bytes(), key.as_bytes())?
            .with_system_certs(false)?
            .trust_pem(authority.ca_pem().as_bytes())?
            .set_client_auth_type(ClientAuthType::Required)?
            .set_verify_host_callback(AnyClient)?
            .set_wall_clock(SandboxTime(cloud.clone()))?;
        builder.build()
    };
    let configuration =
        configured().map_err(|error: s2n_tls::error::Error| Error::Keys(error.to_string()))?;
    Ok(TlsAcceptor::new(configuration))
}
