//! The listener: limits of what comes over the wire, and the end.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::server::Server;

async fn exchange(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset after the answer still gave its answer.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn heads_are_bounded_and_the_stop_is_graceful() {
    let server = Server::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(daypass_server::serve(listener, server.app.clone(), async {
        drop(stopped.await);
    }));

    let answer = exchange(
        address,
        "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"),
        "{answer}"
    );
    let large = format!(
        "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\na: {}\r\n\r\n",
        "x".repeat(20_000)
    );
    assert!(exchange(address, &large).await.starts_with("HTTP/1.1 431"));
    let many = format!(
        "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}\r\n",
        "a: b\r\n".repeat(80)
    );
    assert!(exchange(address, &many).await.starts_with("HTTP/1.1 431"));

    // An idle connection does not keep the server from stopping.
    let idle = TcpStream::connect(address).await.unwrap();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), serving)
        .await
        .expect("the server stops")
        .unwrap();
    drop(idle);
    assert!(TcpStream::connect(address).await.is_err());
}
