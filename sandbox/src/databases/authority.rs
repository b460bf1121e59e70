//! The certificate authority of one instance: it signs the server's certificate and those of clients.

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber, SubjectPublicKeyInfo,
};

use crate::cloud::Cloud;
use crate::error::Error;

/// Years around now that the authority and the server's certificate hold; the sandbox clock may be set far away.
const HELD_YEARS: i32 = 10;
/// How long before now a client's certificate holds: its machine's clock may be behind.
const BACKDATED: SignedDuration = SignedDuration::from_mins(5);

pub(crate) struct InstanceAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
    /// `PROJECT:INSTANCE`, which the connectors of Cloud SQL look for as the server's common name.
    #[cfg_attr(
        not(feature = "databases"),
        expect(dead_code, reason = "for the server")
    )]
    server_name: String,
    #[cfg_attr(
        not(feature = "databases"),
        expect(dead_code, reason = "for the server")
    )]
    years: (i32, i32),
}

/// A certificate that an instance's authority signed.
#[derive(Debug)]
pub(crate) struct ClientCertificate {
    pub(crate) pem: String,
    pub(crate) der: Vec<u8>,
    pub(crate) serial: u64,
}

fn failed(error: &impl ToString) -> Error {
    Error::Keys(error.to_string())
}

impl InstanceAuthority {
    pub(crate) fn new(cloud: &Cloud, server_name: String) -> Result<Self, Error> {
        let year = i32::from(cloud.now().to_zoned(jiff::tz::TimeZone::UTC).year());
        let years = (year - HELD_YEARS, year + HELD_YEARS);
        let key = KeyPair::generate().map_err(|error| failed(&error))?;
        let mut parameters = CertificateParams::new(Vec::new()).map_err(|error| failed(&error))?;
        parameters
            .distinguished_name
            .push(DnType::CommonName, "Daypass sandbox SQL CA");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        hold(&mut parameters, years);
        let certificate = parameters
            .self_signed(&key)
            .map_err(|error| failed(&error))?;
        Ok(Self {
            issuer: Issuer::new(parameters, key),
            certificate,
            server_name,
            years,
        })
    }

    pub(crate) fn ca_pem(&self) -> String {
        self.certificate.pem()
    }

    /// Signs a client's key, given as PEM, for a time from now on. None: it is no public key.
    pub(crate) fn sign(
        &self,
        public_key: &str,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Option<ClientCertificate> {
        let key = SubjectPublicKeyInfo::from_pem(public_key).ok()?;
        let serial = crate::random::random::<u64>() >> 1;
        let mut parameters = CertificateParams::new(Vec::new()).ok()?;
        parameters
            .distinguished_name
            .push(DnType::CommonName, "Daypass sandbox SQL client");
        parameters.serial_number = Some(SerialNumber::from(serial));
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let seconds = |time: Timestamp| rcgen::date_time_ymd(1970, 1, 1) + age(time);
        parameters.not_before = seconds(now.saturating_sub(BACKDATED).ok()?);
        parameters.not_after = seconds(now.saturating_add(lifetime).ok()?);
        let certificate = parameters.signed_by(&key, &self.issuer).ok()?;
        Some(ClientCertificate {
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
            serial,
        })
    }

    /// The server's own certificate and its key, in PEM.
    #[cfg(feature = "databases")]
    pub(super) fn server_certificate(&self) -> Result<(String, String), Error> {
        let key = KeyPair::generate().map_err(|error| failed(&error))?;
        let mut parameters = CertificateParams::new(Vec::new()).map_err(|error| failed(&error))?;
        parameters
            .distinguished_name
            .push(DnType::CommonName, self.server_name.as_str());
        hold(&mut parameters, self.years);
        let certificate = parameters
            .signed_by(&key, &self.issuer)
            .map_err(|error| failed(&error))?;
        Ok((certificate.pem(), key.serialize_pem()))
    }
}

fn age(time: Timestamp) -> std::time::Duration {
    std::time::Duration::from_secs(u64::try_from(time.as_second()).unwrap_or(0))
}

fn hold(parameters: &mut CertificateParams, (first, last): (i32, i32)) {
    parameters.not_before = rcgen::date_time_ymd(first, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(last, 1, 1);
}
