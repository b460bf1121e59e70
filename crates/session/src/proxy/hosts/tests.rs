#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

/// Written beside the rule and not with it: labels by hand, without a function of the module.
fn is_in_the_closed_rule(authority: &str) -> bool {
    let Some(name) = authority.strip_suffix(":443") else {
        return false;
    };
    let name = name.to_ascii_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    let plain = |label: &str| {
        let first_and_last = [label.chars().next(), label.chars().last()];
        !label.is_empty()
            && label.len() < 64
            && label
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && first_and_last.iter().all(|c| *c != Some('-'))
    };
    match labels[..] {
        [service, "googleapis", "com"] => plain(service),
        [service, location, "rep", "googleapis", "com"] => plain(service) && plain(location),
        _ => false,
    }
}

fn is_allowed(hosts: &Hosts, authority: &str) -> bool {
    Target::parse(authority, None).is_ok_and(|target| hosts.find(&target).is_some())
}

#[test]
fn googles_services_are_allowed_in_any_case() {
    for host in [
        "storage.googleapis.com",
        "STORAGE.GoogleAPIs.com",
        "www.googleapis.com",
        "cloudresourcemanager.googleapis.com",
        "us-central1-aiplatform.googleapis.com",
        "storage.us-central1.rep.googleapis.com",
        "bigquery.europe-west3.rep.googleapis.com",
    ] {
        assert!(
            is_allowed(&Hosts::google(), &format!("{host}:443")),
            "{host}"
        );
    }
}

#[test]
fn what_mints_credentials_gets_none() {
    for host in [
        "oauth2.googleapis.com",
        "OAuth2.googleapis.com",
        "sts.googleapis.com",
        "iamcredentials.googleapis.com",
        "securetoken.googleapis.com",
        "accounts.google.com",
        "sts.us-central1.rep.googleapis.com",
        "us-central1-iamcredentials.googleapis.com",
    ] {
        assert!(
            !is_allowed(&Hosts::google(), &format!("{host}:443")),
            "{host}"
        );
    }
}

/// Each is one way in which somebody could make a token go elsewhere.
#[test]
fn hostile_hosts_are_refused() {
    let long_label = format!("{}.googleapis.com:443", "a".repeat(64));
    let long_name = format!("{}googleapis.com:443", "a.".repeat(200));
    let very_long = format!("{}.googleapis.com:443", "a".repeat(100_000));
    let hostile = [
        // Suffixes and prefixes.
        "googleapis.com.evil.example:443",
        "storage.googleapis.com.evil.example:443",
        "evilgoogleapis.com:443",
        "evil-googleapis.com:443",
        "storage.evilgoogleapis.com:443",
        "storage-googleapis.com:443",
        "storage.googleapis.co:443",
        "storage.googleapis.com.:443",
        "storage.googleapis.com..:443",
        "googleapis.com:443",
        "googleapis.com.:443",
        ".googleapis.com:443",
        "..googleapis.com:443",
        "storage..googleapis.com:443",
        "storage.googleapis..com:443",
        // Names of Google's that are not services, and names of its customers.
        "a.b.googleapis.com:443",
        "bucket.storage.googleapis.com:443",
        "storage.mtls.googleapis.com:443",
        "storage.p.googleapis.com:443",
        "a.b.c.rep.googleapis.com:443",
        "storage..rep.googleapis.com:443",
        "rep.googleapis.com.evil.example:443",
        "service-abc.a.run.app:443",
        "project.appspot.com:443",
        "us-central1-project.cloudfunctions.net:443",
        "api.endpoints.project.cloud.goog:443",
        "google.com:443",
        "www.google.com:443",
        "metadata.google.internal:443",
        // Other scripts, and what normalisation makes of them.
        "xn--storage-9za.googleapis.com:443",
        "storage.xn--googleapis-abc.com:443",
        "st\u{43e}rage.googleapis.com:443",
        "storage.g\u{43e}\u{43e}gleapis.com:443",
        "storage\u{3002}googleapis\u{3002}com:443",
        "storage\u{ff0e}googleapis.com:443",
        "storage\u{ff61}googleapis.com:443",
        "\u{ff53}torage.googleapis.com:443",
        "storage.google\u{200b}apis.com:443",
        "storage.google\u{ad}apis.com:443",
        "storage.googleapis.com\u{202e}:443",
        "\u{212a}ms.googleapis.com:443",
        "\u{17f}torage.googleapis.com:443",
        // Addresses, in all their spellings.
        "142.250.74.106:443",
        "127.0.0.1:443",
        "127.1:443",
        "2130706433:443",
        "0x7f000001:443",
        "0177.0.0.1:443",
        "0x7f.0.0.1:443",
        "127.0.0.1.:443",
        "169.254.169.254:443",
        "[::1]:443",
        "[::ffff:127.0.0.1]:443",
        "[fe80::1%25lo]:443",
        "[fe80::1%lo]:443",
        "[0:0:0:0:0:0:0:1]:443",
        "::1:443",
        "[storage.googleapis.com]:443",
        "[::1]storage.googleapis.com:443",
        "[::1].googleapis.com:443",
        // Somebody before, something after.
        "storage.googleapis.com@evil.example:443",
        "user@storage.googleapis.com:443",
        "user:pass@storage.googleapis.com:443",
        "evil.example:443@storage.googleapis.com:443",
        "evil.example#.googleapis.com:443",
        "evil.example?.googleapis.com:443",
        "evil.example/.googleapis.com:443",
        "evil.example\\.googleapis.com:443",
        "evil.example%2f.googleapis.com:443",
        "evil.example%00.googleapis.com:443",
        "evil.example\0.googleapis.com:443",
        "storage.googleapis.com\0.evil.example:443",
        "storage%2egoogleapis.com:443",
        "%73torage.googleapis.com:443",
        "storage.googleapis.com%20:443",
        " storage.googleapis.com:443",
        "storage.googleapis.com :443",
        "storage .googleapis.com:443",
        "storage\t.googleapis.com:443",
        "storage.googleapis.com\r\nHost: evil.example:443",
        "storage,googleapis.com:443",
        "storage_.googleapis.com:443",
        "*.googleapis.com:443",
        "-storage.googleapis.com:443",
        "storage-.googleapis.com:443",
        // Ports.
        "storage.googleapis.com",
        "storage.googleapis.com:",
        "storage.googleapis.com:80",
        "storage.googleapis.com:8443",
        "storage.googleapis.com:0443",
        "storage.googleapis.com:+443",
        "storage.googleapis.com:443:443",
        "storage.googleapis.com:443 ",
        "storage.googleapis.com:65979",
        "storage.googleapis.com:4294967739",
        "storage.googleapis.com:0",
        "storage.googleapis.com:-443",
        "storage.googleapis.com:\u{ff14}\u{ff14}\u{ff13}",
        "storage.googleapis.com:https",
        "https://storage.googleapis.com:443",
        // Nothing, and too much.
        "",
        ":",
        ":443",
        ".:443",
        "localhost:443",
        &long_label,
        &long_name,
        &very_long,
    ];
    assert!(hostile.len() > 100);
    for authority in hostile {
        assert!(!is_allowed(&Hosts::google(), authority), "{authority:?}");
    }
}

#[test]
fn a_cluster_is_allowed_at_its_exact_address_and_port() {
    let hosts = Hosts::google()
        .with_cluster("https://203.0.113.7", None)
        .and_then(|hosts| hosts.with_cluster("https://gke-1.us-central1.gke.goog:8443/", None))
        .and_then(|hosts| hosts.with_cluster("https://[2001:db8::7]", None));
    let hosts = hosts.unwrap();
    for listed in [
        "203.0.113.7:443",
        "gke-1.us-central1.gke.goog:8443",
        "GKE-1.us-central1.gke.goog:8443",
        "[2001:db8::7]:443",
        "[2001:DB8::7]:443",
        "storage.googleapis.com:443",
    ] {
        assert!(is_allowed(&hosts, listed), "{listed}");
    }
    for other in [
        "203.0.113.7:80",
        "203.0.113.8:443",
        "203.0.113.7.:443",
        "203.0.113.007:443",
        "203.0.28935:443",
        "0xcb007107:443",
        "3405803783:443",
        "[::ffff:203.0.113.7]:443",
        "[::203.0.113.7]:443",
        "[2001:db8:0::7]:443",
        "[2001:db8::8]:443",
        "2001:db8::7:443",
        "gke-1.us-central1.gke.goog:443",
        "x.gke-1.us-central1.gke.goog:8443",
        "gke-1.us-central1.gke.goog.:8443",
        "gke-2.us-central1.gke.goog:8443",
    ] {
        assert!(!is_allowed(&hosts, other), "{other}");
    }
}

#[test]
fn a_cluster_that_cannot_be_read_is_refused() {
    for server in [
        "http://203.0.113.7",
        "203.0.113.7",
        "https://user@203.0.113.7",
        "https://203.0.113.7\\@evil.example",
        "https://203.0.113.7?x",
        "https://203.0.113.7:0",
        "https://oauth2.googleapis.com",
        "https://storage.googleapis.com:8443",
        "https://a.b.googleapis.com",
        "https://googleapis.com",
        "https://",
    ] {
        assert!(
            Hosts::google().with_cluster(server, None).is_err(),
            "{server}"
        );
    }
    for pem in ["", "no certificate"] {
        let added = Hosts::google().with_cluster("https://203.0.113.7", Some(pem));
        assert!(added.is_err(), "{pem:?}");
    }
}

/// As the gateway to registered clusters is: it is known by the rule, whoever claims to certify it.
#[test]
fn a_cluster_at_google_is_google() {
    let gateway = "https://connectgateway.googleapis.com/v1/projects/1/memberships/m";
    let hosts = Hosts::google().with_cluster(gateway, Some("no certificate"));
    let target = Target::parse("connectgateway.googleapis.com:443", None).unwrap();
    assert_eq!(hosts.unwrap().find(&target), Some(Allowed::Google));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_allowed_is_in_the_closed_rule(authority in ".{0,60}") {
        prop_assert!(!is_allowed(&Hosts::google(), &authority) || is_in_the_closed_rule(&authority));
    }

    /// Near misses: parts of the rule and of attacks upon it, put together at random.
    #[test]
    fn no_mixture_of_parts_gets_past_the_rule(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "storage", "googleapis", "com", "rep", "evil", "example", "us-central1", "xn--a", "127", "0x7f",
                ".", ".", ".", "..", "-", "@", ":", "443", ":443", "%2e", "\u{3002}", "\0", "/", "[", "]", "A", " ",
            ]),
            0..10,
        ),
        ending in prop::sample::select(vec!["", ".googleapis.com:443", ".rep.googleapis.com:443", ":443"]),
    ) {
        let authority = format!("{}{ending}", parts.concat());
        prop_assert!(!is_allowed(&Hosts::google(), &authority) || is_in_the_closed_rule(&authority));
    }

    #[test]
    fn every_service_in_the_rule_is_allowed(service in "[a-z][a-z0-9]{1,40}") {
        prop_assume!(!MINTS.contains(&service.as_str()));
        let authority = format!("{service}.googleapis.com:443");
        prop_assert!(is_allowed(&Hosts::google(), &authority));
    }
}
