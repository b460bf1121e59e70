#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn target(authority: &str) -> Target {
    Target::parse(authority, None).unwrap()
}

fn asked(version: Version, uri: &str, hosts: &[&str]) -> Request<()> {
    let mut request = Request::builder().version(version).uri(uri);
    for host in hosts {
        request = request.header(HOST, *host);
    }
    request.body(()).unwrap()
}

#[test]
fn a_request_for_the_tunnels_host_passes() {
    let storage = target("storage.googleapis.com:443");
    for (version, uri, hosts) in [
        (Version::HTTP_11, "/b", &["storage.googleapis.com"][..]),
        (Version::HTTP_11, "/b", &["Storage.GoogleAPIs.com:443"]),
        (Version::HTTP_10, "/b", &["storage.googleapis.com"]),
        (
            Version::HTTP_11,
            "https://storage.googleapis.com/b",
            &["storage.googleapis.com"],
        ),
        (Version::HTTP_2, "https://storage.googleapis.com/b", &[]),
        (
            Version::HTTP_2,
            "https://storage.googleapis.com/b",
            &["storage.googleapis.com"],
        ),
    ] {
        let checked = check(&asked(version, uri, hosts), &storage);
        assert!(checked.is_ok(), "{version:?} {uri} {hosts:?}: {checked:?}");
    }
    let cluster = target("203.0.113.7:8443");
    assert!(
        check(
            &asked(Version::HTTP_11, "/api", &["203.0.113.7:8443"]),
            &cluster
        )
        .is_ok()
    );
    assert!(check(&asked(Version::HTTP_11, "/api", &["203.0.113.7"]), &cluster).is_err());
}

#[test]
fn a_request_that_names_another_host_or_none_or_two_does_not() {
    let storage = target("storage.googleapis.com:443");
    for (version, uri, hosts, status) in [
        (Version::HTTP_11, "/b", &["compute.googleapis.com"][..], 421),
        (Version::HTTP_11, "/b", &["storage.googleapis.com."], 421),
        (Version::HTTP_11, "/b", &["storage.googleapis.com:80"], 421),
        (Version::HTTP_11, "/b", &["x@storage.googleapis.com"], 421),
        (Version::HTTP_11, "/b", &[""], 421),
        (Version::HTTP_11, "/b", &[], 400),
        (
            Version::HTTP_11,
            "/b",
            &["storage.googleapis.com", "storage.googleapis.com"],
            400,
        ),
        (
            Version::HTTP_11,
            "/b",
            &["storage.googleapis.com", "evil.example"],
            400,
        ),
        (
            Version::HTTP_11,
            "https://compute.googleapis.com/b",
            &["storage.googleapis.com"],
            421,
        ),
        (
            Version::HTTP_11,
            "http://storage.googleapis.com/b",
            &["storage.googleapis.com"],
            421,
        ),
        (
            Version::HTTP_11,
            "https://storage.googleapis.com/b",
            &["evil.example"],
            421,
        ),
        (
            Version::HTTP_11,
            "https://storage.googleapis.com/b",
            &[],
            400,
        ),
        (Version::HTTP_2, "https://evil.example/b", &[], 421),
        (Version::HTTP_2, "http://storage.googleapis.com/b", &[], 421),
        (
            Version::HTTP_2,
            "https://storage.googleapis.com/b",
            &["evil.example"],
            421,
        ),
    ] {
        let checked = check(&asked(version, uri, hosts), &storage);
        let refused = checked.map_err(|failure| failure.status().as_u16());
        assert_eq!(refused.err(), Some(status), "{version:?} {uri} {hosts:?}");
    }
    for method in [Method::TRACE, Method::CONNECT] {
        let mut request = asked(Version::HTTP_11, "/", &["storage.googleapis.com"]);
        *request.method_mut() = method;
        assert!(matches!(check(&request, &storage), Err(Failure::Method)));
    }
}

#[test]
fn neighbours_headers_and_credentials_are_taken_away() {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("authorization", "Bearer own"),
        ("x-goog-request-reason", "forged"),
        ("proxy-authorization", "Basic x"),
        ("proxy-connection", "keep-alive"),
        ("proxy-anything", "x"),
        ("connection", "close, X-Hop"),
        ("connection", "x-other-hop"),
        ("x-hop", "1"),
        ("x-other-hop", "1"),
        ("keep-alive", "timeout=5"),
        ("te", "trailers, deflate"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("http2-settings", "x"),
        ("expect", "100-continue"),
        ("host", "storage.googleapis.com"),
        ("x-goog-user-project", "kept"),
        ("content-length", "3"),
        ("trailer", "grpc-status"),
    ] {
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    assert!(takes_trailers(&headers));
    clean_request(&mut headers);
    let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    left.sort_unstable();
    assert_eq!(left, ["content-length", "trailer", "x-goog-user-project"]);
}

#[test]
fn only_known_protocols_are_changed_to() {
    let wanted = |version, connection: &str, upgrade: &[&str]| {
        let mut request = asked(version, "/", &["storage.googleapis.com"]);
        let headers = request.headers_mut();
        headers.insert(CONNECTION, connection.parse().unwrap());
        for protocol in upgrade {
            headers.append(UPGRADE, protocol.parse().unwrap());
        }
        wanted_upgrade(&request).is_some()
    };
    assert!(wanted(Version::HTTP_11, "Upgrade", &["websocket"]));
    assert!(wanted(
        Version::HTTP_11,
        "keep-alive, upgrade",
        &["SPDY/3.1"]
    ));
    assert!(!wanted(Version::HTTP_11, "upgrade", &["h2c"]));
    assert!(!wanted(Version::HTTP_11, "upgrade", &["TLS/1.2"]));
    assert!(!wanted(Version::HTTP_11, "upgrade", &["websocket, h2c"]));
    assert!(!wanted(Version::HTTP_11, "upgrade", &["websocket", "h2c"]));
    assert!(!wanted(Version::HTTP_11, "keep-alive", &["websocket"]));
    assert!(!wanted(Version::HTTP_10, "upgrade", &["websocket"]));
}
