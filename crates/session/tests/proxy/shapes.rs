//! Requests of which two readers could make two different things.

use crate::world::{HOST, TOKEN, World};

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[tokio::test]
async fn what_names_two_hosts_or_another_is_refused() {
    let world = World::start().await;
    for (request, expected) in [
        (
            format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nHost: evil.example\r\n\r\n"),
            "400",
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nHost: {HOST}\r\n\r\n"),
            "400",
        ),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/1.0\r\n\r\n".to_owned(), "400"),
        (
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
            "421",
        ),
        (
            "GET / HTTP/1.1\r\nHost: compute.googleapis.com\r\n\r\n".to_owned(),
            "421",
        ),
        (
            format!("GET https://evil.example/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
            "421",
        ),
        (
            format!("GET http://{HOST}/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
            "421",
        ),
        (
            format!("GET https://{HOST}@evil.example/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
            "421",
        ),
        (
            format!("CONNECT evil.example:443 HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
            "405",
        ),
        (format!("TRACE / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"), "405"),
        // A line that goes on in the next one, spaces before a colon, a bare carriage return.
        (
            format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nX-A: 1\r\n X-B: 2\r\n\r\n"),
            "400",
        ),
        (format!("GET / HTTP/1.1\r\nHost : {HOST}\r\n\r\n"), "400"),
        (
            format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nX-A: a\rb\r\n\r\n"),
            "400",
        ),
        (format!("GET / HTTP/1.1\r\n Host: {HOST}\r\n\r\n"), "400"),
        // Lengths that contradict each other.
        (
            format!(
                "POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
            ),
            "400",
        ),
        (
            format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: +1\r\n\r\na"),
            "400",
        ),
        (
            format!(
                "POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked, identity\r\n\r\n"
            ),
            "400",
        ),
        (
            format!(
                "POST / HTTP/1.0\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            "400",
        ),
        (
            format!(
                "GET / HTTP/1.1\r\nHost: {HOST}\r\nX-A: {}\r\n\r\n",
                "a".repeat(70_000)
            ),
            "431",
        ),
    ] {
        let answer = world.raw(&request).await;
        let shown = &request[..request.len().min(120)];
        assert_eq!(
            status(&answer),
            expected,
            "{shown:?} was answered {answer:?}"
        );
        assert!(!answer.contains(TOKEN));
    }
    assert_eq!(world.upstream.seen().len(), 0);
}

/// A length beside chunks: the proxy reads chunks (RFC 9112, 6.3) and passes on chunks alone, so that nobody after it
/// can read it otherwise.
#[tokio::test]
async fn a_request_hidden_in_a_body_stays_in_the_body() {
    let world = World::start().await;
    let hidden = "GET /hidden HTTP/1.1\r\nHost: storage.googleapis.com\r\n\r\n";
    for headers in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    ] {
        let length = hidden.len();
        let request = format!(
            "POST /outer HTTP/1.1\r\nHost: {HOST}\r\n{headers}\r\n{length:x}\r\n{hidden}\r\n0\r\n\r\n"
        );
        let answer = world.raw(&request).await;
        assert_eq!(status(&answer), "200", "{answer}");
        let seen = world.upstream.seen();
        let last = seen.last().unwrap();
        assert_eq!((last.uri.as_str(), last.body), ("/outer", length));
        assert_eq!(last.header("content-length"), None);
        assert_eq!(last.header("transfer-encoding").unwrap(), "chunked");
        assert!(seen.iter().all(|seen| seen.uri == "/outer"));
    }
}

#[tokio::test]
async fn an_absolute_form_for_the_same_host_arrives_as_a_path() {
    let world = World::start().await;
    let request = format!("GET https://{HOST}:443/b?x=1 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n");
    let answer = world.raw(&request).await;
    assert_eq!(status(&answer), "200", "{answer}");
    let seen = world.upstream.last();
    assert_eq!(
        (seen.uri.as_str(), seen.header("host").unwrap().as_str()),
        ("/b?x=1", HOST)
    );
}

#[tokio::test]
async fn a_connect_with_a_body_or_too_much_is_refused() {
    let world = World::start().await;
    let shown = crate::client::shown();
    for (extra, expected) in [
        ("Content-Length: 5\r\n".to_owned(), 400),
        ("Transfer-Encoding: chunked\r\n".to_owned(), 400),
        (format!("X-A: {}\r\n", "a".repeat(20_000)), 431),
        (format!("X-A{}\r\n", ": b\r\nX-A".repeat(200) + ": b"), 431),
    ] {
        let said = format!("CONNECT {HOST}:443 HTTP/1.1\r\n{shown}{extra}\r\n");
        assert_eq!(world.status(&said).await, expected, "{}", &extra[..20]);
    }
}
