//! HTTP/2 on both sides, as gRPC needs it, and on the client's side only.

use futures::future::join_all;
use http::Request;
use http_body_util::{BodyExt as _, Full};

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
