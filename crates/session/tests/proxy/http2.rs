//! HTTP/2 on both sides, as gRPC needs it, and on the client's side only.

use std::convert::Infallible;

use bytes::Bytes;
use futures::future::join_all;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::client::{Body, read};
use crate::upstream::Root;
use crate::world::{HOST, TOKEN, Unlike, World};

fn get(path: &str) -> Request<Body> {
    let uri = format!("https://{HOST}{path}");
    Request::get(uri).body(Full::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_streams_share_one_connection_to_the_host() {
    let world = World::start().await;
    let connection = world.http2().await;
    let answers = join_all((0..500).map(|stream| {
        let mut connection = connection.clone();
        async move {
            let request = get(&format!("/bytes/{}", stream * 100));
            let (status, body) = read(connection.send_request(request).await.unwrap()).await;
            (status, body.len() == stream * 100)
        }
    }))
    .await;
    assert!(answers.iter().all(|answer| *answer == (200, true)));
    assert_eq!(world.upstream.connections(), 1);
    let authorization = format!("Bearer {TOKEN}");
    for seen in world.upstream.seen() {
        assert_eq!(seen.header("authorization").unwrap(), authorization);
        assert!(seen.uri.starts_with(&format!("https://{HOST}/bytes/")));
    }
}

#[tokio::test]
async fn trailers_and_the_wish_for_them_pass() {
    let world = World::start().await;
    let mut connection = world.http2().await;
    let mut request = get("/trailers");
    request
        .headers_mut()
        .insert("te", "trailers".parse().unwrap());
    request
        .headers_mut()
        .insert("authorization", "Bearer own".parse().unwrap());
    let response = connection.send_request(request).await.unwrap();
    let collected = response.into_body().collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["grpc-status"], "0");
    let seen = world.upstream.last();
    assert_eq!(seen.header("te").unwrap(), "trailers");
    assert_eq!(
        seen.header("authorization").unwrap(),
        format!("Bearer {TOKEN}")
    );
}

#[tokio::test]
async fn another_authority_on_a_stream_is_misdirected() {
    let world = World::start().await;
    let mut connection = world.http2().await;
    for uri in [
        "https://evil.example/",
        "https://compute.googleapis.com/",
        "http://storage.googleapis.com/",
    ] {
        let request = Request::get(uri).body(Full::default()).unwrap();
        let response = connection.send_request(request).await.unwrap();
        assert_eq!(response.status(), 421, "{uri}");
    }
    let mut request = get("/");
    request
        .headers_mut()
        .insert("host", "evil.example".parse().unwrap());
    let response = connection.send_request(request).await.unwrap();
    assert_eq!(response.status(), 421);
    assert_eq!(world.upstream.seen().len(), 0);
}

#[tokio::test]
async fn a_host_without_http2_is_asked_in_http1() {
    let only_http1 = |root: &Root| {
        let mut tls = (*root.certify(&[HOST], 2999)).clone();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Unlike {
            tls: Some(tls.into()),
            ..Unlike::default()
        }
    };
    let world = World::unlike(only_http1).await;
    let connection = world.http2().await;
    for _ in 0..3 {
        let answers = join_all((0..20).map(|_| {
            let mut connection = connection.clone();
            async move { read(connection.send_request(get("/bytes/9")).await.unwrap()).await }
        }));
        assert!(
            answers
                .await
                .iter()
                .all(|answer| answer.0 == 200 && answer.1.len() == 9)
        );
    }
    let seen = world.upstream.last();
    assert_eq!(seen.header("host").unwrap(), HOST);
    assert_eq!(
        seen.header("authorization").unwrap(),
        format!("Bearer {TOKEN}")
    );
    assert!(world.upstream.connections() <= 40);
}

/// Four streams of one connection, of which one client reads only three.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_not_read_holds_up_no_other() {
    const LENGTH: usize = 8 * 1024 * 1024;
    let world = World::start().await;
    let mut connection = world.http2().await;
    let path = format!("/bytes/{LENGTH}");
    let unread = connection.send_request(get(&path)).await.unwrap();
    for _ in 0..3 {
        let response = connection.send_request(get(&path)).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body.len(), LENGTH);
    }
    assert_eq!(
        unread.into_body().collect().await.unwrap().to_bytes().len(),
        LENGTH
    );
}

#[tokio::test]
async fn credentials_among_the_trailers_do_not_pass() {
    let world = World::start().await;
    let stream = world.secured(&format!("{HOST}:443"), "h2").await;
    let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut connection, driver) = handshake.await.unwrap();
    tokio::spawn(driver);
    let mut trailers = HeaderMap::new();
    trailers.insert("authorization", "Bearer of-the-client".parse().unwrap());
    trailers.insert("x-sum", "7".parse().unwrap());
    let frames = [
        Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"a"))),
        Ok(Frame::trailers(trailers)),
    ];
    let body = StreamBody::new(futures::stream::iter(frames));
    let request = Request::post(format!("https://{HOST}/o")).body(body);
    let response = connection.send_request(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    let seen = world.upstream.last();
    assert_eq!(seen.trailers.get("x-sum").unwrap(), "7");
    assert_eq!(seen.trailers.get("authorization"), None);
}
