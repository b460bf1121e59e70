//! Who is who: a host that cannot prove itself gets no token, and clusters are known by their own authority.

use std::sync::Arc;

use daypass_session::proxy::{Hosts, Others, Route, Target};
use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::client::{get, read};
use crate::upstream::{Root, Upstream, configuration};
use crate::world::{HOST, TOKEN, Unlike, World};

async fn refused(tls: impl FnOnce(&Root) -> Arc<rustls::ServerConfig>) {
    let world = World::unlike(|root| Unlike {
        tls: Some(tls(root)),
        ..Unlike::default()
    })
    .await;
    let (status, text) = world.get("/").await;
    assert_eq!(status, 502);
    assert!(text.contains("no token was sent"), "{text}");
    let mut connection = world.http2().await;
    let request = http::Request::get(format!("https://{HOST}/"));
    let request = request.body(http_body_util::Full::default()).unwrap();
    let (status, text) = read(connection.send_request(request).await.unwrap()).await;
    assert_eq!(status, 502, "{text}");
    assert_eq!(world.upstream.connections(), 0);
    assert_eq!(world.upstream.seen().len(), 0);
}

#[tokio::test]
async fn a_host_that_signs_for_itself_gets_nothing() {
    refused(|_| {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        configuration(certificate.der().clone(), &key, &[b"h2", b"http/1.1"])
    })
    .await;
}

#[tokio::test]
async fn a_certificate_of_another_authority_gets_nothing() {
    refused(|_| Root::new().certify(&[HOST], 2999)).await;
}

#[tokio::test]
async fn an_expired_certificate_gets_nothing() {
    refused(|root| root.certify(&[HOST], 2020)).await;
}

#[tokio::test]
async fn a_certificate_for_another_name_gets_nothing() {
    refused(|root| root.certify(&["compute.googleapis.com", "*.example.com"], 2999)).await;
}

#[tokio::test]
async fn a_cluster_is_verified_by_its_own_authority_alone() {
    let (own, foreign) = (Root::new(), Root::new());
    let cluster = Upstream::start(own.certify(&["127.0.0.1"], 2999)).await;
    let impostor = Upstream::start(foreign.certify(&["127.0.0.1"], 2999)).await;
    let hosts = [&cluster, &impostor]
        .iter()
        .fold(Hosts::google(), |hosts, cluster| {
            let server = format!("https://{}", cluster.address);
            hosts.with_cluster(&server, Some(&own.pem)).unwrap()
        });
    let world = World::unlike(|_| Unlike {
        hosts: Some(hosts),
        ..Unlike::default()
    })
    .await;
    for (host, expected) in [(&cluster, "200"), (&impostor, "502")] {
        let authority = host.address.to_string();
        let mut stream = world.secured(&authority, "http/1.1").await;
        let said = format!("GET /api HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert_eq!(answer.split(' ').nth(1), Some(expected), "{answer}");
    }
    let seen = cluster.last();
    assert_eq!(
        seen.header("authorization").unwrap(),
        format!("Bearer {TOKEN}")
    );
    assert_eq!(seen.header("host").unwrap(), cluster.address.to_string());
    assert_eq!(impostor.connections(), 0);
}

#[tokio::test]
async fn another_host_may_be_reached_blindly_and_without_the_token() {
    let other = Root::new();
    let host = Upstream::start(other.certify(&["127.0.0.1"], 2999)).await;
    let authority = host.address.to_string();
    let strict = World::start().await;
    let said = format!(
        "CONNECT {authority} HTTP/1.1\r\n{}\r\n",
        crate::client::shown()
    );
    assert_eq!(strict.status(&said).await, 403);

    // Others are refused, but for those that are spared, as a cluster that a tool has just been told of.
    let spared = Target::parse(&authority, None).unwrap();
    let world = World::unlike(|_| Unlike {
        spared: Some(Arc::new(move |target| *target == spared)),
        ..Unlike::default()
    })
    .await;
    world.tunnel(&authority).await;
    let near = "CONNECT 127.0.0.1:1 HTTP/1.1\r\n";
    let near = format!("{near}{}\r\n", crate::client::shown());
    assert_eq!(world.status(&near).await, 403);

    let world = World::unlike(|_| Unlike {
        others: Others::Tunnelled,
        ..Unlike::default()
    })
    .await;
    let without = format!("CONNECT {authority} HTTP/1.1\r\n\r\n");
    assert_eq!(world.status(&without).await, 407);
    let tunnel = world.tunnel(&authority).await;
    let connector =
        tokio_rustls::TlsConnector::from(crate::client::trusting(&other.pem, "http/1.1"));
    let name = rustls::pki_types::ServerName::try_from("127.0.0.1").unwrap();
    let stream = connector.connect(name, tunnel).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut connection, driver) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(driver);
    let answer = connection.send_request(get("/blind")).await.unwrap();
    assert_eq!(read(answer).await, (200, "hello".to_owned()));
    assert_eq!(host.last().header("authorization"), None);
    assert_eq!(host.last().header("x-goog-request-reason"), None);
}

/// A proxy on the way that lets nobody through, or speaks for the host itself.
#[tokio::test]
async fn a_proxy_on_the_way_learns_nothing() {
    for (answer, expected) in [
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "refuses"),
        (
            "HTTP/1.1 200 Connected\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            "broke",
        ),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let way = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut said = vec![0; 4096];
            let mut length = stream.read(&mut said).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            length += stream.read(&mut said[length..]).await.unwrap_or_default();
            String::from_utf8_lossy(&said[..length]).into_owned()
        });
        let world = World::unlike(|_| Unlike {
            route: Some(Route::Through(address)),
            ..Unlike::default()
        })
        .await;
        let (status, text) = world.get("/").await;
        assert_eq!(status, 502);
        assert!(text.contains(expected), "{text}");
        let said = way.await.unwrap();
        assert!(
            said.starts_with(&format!("CONNECT {HOST}:443 HTTP/1.1\r\n")),
            "{said}"
        );
        assert!(!said.contains("canary"), "{said}");
    }
}
