//! Clients as plain as can be: what they write is what a test says.

use std::sync::Arc;

use base64::Engine as _;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::world::{HOST, SECRET, World};

pub(crate) type Secured = TlsStream<TcpStream>;
pub(crate) type Body = Full<Bytes>;

/// The header line with the session's secret.
pub(crate) fn shown() -> String {
    shown_as("Basic", &format!("daypass:{SECRET}"))
}

pub(crate) fn shown_as(scheme: &str, credentials: &str) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(credentials);
    format!("Proxy-Authorization: {scheme} {encoded}\r\n")
}

impl World {
    /// Writes to the proxy's port and reads the head of the answer, or all of it until the proxy closes.
    pub(crate) async fn say(&self, text: &str) -> (String, TcpStream) {
        let mut stream = TcpStream::connect(self.proxy.address()).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        (String::from_utf8(head).unwrap(), stream)
    }

    /// The status of an answer to what is said.
    pub(crate) async fn status(&self, text: &str) -> u16 {
        let (head, _) = self.say(text).await;
        let status = head.split(' ').nth(1).unwrap_or("0");
        status.parse().unwrap()
    }

    /// A tunnel to a host, agreed upon with the secret.
    pub(crate) async fn tunnel(&self, authority: &str) -> TcpStream {
        let said = format!("CONNECT {authority} HTTP/1.1\r\n{}\r\n", shown());
        let (head, stream) = self.say(&said).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        stream
    }

    /// TLS inside a tunnel, verified by the session's authority and nothing else.
    pub(crate) async fn secured(&self, authority: &str, protocol: &str) -> Secured {
        let stream = self.tunnel(authority).await;
        let host = authority.rsplit_once(':').unwrap().0;
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).unwrap();
        let connector = TlsConnector::from(trusting(self.proxy.authority_pem(), protocol));
        connector.connect(name, stream).await.unwrap()
    }

    /// A connection of HTTP/1.1 to the host.
    pub(crate) async fn http1(&self) -> http1::SendRequest<Body> {
        let stream = self.secured(&format!("{HOST}:443"), "http/1.1").await;
        let (connection, driver) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(driver.with_upgrades());
        connection
    }

    /// A connection of HTTP/2 to the host.
    pub(crate) async fn http2(&self) -> http2::SendRequest<Body> {
        let stream = self.secured(&format!("{HOST}:443"), "h2").await;
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (connection, driver) = handshake.await.unwrap();
        tokio::spawn(driver);
        connection
    }

    /// One GET on a connection of its own; status and body.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let mut connection = self.http1().await;
        let response = connection.send_request(get(path)).await.unwrap();
        read(response).await
    }

    /// Writes raw bytes into TLS and reads until the proxy closes.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = self.secured(&format!("{HOST}:443"), "http/1.1").await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        // A connection that is kept open has answered by then.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(700), reading).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path)
        .header("host", HOST)
        .body(Full::default())
        .unwrap()
}

pub(crate) async fn read(response: Response<Incoming>) -> (u16, String) {
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// TLS that trusts one authority.
pub(crate) fn trusting(pem: &str, protocol: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut configuration = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    configuration.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    Arc::new(configuration)
}

/// TLS that believes anybody: a client that was told not to verify.
pub(crate) fn believing() -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let schemes = provider
        .signature_verification_algorithms
        .supported_schemes();
    let configuration = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Believes(schemes)))
        .with_no_client_auth();
    Arc::new(configuration)
}

#[derive(Debug)]
struct Believes(Vec<SignatureScheme>);

impl ServerCertVerifier for Believes {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}
