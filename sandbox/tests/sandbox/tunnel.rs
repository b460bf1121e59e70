//! The CONNECT tunnel: Google's own addresses lead to the sandbox, others nowhere.

use daypass_sandbox::{Options, Sandbox};
use jiff::SignedDuration;

#[tokio::test]
async fn hard_coded_hosts_are_answered_by_the_sandbox_and_others_refused() {
    let sandbox = Sandbox::start(Options {
        tunnel: true,
        ..Options::default()
    })
    .await
    .unwrap();
    let ca = reqwest::Certificate::from_pem(sandbox.ca_pem().unwrap().as_bytes()).unwrap();
    let proxy = reqwest::Proxy::all(sandbox.tunnel_url().unwrap()).unwrap();
    let http = reqwest::Client::builder()
        .proxy(proxy)
        .tls_certs_only([ca])
        .build()
        .unwrap();
    let token = sandbox
        .cloud()
        .mint_token("user:alice@example.com", SignedDuration::from_hours(1))
        .unwrap();
    let address = "https://cloudresourcemanager.googleapis.com/v1/projects/acme-prod";
    let reply = http
        .get(address)
        .bearer_auth(&token.access_token)
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 200);
    let body: serde_json::Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
    assert_eq!(body["projectNumber"], "100000000001");
    assert_eq!(
        sandbox.cloud().requests(0)[0].host,
        "cloudresourcemanager.googleapis.com"
    );

    let folder = tempfile::tempdir().unwrap();
    let environment = folder.path().join("environment");
    let variables =
        daypass_sandbox::tunnel_environment(&sandbox.base_url(), "bob@example.com", &environment)
            .await
            .unwrap();
    let value = |name: &str| &variables.iter().find(|(key, _)| key == name).unwrap().1;
    assert_eq!(Some(value("HTTPS_PROXY")), sandbox.tunnel_url().as_ref());
    let bundle = std::fs::read_to_string(value("SSL_CERT_FILE")).unwrap();
    assert!(bundle.starts_with(&sandbox.ca_pem().unwrap()));
    assert!(
        variables
            .iter()
            .all(|(name, _)| !name.contains("ENDPOINT_OVERRIDES"))
    );

    assert!(http.get("https://example.com/").send().await.is_err());
    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    let without_tunnel = plain
        .get(sandbox.tunnel_url().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(without_tunnel.status(), 405);
    sandbox.stop().await;
}

#[tokio::test]
async fn http_2_with_prior_knowledge_works_and_stopping_frees_the_port() {
    let sandbox = crate::client::started().await;
    let http = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let reply = http
        .get(format!(
            "{}/.well-known/openid-configuration",
            sandbox.base_url()
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(reply.version(), reqwest::Version::HTTP_2);
    let address = sandbox.base_url();
    sandbox.stop().await;
    assert!(http.get(address).send().await.is_err());
}
