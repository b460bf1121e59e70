//! The connections to one host: opened when needed, kept for the next request, never shared with another host.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::Instant;

use super::body::Passing;
use super::dial::{Proved, Route, dial, secure};
use super::failure::Failure;
use super::life::Life;
use super::limits::{CONNECTION_WINDOW, IDLE_PER_HOST, PIECE, PING, STREAM_WINDOW, UPSTREAM_IDLE};
use super::roots::Verified;
use super::target::Target;

pub(super) type Http1 = http1::SendRequest<Passing>;
pub(super) type Http2 = http2::SendRequest<Passing>;

/// A connection between two requests.
pub(super) struct Kept {
    connection: Http1,
    since: Instant,
}

impl Kept {
    pub(super) fn new(connection: Http1) -> Self {
        Self {
            connection,
            since: Instant::now(),
        }
    }

    /// The connection, once it can take a request; none if it is closed, or was idle for too long to be relied on.
    pub(super) async fn ready(mut self) -> Option<Http1> {
        let is_recent = self.since.elapsed() < UPSTREAM_IDLE;
        let is_ready = is_recent && self.connection.ready().await.is_ok();
        is_ready.then_some(self.connection)
    }

    fn is_ready(&self) -> bool {
        self.since.elapsed() < UPSTREAM_IDLE && self.connection.is_ready()
    }
}

pub(super) struct Upstream {
    target: Target,
    route: Route,
    verified: Verified,
    idle: Mutex<Vec<Kept>>,
    /// The one connection of HTTP/2; held while it is opened, so that only one is.
    shared: tokio::sync::Mutex<Option<Http2>>,
    /// The host was asked for HTTP/2 and has none.
    lacks_http2: AtomicBool,
}

impl Upstream {
    pub(super) fn new(target: Target, route: Route, verified: Verified) -> Self {
        Self {
            target,
            route,
            verified,
            idle: Mutex::default(),
            shared: tokio::sync::Mutex::default(),
            lacks_http2: AtomicBool::new(false),
        }
    }

    /// A kept connection that is ready for a request.
    pub(super) fn kept(&self) -> Option<Http1> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(kept) = idle.pop() {
            if kept.is_ready() {
                return Some(kept.connection);
            }
        }
        None
    }

    /// Keeps a connection for the next request, if it can take one.
    pub(super) fn keep(&self, kept: Kept) {
        if kept.is_ready() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() == IDLE_PER_HOST {
                idle.remove(0);
            }
            idle.push(kept);
        }
    }

    /// Opens a connection of HTTP/1.1.
    pub(super) async fn open_http1(&self, life: &Life) -> Result<Http1, Failure> {
        let stream = dial(&self.target, self.route).await?;
        let stream = secure(stream, &self.target, &self.verified.http1).await?;
        self.shake_http1(stream, life).await
    }

    /// The connection of HTTP/2, opened anew if it is gone; none if the host does not speak it.
    pub(super) async fn http2(&self, life: &Life) -> Result<Option<Http2>, Failure> {
        if self.lacks_http2.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let mut shared = self.shared.lock().await;
        if let Some(connection) = shared.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok(Some(connection.clone()));
        }
        let stream = dial(&self.target, self.route).await?;
        let stream = secure(stream, &self.target, &self.verified.http2).await?;
        if stream.stream().get_ref().1.alpn_protocol() != Some(b"h2") {
            self.lacks_http2.store(true, Ordering::Relaxed);
            let connection = self.shake_http1(stream, life).await?;
            self.keep(Kept::new(connection));
            return Ok(None);
        }
        let (connection, driver) = http2::Builder::new(life.clone())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(PING)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broken(&error))?;
        life.spawn(async move {
            // How a connection ends is told by the requests on it.
            let _ = driver.await;
        });
        *shared = Some(connection.clone());
        Ok(Some(connection))
    }

    async fn shake_http1(&self, stream: Proved, life: &Life) -> Result<Http1, Failure> {
        let (mut connection, driver) = http1::Builder::new()
            .max_buf_size(PIECE)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broken(&error))?;
        life.spawn(async move {
            // How a connection ends is told by the requests on it.
            let _ = driver.with_upgrades().await;
        });
        connection
            .ready()
            .await
            .map_err(|error| self.broken(&error))?;
        Ok(connection)
    }

    /// What a person is told of an error on a connection.
    pub(super) fn broken(&self, error: &hyper::Error) -> Failure {
        Failure::Broken {
            host: self.target.authority(),
            reason: error.to_string(),
        }
    }
}
