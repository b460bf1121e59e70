//! A token is added iff scheme = https, the host is allowed, the secret was shown, and the session has not ended.

use std::time::Duration;

use http::Request;
use http_body_util::Full;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use crate::client::{believing, get, read, shown, shown_as};
use crate::world::{HOST, SECRET, TOKEN, World, reason};

#[tokio::test]
async fn where_all_holds_token_and_reason_arrive_and_nothing_of_the_clients_own() {
    let world = World::start().await;
    let mut connection = world.http1().await;
    let request = Request::get("/storage/v1/b?alt=json")
        .header("host", HOST)
        .header("authorization", "Bearer of-the-client")
        .header("authorization", "Basic of-the-client")
        .header("proxy-authorization", "Basic of-the-client")
        .header("x-goog-request-reason", "of-the-client")
        .header("connection", "authorization, x-hop")
        .header("x-hop", "1")
        .header("user-agent", "tool/1")
        .body(Full::default())
        .unwrap();
    let answer = read(connection.send_request(request).await.unwrap()).await;
    assert_eq!(answer, (200, "hello".to_owned()));
    let seen = world.upstream.last();
    assert_eq!(seen.uri, "/storage/v1/b?alt=json");
    assert_eq!(
        seen.header("authorization").unwrap(),
        format!("Bearer {TOKEN}")
    );
    assert_eq!(
        seen.header("x-goog-request-reason").unwrap(),
        reason().as_str()
    );
    assert_eq!(seen.header("host").unwrap(), HOST);
    assert_eq!(seen.header("user-agent").unwrap(), "tool/1");
    assert!(!format!("{:?}", seen.headers).contains("of-the-client"));
    assert_eq!(seen.header("x-hop"), None);
}

#[tokio::test]
async fn plain_http_gets_no_token() {
    let world = World::start().await;
    for said in [
        format!(
            "GET http://{HOST}/ HTTP/1.1\r\nHost: {HOST}\r\n{}\r\n",
            shown()
        ),
        format!(
            "GET https://{HOST}/ HTTP/1.1\r\nHost: {HOST}\r\n{}\r\n",
            shown()
        ),
        format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{}\r\n", shown()),
        format!("OPTIONS * HTTP/1.1\r\nHost: {HOST}\r\n{}\r\n", shown()),
    ] {
        assert_eq!(world.status(&said).await, 403, "{said}");
    }
    // Inside a tunnel, without TLS.
    let mut tunnel = world.tunnel(&format!("{HOST}:443")).await;
    let plain = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    tunnel.write_all(plain.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = tunnel.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert_eq!(world.upstream.connections(), 0);
}

#[tokio::test]
async fn hosts_outside_the_list_are_refused() {
    let world = World::start().await;
    for host in [
        "example.com:443",
        "googleapis.com.evil.example:443",
        "storage.googleapis.com.:443",
        "storage.googleapis.com:80",
        "storage.googleapis.com:8443",
        "oauth2.googleapis.com:443",
        "xn--storage-9za.googleapis.com:443",
        "user@storage.googleapis.com:443",
        "storage.googleapis.com@evil.example:443",
        "127.0.0.1:443",
        "[::1]:443",
        "2130706433:443",
        "storage%2egoogleapis.com:443",
        "storage.googleapis.com",
        "https://storage.googleapis.com:443",
        "/",
        "*",
        "storage.googleapis.com:443/path",
        "storage.g\u{43e}\u{43e}gleapis.com:443",
        "storage\u{ff0e}googleapis.com:443",
    ] {
        let said = format!("CONNECT {host} HTTP/1.1\r\n{}\r\n", shown());
        let status = world.status(&said).await;
        assert!(matches!(status, 400 | 403), "{host}: {status}");
    }
    assert_eq!(world.upstream.connections(), 0);
}

#[tokio::test]
async fn without_the_secret_nothing_is_opened() {
    let world = World::start().await;
    let right = format!("daypass:{SECRET}");
    let mut wrong = right.clone();
    wrong.replace_range(wrong.len() - 1.., "X");
    for shown in [
        String::new(),
        shown_as("Basic", &wrong),
        shown_as("Basic", &right[..right.len() - 1]),
        shown_as("Basic", &format!("{right}x")),
        shown_as("Basic", &format!("{right}\n")),
        shown_as("Basic", &format!("{right}\0")),
        shown_as("Basic", &right.to_uppercase()),
        shown_as("Basic", SECRET),
        shown_as("Basic", &format!(":{SECRET}")),
        shown_as("Basic", &format!("other:{SECRET}")),
        shown_as("Basic", ""),
        shown_as("Bearer", &right),
        shown_as("Digest", &right),
        format!("Proxy-Authorization: Basic {right}\r\n"),
        format!("Proxy-Authorization: Bearer {SECRET}\r\n"),
        format!("Proxy-Authorization: {SECRET}\r\n"),
        "Proxy-Authorization: \r\n".to_owned(),
        // Two, of which one is right.
        format!("{}{}", shown(), shown_as("Basic", &wrong)),
        format!("{}{}", shown(), shown()),
        // In another place.
        shown().replace("Proxy-Authorization", "Authorization"),
    ] {
        for host in [HOST, "example.com"] {
            let said = format!("CONNECT {host}:443 HTTP/1.1\r\n{shown}\r\n");
            assert_eq!(world.status(&said).await, 407, "{said}");
        }
    }
    let scheme_in_capitals = shown_as("BASIC", &right);
    let said = format!("CONNECT {HOST}:443 HTTP/1.0\r\n{scheme_in_capitals}\r\n");
    assert_eq!(world.status(&said).await, 200);
    assert_eq!(world.upstream.connections(), 0);
}

#[tokio::test]
async fn at_the_end_nothing_more_is_lent() {
    let world = World::start().await;
    let mut connection = world.http1().await;
    let first = connection.send_request(get("/first")).await.unwrap();
    assert_eq!(read(first).await.0, 200);
    world.clock.advance(Duration::from_mins(10));
    // The clock alone says so: nothing has noticed yet.
    match connection.send_request(get("/second")).await {
        Ok(response) => assert_eq!(read(response).await.0, 403),
        Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
    }
    assert_eq!(world.upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_token_that_is_over_is_not_sent() {
    let world = World::start().await;
    let token = daypass_engine::ports::AccessToken::new(
        "canary-old".to_owned().into(),
        daypass_core::Timestamp::UNIX_EPOCH,
    );
    let ends = daypass_engine::ports::Clock::now(&*world.clock) + Duration::from_mins(1);
    let mut connection = world.http1().await;
    let old = daypass_session::proxy::Lent::new(&token, &reason(), ends).unwrap();
    assert_eq!(old.session_ends(), ends);
    assert!(!format!("{old:?}").contains("canary"));
    world.lend.send_replace(Some(old));
    let answer = connection.send_request(get("/")).await.unwrap();
    assert_eq!(read(answer).await.0, 503);
    world.lend("fresh");
    let answer = connection.send_request(get("/")).await.unwrap();
    assert_eq!(read(answer).await.0, 200);
    assert_eq!(
        world.upstream.last().header("authorization").unwrap(),
        "Bearer fresh"
    );
    assert_eq!(world.upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_new_token_counts_on_open_connections() {
    let world = World::start().await;
    let mut first = world.http1().await;
    let mut second = world.http2().await;
    for token in ["one", "two", "three"] {
        world.lend(token);
        let answer = first.send_request(get("/a")).await.unwrap();
        assert_eq!(read(answer).await.0, 200);
        let sent = world.upstream.last().header("authorization");
        assert_eq!(sent.unwrap(), format!("Bearer {token}"));
        let request = Request::get(format!("https://{HOST}/b")).body(Full::default());
        let answer = second.send_request(request.unwrap()).await.unwrap();
        assert_eq!(read(answer).await.0, 200);
        let sent = world.upstream.last().header("authorization");
        assert_eq!(sent.unwrap(), format!("Bearer {token}"));
    }
}

#[tokio::test]
async fn tls_for_another_name_or_none_is_not_answered() {
    let world = World::start().await;
    for (name, is_answered) in [
        (HOST, true),
        ("compute.googleapis.com", false),
        ("evil.example", false),
        // An address is not named in TLS.
        ("127.0.0.1", false),
    ] {
        let stream = world.tunnel(&format!("{HOST}:443")).await;
        let connector = TlsConnector::from(believing());
        let server = ServerName::try_from(name).unwrap();
        let connected = connector.connect(server, stream).await;
        assert_eq!(connected.is_ok(), is_answered, "{name}");
    }
    assert_eq!(world.upstream.connections(), 0);
}
