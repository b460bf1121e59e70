//! One database server.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use s2n_tls_tokio::{TlsAcceptor, TlsStream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::cloud::Cloud;
use crate::http::recording::Outcome;
use crate::http::request::Received;
use crate::world::resources::Kind;

/// Where every connector of Cloud SQL expects a server; only the address can be chosen.
const PORT: u16 = 3307;
/// Loopback addresses tried before there is no server.
const TRIES: usize = 20;
/// A client that has not shown a certificate by then has none.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(10);

/// A listener on a loopback address that nobody else has at the moment. None where the system has but one such
/// address, and it is taken.
pub(crate) async fn listener() -> Option<(TcpListener, SocketAddr)> {
    for attempt in 0..=TRIES {
        let [a, b, c] = crate::random::random::<[u8; 3]>();
        let chosen = if attempt < TRIES {
            Ipv4Addr::new(127, a.clamp(1, 254), b, c.clamp(1, 254))
        } else {
            Ipv4Addr::LOCALHOST
        };
        let address = SocketAddr::from((chosen, PORT));
        if let Ok(listener) = TcpListener::bind(address).await {
            return Some((listener, address));
        }
    }
    None
}

pub(crate) async fn serve(
    listener: TcpListener,
    cloud: Cloud,
    key: String,
    acceptor: TlsAcceptor,
    mut ended: watch::Receiver<bool>,
) {
    let key: Arc<str> = Arc::from(key);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ended.changed() => return,
        };
        let Ok((stream, _)) = accepted else {
            continue;
        };
        let (cloud, key) = (cloud.clone(), Arc::clone(&key));
        let (acceptor, mut ended) = (acceptor.clone(), ended.clone());
        tokio::spawn(async move {
            tokio::select! {
                result = converse(stream, &acceptor, &cloud, &key) => {
                    if let Err(error) = result {
                        tracing::debug!(%error, "a database connection ended early");
                    }
                }
                _ = ended.changed() => {}
            }
        });
    }
}

/// Says who the client is, then repeats what it is told.
async fn converse(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    cloud: &Cloud,
    key: &str,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let accepted = tokio::time::timeout(LONGEST_HANDSHAKE, acceptor.accept(stream)).await?;
    let mut secured = accepted.map_err(std::io::Error::other)?;
    let member = client(&secured, cloud);
    record(cloud, key, member.as_deref());
    let who = member.as_deref().unwrap_or("nobody that is known");
    let banner = format!("sandbox database {key}, with a certificate of {who}\n");
    secured.write_all(banner.as_bytes()).await?;
    let mut buffer = vec![0; 8 * 1024];
    loop {
        let read = secured.read(&mut buffer).await?;
        if read == 0 {
            return secured.shutdown().await;
        }
        secured.write_all(&buffer[..read]).await?;
    }
}

/// Whose certificate the client showed.
fn client(secured: &TlsStream<TcpStream>, cloud: &Cloud) -> Option<String> {
    let chain = secured.as_ref().peer_cert_chain().ok()?;
    let first = chain.iter().next()?.ok()?;
    let der = first.der().ok()?;
    cloud.world().certificates.get(der).cloned()
}

/// A connection stands in the record beside the requests.
fn record(cloud: &Cloud, key: &str, member: Option<&str>) {
    let received = Received {
        method: Method::CONNECT,
        path: key.to_owned(),
        query: String::new(),
        headers: HeaderMap::new(),
        body: Vec::new(),
        host: String::new(),
        is_local: true,
        cluster: None,
    };
    let outcome = Outcome {
        time: cloud.now(),
        service: Kind::SqlInstance.service(),
        operation: "connect",
        principal: member.map(str::to_owned),
        status: 200,
        fault: None,
    };
    cloud.recorder().record(&received, outcome);
}
