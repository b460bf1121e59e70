//! When the session is over, so is everything that it lent.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::get;
use crate::world::{HOST, World};

const SOON: Duration = Duration::from_secs(3);

/// Opens all kinds of connections, ends the session, and finds all of them closed.
async fn everything_ends(end: impl FnOnce(&mut World)) {
    let mut world = World::start().await;
    let address = world.proxy.address();
    let mut stranger = TcpStream::connect(address).await.unwrap();
    let mut tunnel = world.tunnel(&format!("{HOST}:443")).await;
    let mut streaming = world.http1().await;
    let response = streaming.send_request(get("/endless")).await.unwrap();
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    let mut streams = world.http2().await;
    let request = http::Request::get(format!("https://{HOST}/endless"));
    let response = streams.send_request(request.body(http_body_util::Full::default()).unwrap());
    let mut second = response.await.unwrap().into_body();
    second.frame().await.unwrap().unwrap();

    let mut upgrading = world.http1().await;
    let request = http::Request::get("/exec").header("host", HOST);
    let request = request
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    let response = upgrading.send_request(request.body(http_body_util::Full::default()).unwrap());
    let mut response = response.await.unwrap();
    let mut upgraded = TokioIo::new(hyper::upgrade::on(&mut response).await.unwrap());

    end(&mut world);
    timeout(SOON, world.proxy.ended())
        .await
        .expect("all tasks end");
    assert!(
        TcpStream::connect(address).await.is_err(),
        "the port is closed"
    );
    let mut rest = Vec::new();
    let _ = timeout(SOON, stranger.read_to_end(&mut rest))
        .await
        .expect("closed");
    let _ = timeout(SOON, tunnel.read_to_end(&mut rest))
        .await
        .expect("closed");
    let _ = timeout(SOON, upgraded.read_to_end(&mut rest))
        .await
        .expect("closed");
    for body in [&mut body, &mut second] {
        let broken = timeout(SOON, async {
            while let Some(Ok(_)) = body.frame().await {}
        });
        broken.await.expect("the stream breaks");
    }
}

#[tokio::test]
async fn when_the_lender_says_so() {
    everything_ends(|world| {
        world.lend.send_replace(None);
    })
    .await;
}

#[tokio::test]
async fn when_the_lender_is_gone() {
    everything_ends(|world| {
        let (other, _) = tokio::sync::watch::channel(None);
        drop(std::mem::replace(&mut world.lend, other));
    })
    .await;
}

#[tokio::test]
async fn when_the_time_is_up() {
    everything_ends(|world| world.clock.advance(Duration::from_mins(10))).await;
}

#[tokio::test]
async fn when_it_is_stopped() {
    let world = World::start().await;
    let address = world.proxy.address();
    let mut connection = world.http1().await;
    let response = connection.send_request(get("/endless")).await.unwrap();
    let mut body = response.into_body();
    world.proxy.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
    let broken = timeout(SOON, async {
        while let Some(Ok(_)) = body.frame().await {}
    });
    broken.await.expect("the stream breaks");
}

#[tokio::test]
async fn a_session_that_is_renewed_goes_on() {
    let world = World::start().await;
    // For longer than a host's certificate is used.
    for _ in 0..5 {
        world.clock.advance(Duration::from_mins(9));
        world.lend("renewed");
        assert_eq!(world.get("/").await.0, 200);
    }
}
