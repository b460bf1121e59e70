//! Clients that never say what they want.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{get, shown};
use crate::world::{HOST, World};

#[tokio::test]
async fn those_who_do_not_finish_keep_nobody_out() {
    let world = World::start().await;
    let mut connection = world.http1().await;
    let mut unfinished = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(world.proxy.address()).await.unwrap();
        stream.write_all(b"CONNECT x").await.unwrap();
        unfinished.push(stream);
    }
    // What has shown the secret goes on, and what shows it now gets in.
    let response = connection.send_request(get("/")).await.unwrap();
    assert_eq!(response.status(), 200);
    let connect = format!("CONNECT {HOST}:443 HTTP/1.1\r\n{}\r\n", shown());
    assert_eq!(world.status(&connect).await, 200);
    assert_eq!(world.get("/a").await.0, 200);
    // The oldest gave way.
    let mut nothing = [0];
    let closed = timeout(Duration::from_secs(1), unfinished[0].read(&mut nothing)).await;
    assert!(matches!(closed, Ok(Ok(0) | Err(_))), "{closed:?}");
}

/// Two hundred tunnels at once are more than the newcomers that wait: those who have shown the secret are none.
#[tokio::test]
async fn tunnels_do_not_give_way() {
    let world = World::start().await;
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(world.tunnel(&format!("{HOST}:443")).await);
    }
    for stream in &open {
        let mut byte = [0];
        let seen = stream.try_read(&mut byte).map_err(|error| error.kind());
        assert_eq!(seen, Err(std::io::ErrorKind::WouldBlock));
    }
}
