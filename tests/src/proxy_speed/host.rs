//! The host that is asked: small answers, and streams of any length.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::AUTHORIZATION;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::{HOST, HOST_AUTHORITY, HOST_PORT, TOKEN, publish};

/// A small answer, of the size of an ordinary one of Google's.
const SMALL: &[u8] = &[b'x'; 512];

/// What is handed to HTTP at once.
const PIECE: usize = 64 * 1024;

/// Serves until the process ends. Its authority and its port are published in the folder.
pub async fn serve(folder: &Path) {
    let (tls, authority) = certified();
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    publish(folder, HOST_AUTHORITY, &authority);
    publish(folder, HOST_PORT, &port.to_string());
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let tls = TlsAcceptor::from(Arc::clone(&tls));
        tokio::spawn(async move {
            if stream.set_nodelay(true).is_err() {
                return;
            }
            if let Ok(stream) = tls.accept(stream).await {
                // A client that goes away is no fault of the host.
                let _ = auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service_fn(answer))
                    .await;
            }
        });
    }
}

async fn answer(
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    // Each proxy does the same work: it puts the token in the place of what the client sent.
    let shown = request.headers().get(AUTHORIZATION);
    let token = shown.and_then(|shown| shown.as_bytes().strip_prefix(b"Bearer "));
    if token != Some(TOKEN.as_bytes()) {
        let mut refused = Response::new(Full::default().boxed());
        *refused.status_mut() = StatusCode::UNAUTHORIZED;
        return Ok(refused);
    }
    // `/LENGTH`, `/LENGTH/BYTES_A_SECOND`, or anything else.
    let mut path = request.uri().path().split('/').skip(1);
    let length = path.next().and_then(|text| text.parse().ok());
    let a_second = path.next().and_then(|text| text.parse().ok());
    Ok(Response::new(match (length, a_second) {
        (Some(length), None) => zeros(length).boxed(),
        (Some(length), Some(a_second)) => paced(length, a_second),
        (None, _) => Full::from(SMALL).boxed(),
    }))
}

/// As fast as it is taken.
fn zeros(length: usize) -> impl Body<Data = Bytes, Error = Infallible> {
    StreamBody::new(futures::stream::iter(pieces(length).map(Ok)))
}

/// So many bytes a second, as over a network of that speed.
fn paced(length: usize, a_second: u32) -> BoxBody<Bytes, Infallible> {
    let began = Instant::now();
    let each = Duration::from_secs(1) * 64 * 1024 / a_second;
    let all = futures::stream::iter((0_u32..).zip(pieces(length)));
    let all = all.then(move |(piece, frame)| async move {
        tokio::time::sleep_until(began + each * piece).await;
        Ok(frame)
    });
    BodyExt::boxed(StreamBody::new(all))
}

fn pieces(length: usize) -> impl Iterator<Item = Frame<Bytes>> {
    static ZEROS: [u8; PIECE] = [0; PIECE];
    (0..length.div_ceil(PIECE)).map(move |piece| {
        let rest = PIECE.min(length - piece * PIECE);
        Frame::data(Bytes::from_static(ZEROS.split_at(rest).0))
    })
}

fn certified() -> (Arc<ServerConfig>, String) {
    let key = KeyPair::generate().expect("a key can be made");
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    // With the name that rcgen gives to both, OpenSSL takes the host's certificate for one that signed itself.
    let name = &mut parameters.distinguished_name;
    name.push(rcgen::DnType::CommonName, "the host's authority");
    let authority = parameters
        .self_signed(&key)
        .expect("a certificate can be made");
    let issuer = Issuer::new(parameters, key);
    let key = KeyPair::generate().expect("a key can be made");
    let mut parameters = CertificateParams::new(vec![HOST.to_owned()]).expect("it is a name");
    parameters.use_authority_key_identifier_extension = true;
    let certificate = parameters
        .signed_by(&key, &issuer)
        .expect("a certificate can be made");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS can be set up")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("TLS can be set up");
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (Arc::new(tls), authority.pem())
}
