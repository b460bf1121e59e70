//! A certificate authority in memory, and leaf certificates for the hosts it answers for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::cloud::Cloud;
use crate::error::Error;

/// Years around now that certificates hold; the sandbox clock may be set far away.
const HELD_YEARS: i16 = 20;

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    configurations: Mutex<HashMap<String, Arc<ServerConfig>>>,
    year: i32,
}

fn failed(error: &impl ToString) -> Error {
    Error::Keys(error.to_string())
}

impl Authority {
    pub(crate) fn new(cloud: &Cloud) -> Result<Arc<Authority>, Error> {
        let year = i32::from(cloud.now().to_zoned(jiff::tz::TimeZone::UTC).year());
        let key = KeyPair::generate().map_err(|error| failed(&error))?;
        let mut parameters = CertificateParams::new(Vec::new()).map_err(|error| failed(&error))?;
        parameters
            .distinguished_name
            .push(DnType::CommonName, "Daypass sandbox CA");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        hold(&mut parameters, year);
        let certificate = parameters
            .self_signed(&key)
            .map_err(|error| failed(&error))?;
        let issuer = Issuer::new(parameters, key);
        let configurations = Mutex::default();
        Ok(Arc::new(Authority {
            issuer,
            pem: certificate.pem(),
            configurations,
            year,
        }))
    }

    pub(crate) fn ca_pem(&self) -> &str {
        &self.pem
    }

    /// The TLS side of one host.
    pub(crate) fn configuration(&self, host: &str) -> Result<Arc<ServerConfig>, Error> {
        let mut known = self
            .configurations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(host) {
            return Ok(Arc::clone(found));
        }
        let key = KeyPair::generate().map_err(|error| failed(&error))?;
        let mut parameters =
            CertificateParams::new(vec![host.to_owned()]).map_err(|error| failed(&error))?;
        parameters.distinguished_name.push(DnType::CommonName, host);
        parameters.use_authority_key_identifier_extension = true;
        hold(&mut parameters, self.year);
        let certificate = parameters
            .signed_by(&key, &self.issuer)
            .map_err(|error| failed(&error))?;
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut configuration = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| failed(&error))?;
        configuration.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let configuration = Arc::new(configuration);
        known.insert(host.to_owned(), Arc::clone(&configuration));
        Ok(configuration)
    }
}

fn hold(parameters: &mut CertificateParams, year: i32) {
    parameters.not_before = rcgen::date_time_ymd(year - i32::from(HELD_YEARS), 1, 1);
    parameters.not_after = rcgen::date_time_ymd(year + i32::from(HELD_YEARS), 1, 1);
}
