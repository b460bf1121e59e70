//! A way to the host: direct, or through a proxy.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::client::Client;
use super::{HOST, TOKEN};

/// What is read at once from the network; TLS by itself reads no more than 4 KiB a call.
const READ_AT_ONCE: usize = 128 * 1024;
/// Of the length that those of Google's libraries have.
const CLIENT: &str = "measured/1.0 (a client of ordinary length; as libraries send it)";

pub(super) type Stream = TlsStream<BufReader<TcpStream>>;

/// A way to the host.
pub struct Way {
    /// What it is called in the figures.
    pub name: String,
    proxy: Option<Proxy>,
    host: u16,
    tls: TlsConnector,
}

/// A proxy on the way, and what it wants to be shown (`user:secret`).
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it wants to be shown, if anything.
    pub credentials: Option<String>,
}

impl Way {
    /// A way to the host's port, on which certificates of the authority in this file are met.
    pub fn new(name: &str, host: u16, proxy: Option<Proxy>, authority: &Path) -> Self {
        let certificate = CertificateDer::from_pem_file(authority).expect("it is a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(certificate).expect("it is an authority");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS can be set up")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            name: name.to_owned(),
            proxy,
            host,
            tls: TlsConnector::from(Arc::new(tls)),
        }
    }

    /// Opens a connection of HTTP/1.1.
    pub async fn open(&self) -> Client {
        let stream = match &self.proxy {
            None => TcpStream::connect((HOST, self.host)).await,
            Some(proxy) => Ok(self.through(proxy).await),
        };
        let stream = stream.expect("the host listens");
        stream.set_nodelay(true).expect("it is a socket");
        let name = ServerName::try_from(HOST).expect("it is a name");
        let stream = BufReader::with_capacity(READ_AT_ONCE, stream);
        let stream = self.tls.connect(name, stream).await;
        let stream = stream.expect("the way ends at the host");
        // Only a proxy can put the token in the place of something else.
        let shown = if self.proxy.is_none() {
            TOKEN
        } else {
            "of-the-client"
        };
        let host = format!("{HOST}:{}", self.host);
        let headers = format!(
            "Host: {host}\r\nAuthorization: Bearer {shown}\r\nUser-Agent: {CLIENT}\r\nAccept: */*\r\n"
        );
        Client::new(stream, headers)
    }

    async fn through(&self, proxy: &Proxy) -> TcpStream {
        let mut stream = TcpStream::connect(proxy.address)
            .await
            .expect("the proxy listens");
        let shown = proxy.credentials.as_ref().map(|credentials| {
            let encoded = base64::engine::general_purpose::STANDARD.encode(credentials);
            format!("Proxy-Authorization: Basic {encoded}\r\n")
        });
        let target = format!("{HOST}:{}", self.host);
        let shown = shown.unwrap_or_default();
        let asked = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{shown}\r\n");
        stream
            .write_all(asked.as_bytes())
            .await
            .expect("the proxy listens");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("the proxy answers"));
        }
        let head = String::from_utf8_lossy(&head);
        assert!(head.contains(" 200"), "{} says {head}", self.name);
        stream
    }
}
