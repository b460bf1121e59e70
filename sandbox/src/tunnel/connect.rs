//! The proxy's own protocol: `CONNECT host:443`, then TLS that ends here.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::Authority;
use crate::cloud::Cloud;
use crate::http::server::{Origin, serve_connection};

/// Hosts outside `*.googleapis.com` that Google's clients call.
const OTHER_HOSTS: [&str; 3] = [
    "accounts.google.com",
    "oauth2.googleapis.com",
    "www.googleapis.com",
];
/// A request line and headers; no client sends more.
const LARGEST_HEAD: usize = 16 * 1024;

/// Whether the sandbox speaks for a host.
fn is_ours(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host.ends_with(".googleapis.com") || OTHER_HOSTS.contains(&host.as_str())
}

pub(crate) async fn serve(
    listener: TcpListener,
    cloud: Cloud,
    authority: Arc<Authority>,
    mut ended: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ended.changed() => return,
        };
        let Ok((stream, peer)) = accepted else {
            continue;
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a tunnel ended before it began");
            continue;
        }
        let (cloud, authority, mut ended) = (cloud.clone(), Arc::clone(&authority), ended.clone());
        tokio::spawn(async move {
            tokio::select! {
                result = tunnel(stream, cloud, &authority, peer.ip().is_loopback()) => {
                    if let Err(error) = result {
                        tracing::debug!(%error, "a tunnel ended early");
                    }
                }
                _ = ended.changed() => {}
            }
        });
    }
}

async fn tunnel(
    mut stream: TcpStream,
    cloud: Cloud,
    authority: &Authority,
    is_local: bool,
) -> std::io::Result<()> {
    let head = read_head(&mut stream).await?;
    let mut words = head.lines().next().unwrap_or_default().split_whitespace();
    let (Some("CONNECT"), Some(target)) = (words.next(), words.next()) else {
        return refuse(
            &mut stream,
            "405 Method Not Allowed",
            "This proxy only tunnels.",
        )
        .await;
    };
    let host = target
        .rsplit_once(':')
        .map_or(target, |(host, _)| host)
        .to_owned();
    let Some(configuration) = is_ours(&host)
        .then(|| authority.configuration(&host).ok())
        .flatten()
    else {
        return refuse(
            &mut stream,
            "403 Forbidden",
            "The sandbox does not answer for this host.",
        )
        .await;
    };
    stream
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .await?;
    let secured = TlsAcceptor::from(configuration).accept(stream).await?;
    let origin = Origin {
        tunnelled_to: Some(Arc::from(host)),
        is_local,
        cluster: None,
    };
    serve_connection(secured, cloud, origin).await;
    Ok(())
}

/// Reads up to the empty line, byte by byte: what follows belongs to TLS.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LARGEST_HEAD {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

async fn refuse(stream: &mut TcpStream, status: &str, words: &str) -> std::io::Result<()> {
    let reply = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{words}",
        words.len()
    );
    stream.write_all(reply.as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_googles_hosts_are_answered_for() {
        for ours in [
            "storage.googleapis.com",
            "IAM.googleapis.com",
            "accounts.google.com",
        ] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in [
            "example.com",
            "googleapis.com.example.com",
            "evilgoogleapis.com",
            "google.com",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
