//! What `kubectl exec` and its like do: the connection changes its protocol, and bytes go both ways.

use http::Request;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::{HOST, TOKEN, World};

#[tokio::test]
async fn websocket_and_spdy_pass_both_ways() {
    let world = World::start().await;
    for protocol in ["websocket", "SPDY/3.1"] {
        let mut connection = world.http1().await;
        let request = Request::post("/exec?command=sh")
            .header("host", HOST)
            .header("connection", "Upgrade")
            .header("upgrade", protocol)
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .body(Full::default())
            .unwrap();
        let mut response = connection.send_request(request).await.unwrap();
        assert_eq!(response.status(), 101);
        assert_eq!(response.headers()["upgrade"], protocol);
        assert_eq!(response.headers()["x-accepted"], "yes");
        let seen = world.upstream.last();
        assert_eq!(
            seen.header("authorization").unwrap(),
            format!("Bearer {TOKEN}")
        );
        assert_eq!(seen.header("upgrade").unwrap(), protocol);
        assert!(seen.header("sec-websocket-key").is_some());
        let upgraded = hyper::upgrade::on(&mut response).await.unwrap();
        let mut stream = TokioIo::new(upgraded);
        for size in [1, 4096, 100_000] {
            let sent = vec![b'x'; size];
            let mut back = vec![0; size];
            let (mut reading, mut writing) = tokio::io::split(&mut stream);
            let (written, read) =
                tokio::join!(writing.write_all(&sent), reading.read_exact(&mut back));
            written.unwrap();
            read.unwrap();
            assert_eq!(back, sent);
        }
        drop(stream);
        world.log_with(" 101 ").await;
    }
}

#[tokio::test]
async fn other_protocols_are_not_asked_for() {
    let world = World::start().await;
    for protocol in ["h2c", "TLS/1.2", "websocket, h2c"] {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {protocol}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
        );
        let answer = world.raw(&request).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let seen = world.upstream.last();
        assert_eq!(seen.header("upgrade"), None);
        assert_eq!(seen.header("http2-settings"), None);
    }
}
