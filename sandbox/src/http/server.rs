//! The listener: HTTP/1.1 and HTTP/2 with prior knowledge, no delay on small writes.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use futures::{StreamExt as _, stream};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::dispatch::{Delivery, dispatch};
use super::errors::ApiError;
use super::reply::Reply;
use super::request::Received;
use crate::cloud::Cloud;

/// Google's front ends refuse larger requests too; the exact size differs by service.
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// Serves until the sender of `ended` is gone or says so.
pub(crate) async fn serve(listener: TcpListener, cloud: Cloud, mut ended: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ended.changed() => return,
        };
        let Ok((stream, peer)) = accepted else {
            continue;
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection ended before it began");
            continue;
        }
        let cloud = cloud.clone();
        let origin = Origin {
            tunnelled_to: None,
            is_local: peer.ip().is_loopback(),
            cluster: None,
        };
        let mut ended = ended.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = serve_connection(stream, cloud, origin) => {}
                _ = ended.changed() => {}
            }
        });
    }
}

/// The same over TLS, for one kind of client.
pub(crate) async fn serve_secured(
    listener: TcpListener,
    cloud: Cloud,
    configuration: Arc<ServerConfig>,
    origin: Origin,
    mut ended: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(configuration);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ended.changed() => return,
        };
        let Ok((stream, _)) = accepted else {
            continue;
        };
        let (cloud, origin) = (cloud.clone(), origin.clone());
        let (acceptor, mut ended) = (acceptor.clone(), ended.clone());
        let connection = async move {
            stream.set_nodelay(true)?;
            let secured = acceptor.accept(stream).await?;
            serve_connection(secured, cloud, origin).await;
            Ok::<(), std::io::Error>(())
        };
        tokio::spawn(async move {
            tokio::select! {
                result = connection => {
                    if let Err(error) = result {
                        tracing::debug!(%error, "a connection ended before it began");
                    }
                }
                _ = ended.changed() => {}
            }
        });
    }
}

/// Where a connection comes from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The host that the client meant, if a tunnel brought it here.
    pub(crate) tunnelled_to: Option<Arc<str>>,
    /// Whether the client is on this machine.
    pub(crate) is_local: bool,
    /// The cluster whose API server the listener is.
    pub(crate) cluster: Option<Arc<str>>,
}

/// Serves one connection.
pub(crate) async fn serve_connection<S>(stream: S, cloud: Cloud, origin: Origin)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request| {
        let cloud = cloud.clone();
        let origin = origin.clone();
        async move { answer(&cloud, request, &origin).await }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    // A client that goes away is no error of ours; injected resets end here too.
    if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The connection is to be broken without a reply.
#[derive(Debug, thiserror::Error)]
#[error("the connection is reset on purpose")]
struct DeliberateReset;

async fn answer(
    cloud: &Cloud,
    request: Request<Incoming>,
    origin: &Origin,
) -> Result<Response<Body>, DeliberateReset> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(Body::new(body), LARGEST_BODY).await else {
        let too_large = ApiError::bad_field(
            "",
            "Request payload size exceeds the limit: 10485760 bytes.",
        );
        return Ok(respond(
            cloud,
            too_large
                .into_reply("")
                .with_status(StatusCode::PAYLOAD_TOO_LARGE),
        ));
    };
    let named = parts
        .headers
        .get(http::header::HOST)
        .and_then(|value| value.to_str().ok());
    let host = origin
        .tunnelled_to
        .as_deref()
        .or(parts.uri.host())
        .or(named)
        .unwrap_or_default()
        .to_owned();
    let received = Received {
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        method: parts.method,
        headers: parts.headers,
        body: body.to_vec(),
        host,
        is_local: origin.is_local,
        cluster: origin.cluster.clone(),
    };
    match dispatch(cloud, received).await {
        Delivery::Whole(reply) => Ok(respond(cloud, reply)),
        Delivery::BrokenInBody(reply) => Ok(respond_broken(cloud, reply)),
        Delivery::Reset => Err(DeliberateReset),
    }
}

fn respond(cloud: &Cloud, reply: Reply) -> Response<Body> {
    let body = Body::from(reply.body.clone());
    with_headers(cloud, reply, body)
}

/// Announces the whole length, sends half and fails.
fn respond_broken(cloud: &Cloud, reply: Reply) -> Response<Body> {
    let length = reply.body.len();
    let half = reply.body.slice(..length / 2);
    let chunks = stream::iter([Ok::<Bytes, DeliberateReset>(half)]);
    // The pause lets the first half leave before the connection breaks.
    let broken = stream::once(async {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        Err(DeliberateReset)
    });
    let body = Body::from_stream(chunks.chain(broken));
    with_headers(
        cloud,
        reply.with_header("content-length", &length.to_string()),
        body,
    )
}

fn with_headers(cloud: &Cloud, reply: Reply, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    let date = ("date".to_owned(), cloud.clock().date_header());
    for (name, value) in reply.headers.into_iter().chain([date]) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
