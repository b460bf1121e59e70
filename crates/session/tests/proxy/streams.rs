//! Bodies of any size go through as they come.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client::{get, read};
use crate::world::{HOST, World};

const LARGE: usize = 256 * 1024 * 1024;
/// What the whole process may need at once beyond what it needed before, in KiB: proxy, client and host are one here,
/// and so are other tests that run at the same time. It is less than half of what passes.
const MOST: u64 = 112 * 1024;

/// Memory in use, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let words = line.unwrap().split_whitespace().nth(1);
    words.unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_answer_needs_little_memory() {
    let world = World::start().await;
    let mut connection = world.http1().await;
    let before = resident();
    let response = connection
        .send_request(get(&format!("/bytes/{LARGE}")))
        .await
        .unwrap();
    let mut body = response.into_body();
    let (mut received, mut most) = (0, 0);
    while let Some(frame) = body.frame().await {
        received += frame.unwrap().into_data().unwrap().len();
        most = most.max(resident());
    }
    assert_eq!(received, LARGE);
    assert!(
        most - before.min(most) < MOST,
        "{before} KiB, then {most} KiB"
    );
}

/// A client that does not read holds its host back, instead of filling the memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_fills_nothing() {
    let world = World::start().await;
    let mut connection = world.http1().await;
    let before = resident();
    let response = connection
        .send_request(get(&format!("/bytes/{LARGE}")))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let most = resident();
    assert!(
        most - before.min(most) < MOST,
        "{before} KiB, then {most} KiB"
    );
    drop(response);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_request_arrives_whole() {
    const PIECE: usize = 64 * 1024;
    static SEVENS: [u8; PIECE] = [7; PIECE];
    let world = World::start().await;
    let stream = world.secured(&format!("{HOST}:443"), "http/1.1").await;
    let (mut connection, driver) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(driver);
    let before = resident();
    let pieces = (0..LARGE / PIECE).map(|_| {
        let piece = Bytes::from_static(&SEVENS);
        Ok::<_, std::convert::Infallible>(Frame::data(piece))
    });
    let body = StreamBody::new(futures::stream::iter(pieces));
    let request = Request::put("/o").header("host", HOST).body(body).unwrap();
    let answer = connection.send_request(request).await.unwrap();
    assert_eq!(read(answer).await.0, 200);
    assert_eq!(world.upstream.last().body, LARGE);
    let most = resident();
    assert!(
        most - before.min(most) < MOST,
        "{before} KiB, then {most} KiB"
    );
}

#[tokio::test]
async fn an_answer_begins_before_it_ends_and_has_its_trailers() {
    let world = World::start().await;
    let mut connection = world.http1().await;
    let response = connection.send_request(get("/endless")).await.unwrap();
    let mut body = response.into_body();
    let began = Instant::now();
    let drop_of_it = body.frame().await.unwrap().unwrap();
    assert_eq!(drop_of_it.into_data().unwrap(), "drop");
    assert!(began.elapsed() < Duration::from_secs(2));

    let mut connection = world.http1().await;
    let mut request = get("/trailers");
    let headers = request.headers_mut();
    headers.insert("te", "trailers".parse().unwrap());
    headers.insert("connection", "te".parse().unwrap());
    let response = connection.send_request(request).await.unwrap();
    let collected = response.into_body().collect().await.unwrap();
    let trailers: HeaderMap = collected.trailers().unwrap().clone();
    assert_eq!(trailers["grpc-status"], "0");
}

#[tokio::test]
async fn requests_share_connections_one_after_the_other() {
    let world = World::start().await;
    let mut connection = world.http1().await;
    for _ in 0..10 {
        let answer = connection.send_request(get("/")).await.unwrap();
        assert_eq!(read(answer).await.0, 200);
    }
    assert_eq!(world.upstream.connections(), 1);
    drop(connection);
    // The next client takes over what the last one left.
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if !world.lines.lock().unwrap().is_empty() {
            break;
        }
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.get("/").await.0, 200);
    assert_eq!(world.upstream.connections(), 1);
}

#[tokio::test]
async fn a_client_that_waits_to_be_told_to_go_on_is_told() {
    let world = World::start().await;
    let mut stream = world.secured(&format!("{HOST}:443"), "http/1.1").await;
    let head = format!(
        "PUT /o HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    assert_eq!(world.upstream.last().body, 5);
}

#[tokio::test]
async fn the_answers_head_passes_but_for_the_way_round_the_proxy() {
    let world = World::start().await;
    let mut connection = world.http1().await;
    let mut request = get("/bytes/5");
    *request.method_mut() = http::Method::HEAD;
    let response = connection.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers().contains_key("date"));
    assert!(!response.headers().contains_key("alt-svc"));
    let request = Request::get("/").header("host", HOST).body(Full::default());
    let response = connection.send_request(request.unwrap()).await.unwrap();
    assert_eq!(response.headers()["content-length"], "5");
}

/// What may not be said before a body may not be said after it.
#[tokio::test]
async fn credentials_among_the_trailers_do_not_pass() {
    let world = World::start().await;
    let request = format!(
        "POST /o HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\nTrailer: authorization, x-sum\r\nConnection: close\r\n\r\n1\r\na\r\n0\r\nAuthorization: Bearer of-the-client\r\nX-Sum: 7\r\n\r\n"
    );
    let answer = world.raw(&request).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let seen = world.upstream.last();
    assert_eq!(seen.trailers.get("x-sum").unwrap(), "7");
    assert_eq!(seen.trailers.get("authorization"), None);
}

/// A host may close a connection just when the next request is written on it.
#[tokio::test]
async fn a_read_is_repeated_where_the_host_hung_up() {
    let world = World::start().await;
    let mut connection = world.http1().await;
    let answer = connection.send_request(get("/")).await.unwrap();
    assert_eq!(read(answer).await.0, 200);
    let answer = connection.send_request(get("/hang-up-once")).await.unwrap();
    assert_eq!(read(answer).await.0, 200);
    assert_eq!(world.upstream.connections(), 2);
    // What writes is not: nobody knows whether it was done.
    let request = Request::post("/hang-up").header("host", HOST);
    let request = request.body(Full::default()).unwrap();
    let answer = connection.send_request(request).await.unwrap();
    assert_eq!(read(answer).await.0, 502);
}
