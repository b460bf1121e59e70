//! The authority as two others read it: OpenSSL and rustls.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::IpAddr;
use std::process::Command;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{ServerName, UnixTime};

use super::*;
use crate::proxy::roots::provider;

const CLUSTER: &str = "203.0.113.7";

#[expect(
    clippy::disallowed_methods,
    reason = "OpenSSL judges by the machine's time"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

fn authority(hosts: &Hosts) -> CertificateAuthority {
    CertificateAuthority::new(hosts, now()).unwrap()
}

fn of_cluster() -> CertificateAuthority {
    let hosts = Hosts::google()
        .with_cluster(&format!("https://{CLUSTER}"), None)
        .and_then(|hosts| hosts.with_cluster("https://gke-1.us-central1.gke.goog", None));
    authority(&hosts.unwrap())
}

fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

/// What rustls says of a certificate for a host.
fn by_rustls(authority: &CertificateAuthority, text: &str) -> Result<(), rustls::Error> {
    let leaf = authority.certify(&host(text), now()).unwrap();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap())
        .unwrap();
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
    let name = ServerName::try_from(text.trim_matches(['[', ']']).to_owned()).unwrap();
    let seconds = now().as_second().try_into().unwrap();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let verified =
        verifier
            .build()
            .unwrap()
            .verify_server_cert(&leaf.certificate, &[], &name, &[], at);
    verified.map(|_| ())
}

/// What OpenSSL says of it, in its strict mode.
fn by_openssl(authority: &CertificateAuthority, text: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let leaf = authority.certify(&host(text), now()).unwrap();
    let (root, der) = (folder.path().join("ca.pem"), folder.path().join("leaf.der"));
    std::fs::write(&root, authority.pem()).unwrap();
    std::fs::write(&der, &leaf.certificate).unwrap();
    let name = text.trim_matches(['[', ']']);
    let is_address = name.parse::<IpAddr>().is_ok();
    let verified = Command::new("openssl")
        .env_clear()
        .args([
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-no-CApath",
            "-CAfile",
        ])
        .arg(root)
        .arg(if is_address {
            "-verify_ip"
        } else {
            "-verify_hostname"
        })
        .arg(name)
        .arg(der)
        .output()
        .unwrap();
    let said = [verified.stdout, verified.stderr].concat();
    (verified.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn the_allowed_hosts_are_certified() {
    let google = authority(&Hosts::google());
    let cluster = of_cluster();
    for (authority, text) in [
        (&google, "storage.googleapis.com"),
        (&google, "storage.us-central1.rep.googleapis.com"),
        (&cluster, "storage.googleapis.com"),
        (&cluster, "gke-1.us-central1.gke.goog"),
        (&cluster, CLUSTER),
    ] {
        by_rustls(authority, text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        let (accepted, said) = by_openssl(authority, text);
        assert!(accepted, "{text}: {said}");
    }
}

/// Even with the key in hand, nobody can be somebody else to the session's tools.
#[test]
fn other_hosts_cannot_be_certified() {
    let google = authority(&Hosts::google());
    let cluster = of_cluster();
    for (authority, text) in [
        (&google, "example.com"),
        (&google, "evilgoogleapis.com"),
        (&google, "accounts.google.com"),
        (&google, "gke-1.us-central1.gke.goog"),
        (&google, CLUSTER),
        (&google, "[2001:db8::7]"),
        (&cluster, "example.com"),
        (&cluster, "203.0.113.8"),
        (&cluster, "[2001:db8::7]"),
        (&cluster, "gke-2.us-central1.gke.goog"),
    ] {
        let fault = by_rustls(authority, text).unwrap_err();
        assert!(
            format!("{fault:?}").contains("NameConstraintViolation"),
            "{text}: {fault:?}"
        );
        let (accepted, said) = by_openssl(authority, text);
        assert!(
            !accepted && said.contains("subtree violation"),
            "{text}: {said}"
        );
    }
}

#[test]
fn a_leaf_is_for_one_name_of_p256_and_short() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority(&Hosts::google());
    let leaf = authority
        .certify(&host("storage.googleapis.com"), now())
        .unwrap();
    let der = folder.path().join("leaf.der");
    std::fs::write(&der, &leaf.certificate).unwrap();
    let shown = Command::new("openssl")
        .env_clear()
        .args(["x509", "-noout", "-text", "-in"])
        .arg(&der)
        .output()
        .unwrap();
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.contains("DNS:storage.googleapis.com\n"), "{text}");
    assert_eq!(text.matches("DNS:").count(), 1);
    assert!(!text.contains("IP Address:"));
    assert!(
        text.contains("prime256v1") && text.contains("CA:FALSE"),
        "{text}"
    );
    assert!(text.contains("TLS Web Server Authentication\n"), "{text}");
    // It holds now, not in two hours.
    for (seconds, holds) in [(0, true), (7_200, false)] {
        let checked = Command::new("openssl")
            .env_clear()
            .args(["x509", "-noout", "-checkend", &seconds.to_string(), "-in"])
            .arg(&der)
            .output()
            .unwrap();
        assert_eq!(checked.status.success(), holds, "{seconds}");
    }
    assert!(!authority.pem().contains("PRIVATE"));
    assert_eq!(authority.pem().matches("BEGIN").count(), 1);
}

#[test]
fn two_sessions_share_no_authority() {
    let (one, other) = (authority(&Hosts::google()), authority(&Hosts::google()));
    assert_ne!(one.pem(), other.pem());
    assert_ne!(
        one.issuer.key().serialize_der(),
        other.issuer.key().serialize_der()
    );
}
