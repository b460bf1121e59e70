//! Connections to the real hosts, each proved to be the host before anything is said to it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use rustix::net::sockopt;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::Failure;
use super::filled::Filled;
use super::limits::{DIAL, HANDSHAKE, LARGEST_CONNECT, NEXT_ADDRESS, PING, READ_AT_ONCE};
use super::target::{Host, Target};

/// By which way a host is reached. Who is met there must prove to be the host all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Route {
    /// As the DNS says.
    #[default]
    Direct,
    /// At this address, whatever the host.
    To(SocketAddr),
    /// Through another proxy, asked by `CONNECT` and without credentials.
    Through(SocketAddr),
}

/// Opens a TCP connection.
pub(super) async fn dial(target: &Target, route: Route) -> Result<TcpStream, Failure> {
    let opened = timeout(DIAL, async {
        match route {
            Route::Direct => connect(target).await,
            Route::To(address) => TcpStream::connect(address).await,
            Route::Through(proxy) => through(TcpStream::connect(proxy).await?, target).await,
        }
    });
    let unreachable = |source| Failure::Unreachable {
        host: target.authority(),
        source,
    };
    let stream = opened
        .await
        .map_err(|_| Failure::TimedOut(target.authority()))?
        .map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    notice_when_gone(&stream).map_err(unreachable)?;
    Ok(stream)
}

/// A machine that slept, or changed its network, has connections that nobody answers on any more. Since an answer may
/// take as long as it likes, the network must tell that nobody is there.
fn notice_when_gone(stream: &TcpStream) -> io::Result<()> {
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, PING)?;
    sockopt::set_tcp_keepintvl(stream, PING / 3)?;
    Ok(sockopt::set_tcp_keepcnt(stream, 3)?)
}

/// Tries all addresses of a name, each a moment after the one before, and takes the first that answers.
async fn connect(target: &Target) -> io::Result<TcpStream> {
    let name = match &target.host {
        Host::Address(address) => {
            return TcpStream::connect(SocketAddr::new(*address, target.port)).await;
        }
        Host::Name(name) => &**name,
    };
    let mut addresses = lookup_host((name, target.port)).await?;
    let mut attempts = FuturesUnordered::new();
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    loop {
        match addresses.next() {
            Some(address) => attempts.push(TcpStream::connect(address)),
            None if attempts.is_empty() => return Err(failed),
            None => {}
        }
        let next = attempts.next();
        let done = if addresses.size_hint().1 == Some(0) {
            next.await
        } else {
            timeout(NEXT_ADDRESS, next).await.unwrap_or(None)
        };
        match done {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(error)) => failed = error,
            None => {}
        }
    }
}

/// Asks another proxy for a tunnel.
async fn through(mut proxy: TcpStream, target: &Target) -> io::Result<TcpStream> {
    let asked = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
    proxy.write_all(asked.as_bytes()).await?;
    let mut head = Vec::new();
    // Byte by byte: what follows belongs to the host.
    while !head.ends_with(b"\r\n\r\n") {
        head.push(proxy.read_u8().await?);
        if head.len() > LARGEST_CONNECT {
            return Err(io::Error::other("the proxy on the way says too much"));
        }
    }
    let agreed = head.starts_with(b"HTTP/1.1 2") || head.starts_with(b"HTTP/1.0 2");
    agreed
        .then_some(proxy)
        .ok_or_else(|| io::Error::other("the proxy on the way refuses"))
}

/// A connection to a host that has proved to be it.
pub(super) type Proved = Filled<TlsStream<BufReader<TcpStream>>>;

/// Opens TLS, and with it finds out who is there. Security invariant: a request is written only to what this returns.
pub(super) async fn secure(
    stream: TcpStream,
    target: &Target,
    configuration: &Arc<ClientConfig>,
) -> Result<Proved, Failure> {
    let host = || target.authority();
    let broken = |reason: String| Failure::Broken {
        host: host(),
        reason,
    };
    let name = match &target.host {
        Host::Name(name) => {
            ServerName::try_from(name.to_string()).map_err(|_| broken("no name".to_owned()))?
        }
        Host::Address(address) => ServerName::from(*address),
    };
    let connector = TlsConnector::from(Arc::clone(configuration));
    let stream = BufReader::with_capacity(READ_AT_ONCE, stream);
    match timeout(HANDSHAKE, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Filled::new(stream)),
        Ok(Err(error)) => Err(match certificate_fault(&error) {
            Some(reason) => Failure::Certificate {
                host: host(),
                reason,
            },
            None => broken(error.to_string()),
        }),
        Err(_) => Err(Failure::TimedOut(host())),
    }
}

fn certificate_fault(error: &io::Error) -> Option<String> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(fault) => Some(fault.to_string()),
        rustls::Error::NoCertificatesPresented => Some("there is none".to_owned()),
        _ => None,
    }
}
