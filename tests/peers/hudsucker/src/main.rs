//! `hudsucker-peer FOLDER`: a proxy that does what the session's proxy does, built on hudsucker.
//!
//! It asks for the secret in `PROXY_SECRET`, ends TLS, puts the token in `PROXY_TOKEN` in place of what came, and
//! verifies the host by `FOLDER/host.pem`. Its own authority is published as `FOLDER/hudsucker.pem`, its port as
//! `FOLDER/hudsucker.port`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use hudsucker::certificate_authority::RcgenAuthority;
use hudsucker::hyper::header::{AUTHORIZATION, HeaderValue, PROXY_AUTHORIZATION};
use hudsucker::hyper::{Method, Request, Response, StatusCode};
use hudsucker::hyper_util::client::legacy::connect::HttpConnector;
use hudsucker::rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use hudsucker::rustls::crypto::aws_lc_rs::default_provider;
use hudsucker::rustls::pki_types::CertificateDer;
use hudsucker::rustls::pki_types::pem::PemObject as _;
use hudsucker::rustls::{ClientConfig, RootCertStore};
use hudsucker::{Body, HttpContext, HttpHandler, Proxy, RequestOrResponse};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use tokio::net::TcpListener;

#[derive(Clone)]
struct WithToken {
    shown: HeaderValue,
    token: HeaderValue,
    reason: HeaderValue,
}

impl HttpHandler for WithToken {
    async fn handle_request(
        &mut self,
        _: &HttpContext,
        mut request: Request<Body>,
    ) -> RequestOrResponse {
        if request.method() == Method::CONNECT {
            if request.headers().get(PROXY_AUTHORIZATION) != Some(&self.shown) {
                let mut refused = Response::new(Body::empty());
                *refused.status_mut() = StatusCode::PROXY_AUTHENTICATION_REQUIRED;
                return refused.into();
            }
        } else {
            let headers = request.headers_mut();
            headers.insert(AUTHORIZATION, self.token.clone());
            headers.insert("x-goog-request-reason", self.reason.clone());
        }
        request.into()
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("a folder is named"));
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let (authority, pem) = authority();
    publish(&folder, "hudsucker.pem", &pem);
    publish(&folder, "hudsucker.port", &port.to_string());
    Proxy::builder()
        .with_listener(listener)
        .with_ca(authority)
        .with_http_connector(connector(&folder))
        .with_http_handler(handler())
        .build()
        .expect("the proxy is set up")
        .start()
        .await
        .expect("the proxy runs");
}

fn handler() -> WithToken {
    let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is set"));
    let header = |text: String| HeaderValue::from_str(&text).expect("it can be a header");
    let credentials = format!("daypass:{}", variable("PROXY_SECRET"));
    let shown = base64::engine::general_purpose::STANDARD.encode(credentials);
    WithToken {
        shown: header(format!("Basic {shown}")),
        token: header(format!("Bearer {}", variable("PROXY_TOKEN"))),
        reason: header("to measure".to_owned()),
    }
}

fn authority() -> (RcgenAuthority, String) {
    let key = KeyPair::generate().expect("a key can be made");
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = parameters.self_signed(&key).expect("it can be signed");
    let issuer = Issuer::new(parameters, key);
    let authority = RcgenAuthority::new(issuer, 1_000, default_provider());
    (authority, certificate.pem())
}

/// Without Nagle's delay, as the session's proxy is.
fn connector(folder: &Path) -> HttpsConnector<HttpConnector> {
    let host = CertificateDer::from_pem_file(folder.join("host.pem"));
    let mut roots = RootCertStore::empty();
    let added = roots.add(host.expect("the host has published its authority"));
    added.expect("it is an authority");
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS can be set up")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
    builder.https_only().enable_http1().wrap_connector(tcp)
}

/// Writes a file as a whole, so that who waits for it never reads half of it.
fn publish(folder: &Path, name: &str, content: &str) {
    let new = folder.join(format!("{name}.new"));
    std::fs::write(&new, content).expect("the folder can be written");
    std::fs::rename(&new, folder.join(name)).expect("the folder can be written");
}
