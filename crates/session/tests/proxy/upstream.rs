//! A host with TLS that remembers each request, in the place of Google.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The end of a connection in place of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the host hangs up")]
struct HungUp;

type Body = BoxBody<Bytes, Infallible>;

/// What arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) uri: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: usize,
    pub(crate) trailers: HeaderMap,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let all: Vec<_> = self.headers.get_all(name).iter().collect();
        assert!(all.len() < 2, "{name} arrived {} times", all.len());
        all.first().map(|value| value.to_str().unwrap().to_owned())
    }
}

/// An authority that the proxy trusts, as it trusts those of the machine.
pub(crate) struct Root {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) pem: String,
}

impl Root {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).unwrap();
        Self {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(parameters, key),
        }
    }

    /// A certificate for these names, until that year.
    pub(crate) fn certify(&self, names: &[&str], until: i32) -> Arc<ServerConfig> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        configuration(certificate.der().clone(), &key, &[b"h2", b"http/1.1"])
    }
}

pub(crate) fn configuration(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    protocols: &[&[u8]],
) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut configuration = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    configuration.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Arc::new(configuration)
}

/// A running host.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<usize>>,
}

impl Upstream {
    pub(crate) async fn start(tls: Arc<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Mutex::new(0));
        let (all, opened) = (Arc::clone(&seen), Arc::clone(&connections));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (tls, all) = (TlsAcceptor::from(Arc::clone(&tls)), Arc::clone(&all));
                let opened = Arc::clone(&opened);
                tokio::spawn(async move {
                    let Ok(stream) = tls.accept(stream).await else {
                        return;
                    };
                    *opened.lock().unwrap() += 1;
                    let service = service_fn(move |request| answer(request, Arc::clone(&all)));
                    let _ = auto::Builder::new(TokioExecutor::new())
                        .serve_connection_with_upgrades(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            address,
            seen,
            connections,
        }
    }

    /// All requests that arrived.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The last request that arrived.
    pub(crate) fn last(&self) -> Seen {
        self.seen().pop().expect("a request arrived")
    }

    /// How many connections got through TLS.
    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

async fn answer(
    mut request: Request<Incoming>,
    seen: Arc<Mutex<Vec<Seen>>>,
) -> Result<Response<Body>, HungUp> {
    let place = {
        let mut seen = seen.lock().unwrap();
        seen.push(Seen {
            uri: request.uri().to_string(),
            headers: request.headers().clone(),
            body: 0,
            trailers: HeaderMap::new(),
        });
        seen.len() - 1
    };
    let path = request.uri().path().to_owned();
    let before = |seen: &Seen| seen.uri == path;
    let times = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|seen| before(seen))
        .count();
    if path == "/hang-up" || path == "/hang-up-once" && times == 1 {
        return Err(HungUp);
    }
    if let Some(protocol) = request.headers().get("upgrade").cloned() {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut stream = TokioIo::new(upgrade.await.unwrap());
            let mut buffer = vec![0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                stream.write_all(&buffer[..read]).await.unwrap();
            }
        });
        let mut response = Response::new(Empty::new().boxed());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert("connection", HeaderValue::from_static("upgrade"));
        headers.insert("upgrade", protocol);
        headers.insert("x-accepted", HeaderValue::from_static("yes"));
        return Ok(response);
    }
    let mut body = request.into_body();
    while let Some(Ok(frame)) = body.frame().await {
        if let Some(data) = frame.data_ref() {
            seen.lock().unwrap()[place].body += data.len();
        }
        if let Some(trailers) = frame.trailers_ref() {
            seen.lock().unwrap()[place].trailers = trailers.clone();
        }
    }
    Ok(content(&path))
}

fn content(path: &str) -> Response<Body> {
    let mut response = match path.split('/').nth(1) {
        Some("bytes") => {
            let wanted: usize = path.rsplit('/').next().unwrap().parse().unwrap();
            Response::new(zeros(wanted))
        }
        Some("trailers") => {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            let frames = [
                Ok(Frame::data(Bytes::from_static(b"message"))),
                Ok(Frame::trailers(trailers)),
            ];
            let mut response = Response::new(StreamBody::new(stream::iter(frames)).boxed());
            let names = HeaderValue::from_static("grpc-status");
            response.headers_mut().insert("trailer", names);
            response
        }
        Some("endless") => {
            let drops = stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Some((Ok(Frame::data(Bytes::from_static(b"drop"))), ()))
            });
            Response::new(BodyExt::boxed(StreamBody::new(drops)))
        }
        _ => Response::new(Full::from("hello").boxed()),
    };
    let alternative = HeaderValue::from_static("h3=\":443\"");
    response.headers_mut().insert("alt-svc", alternative);
    response
}

fn zeros(wanted: usize) -> Body {
    const PIECE: usize = 64 * 1024;
    static ZEROS: [u8; PIECE] = [0; PIECE];
    let pieces = (0..wanted.div_ceil(PIECE)).map(move |piece| {
        let length = PIECE.min(wanted - piece * PIECE);
        Ok(Frame::data(Bytes::from_static(&ZEROS[..length])))
    });
    StreamBody::new(stream::iter(pieces)).boxed()
}
