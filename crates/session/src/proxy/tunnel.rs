//! The inside of a `CONNECT`: TLS that ends here, and the client's requests in it.

use std::convert::Infallible;
use std::sync::Arc;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::endpoint::Endpoint;
use super::filled::Filled;
use super::forward::Tunnel;
use super::life::Life;
use super::limits::{
    CLIENT_IDLE, CONNECTION_WINDOW, HANDSHAKE, LARGEST_HEAD, PIECE, PING, READ_AT_ONCE,
    STREAM_WINDOW, STREAMS,
};
use super::log::Log;

/// Serves a client that was told that it is connected. What is no TLS, or TLS for another name, ends here.
pub(super) async fn serve(
    upgrade: OnUpgrade,
    endpoint: Arc<Endpoint>,
    life: Life,
    log: Option<Log>,
) {
    let Ok(client) = upgrade.await else {
        return;
    };
    let acceptor = TlsAcceptor::from(Arc::clone(&endpoint.leaf));
    let client = BufReader::with_capacity(READ_AT_ONCE, TokioIo::new(client));
    let accepted = acceptor.accept(client);
    let Ok(Ok(client)) = timeout(HANDSHAKE, accepted).await else {
        return;
    };
    let is_http2 = client.get_ref().1.alpn_protocol() == Some(b"h2");
    let client = Filled::new(client);
    let tunnel = Arc::new(Tunnel {
        endpoint,
        life,
        log,
        is_http2,
        last: std::sync::Mutex::default(),
    });
    // How a connection ends concerns only the client, which sees it.
    let _ = if is_http2 {
        serve_http2(client, tunnel).await
    } else {
        serve_http1(client, tunnel).await
    };
}

async fn serve_http1(
    client: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    tunnel: Arc<Tunnel>,
) -> hyper::Result<()> {
    let service = service_fn(|request: Request<Incoming>| {
        let tunnel = Arc::clone(&tunnel);
        async move { Ok::<_, Infallible>(tunnel.forward(request).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(CLIENT_IDLE)
        .max_header_size(LARGEST_HEAD)
        .max_buf_size(PIECE)
        // The host's own date is passed on.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(client), service)
        .with_upgrades()
        .await
}

async fn serve_http2(
    client: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    tunnel: Arc<Tunnel>,
) -> hyper::Result<()> {
    let life = tunnel.life.clone();
    let service = service_fn(|request: Request<Incoming>| {
        let tunnel = Arc::clone(&tunnel);
        async move { Ok::<_, Infallible>(tunnel.forward(request).await) }
    });
    http2::Builder::new(life)
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(LARGEST_HEAD).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(client), service)
        .await
}
