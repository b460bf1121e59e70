//! A small HTTP server on 127.0.0.1, for as long as its value lives.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::error::SessionError;
use crate::newcomers::Newcomers;
use crate::peer::{Client, Peers};

/// Most connections at once: the tools of one session.
const MOST_CONNECTIONS: usize = 64;
/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may take: it is there for one request. Security invariant: nobody keeps a place for longer,
/// whatever they leave unsaid.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers one request.
pub(crate) trait Answer: Send + Sync + 'static {
    /// The answer, on the connection of this client to this address of ours.
    fn answer(
        &self,
        client: Client,
        server: SocketAddr,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;
}

/// A running server. When it is dropped its port is closed, and so is every connection.
pub(crate) struct Loopback {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Loopback {
    /// Listens on a free port.
    pub(crate) async fn start(answer: impl Answer, peers: Peers) -> Result<Self, SessionError> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(SessionError::Listen)?;
        let address = listener.local_addr().map_err(SessionError::Listen)?;
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, address, peers, Arc::new(answer)));
        Ok(Self {
            address,
            _tasks: tasks,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(
    listener: TcpListener,
    address: SocketAddr,
    peers: Peers,
    answer: Arc<impl Answer>,
) {
    let mut newcomers = Newcomers::at_most(MOST_CONNECTIONS);
    // Connections end with this task: the set is dropped with it.
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                let client = peers.client(client, address);
                // Security invariant: another user can take no place, and so can keep nobody out.
                if client == Client::Stranger {
                    continue;
                }
                let (newcomer, answer) = (newcomers.admit(), Arc::clone(&answer));
                connections.spawn(async move {
                    tokio::select! {
                        () = newcomer.turned_away() => {}
                        _ = tokio::time::timeout(WHOLE_TIMEOUT, serve(stream, client, address, answer)) => {}
                    }
                });
            }
            // Out of descriptors, mostly: others close theirs.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, client: Client, server: SocketAddr, answer: Arc<impl Answer>) {
    // A small answer must not wait for the acknowledgement of its header.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answer = Arc::clone(&answer);
        async move { Ok::<_, Infallible>(answer.answer(client, server, request).await) }
    });
    // A client that breaks off has told its own user.
    let _ = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

#[cfg(test)]
mod tests;
