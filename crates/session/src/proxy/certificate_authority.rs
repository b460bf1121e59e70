//! The session's own certificate authority: made in memory, limited to the allowed hosts, gone with the process.

use std::time::Duration;

use daypass_core::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::Error;
use super::hosts::{GOOGLE, Hosts};
use super::target::Host;

/// How long the authority's certificate holds: the longest day of sessions and renewals. Its key lives as long as the
/// process, whatever the certificate says.
const AUTHORITY_LIVES: Duration = Duration::from_hours(24);
/// How long the certificate of a host holds.
pub(super) const LEAF_LIVES: Duration = Duration::from_hours(1);
/// Certificates are made by Google's time and judged by the machine's, which may be behind.
const EARLIER: Duration = Duration::from_hours(1);

pub(super) struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A host's certificate and its key.
pub(super) struct Leaf {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl CertificateAuthority {
    pub(super) fn new(hosts: &Hosts, now: Timestamp) -> Result<Self, Error> {
        // The default of the library: ECDSA on P-256 with SHA-256.
        let key = KeyPair::generate().map_err(Error::Certificate)?;
        let mut parameters = CertificateParams::default();
        name(&mut parameters, "Daypass session authority");
        hold(&mut parameters, now, AUTHORITY_LIVES);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.name_constraints = Some(constraints(hosts));
        let certificate = parameters.self_signed(&key).map_err(Error::Certificate)?;
        Ok(Self {
            pem: certificate.pem(),
            issuer: Issuer::new(parameters, key),
        })
    }

    /// The certificate, without the key: what the session's tools are told to trust.
    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// Certifies exactly one host, with a new key.
    pub(super) fn certify(&self, host: &Host, now: Timestamp) -> Result<Leaf, Error> {
        let key = KeyPair::generate().map_err(Error::Certificate)?;
        let mut parameters = CertificateParams::default();
        // Not the host: a common name holds 64 characters, and nobody reads it beside the alternative names.
        name(&mut parameters, "Daypass session proxy");
        hold(&mut parameters, now, LEAF_LIVES);
        parameters.subject_alt_names = vec![match host {
            Host::Name(name) => {
                SanType::DnsName(name.to_string().try_into().map_err(Error::Certificate)?)
            }
            Host::Address(address) => SanType::IpAddress(*address),
        }];
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.use_authority_key_identifier_extension = true;
        let certificate = parameters
            .signed_by(&key, &self.issuer)
            .map_err(Error::Certificate)?;
        Ok(Leaf {
            certificate: certificate.into(),
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        })
    }
}

fn name(parameters: &mut CertificateParams, name: &str) {
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
}

fn hold(parameters: &mut CertificateParams, now: Timestamp, life: Duration) {
    let since_1970 = Duration::from_secs(now.as_second().try_into().unwrap_or_default());
    let now = rcgen::date_time_ymd(1970, 1, 1) + since_1970;
    parameters.not_before = now - EARLIER;
    parameters.not_after = now + life;
}

/// Names below Google's domain and the clusters' hosts. A kind of name that is not mentioned would be allowed whole
/// (RFC 5280, 4.2.1.10), so that addresses are ruled out where no cluster has one.
fn constraints(hosts: &Hosts) -> NameConstraints {
    let mut permitted_subtrees = vec![GeneralSubtree::DnsName(GOOGLE.to_owned())];
    for host in hosts.clusters() {
        permitted_subtrees.push(match host {
            Host::Name(name) => GeneralSubtree::DnsName(name.to_string()),
            Host::Address(address) => {
                let all_bits = if address.is_ipv4() { 32 } else { 128 };
                GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, all_bits))
            }
        });
    }
    let has_addresses = permitted_subtrees
        .iter()
        .any(|subtree| matches!(subtree, GeneralSubtree::IpAddress(_)));
    let excluded_subtrees = if has_addresses {
        Vec::new()
    } else {
        vec![
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([0; 4], 0)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix([0; 16], 0)),
        ]
    };
    NameConstraints {
        permitted_subtrees,
        excluded_subtrees,
    }
}

#[cfg(test)]
mod tests;
