//! Tools that know nothing of tokens, through the session's proxy to the emulated cloud: the account of the session
//! stands on each request, with the reason, and no other host is reached.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use daypass_core::Timestamp;
use daypass_core::ids::GrantId;
use daypass_core::reason::RequestReason;
use daypass_engine::ports::{AccessToken, Clock};
use daypass_sandbox::{Cloud, Options as SandboxOptions, Sandbox};
use daypass_session::proxy::{self, Hosts, Lent, Options, Others, Roots, Route, Running};
use daypass_tests::gcloud::allow_everything;
use daypass_tests::peer::on_path;
use jiff::SignedDuration;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::watch;

const ACCOUNT: &str = "deployer@acme-prod.iam.gserviceaccount.com";
const SECRET: &str = "canary-secret-0123456789abcdefghijkl";

/// The sandbox's time, which is Google's.
struct SandboxTime(Cloud);

impl Clock for SandboxTime {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn skew(&self) -> Option<SignedDuration> {
        Some(SignedDuration::ZERO)
    }
}

struct Session {
    sandbox: Sandbox,
    proxy: Running,
    lend: watch::Sender<Option<Lent>>,
    home: TempDir,
}

impl Session {
    async fn start() -> Self {
        let sandbox = Sandbox::start(SandboxOptions {
            tunnel: true,
            ..SandboxOptions::default()
        });
        let sandbox = sandbox.await.unwrap();
        let cloud = sandbox.cloud();
        allow_everything(&cloud, &format!("serviceAccount:{ACCOUNT}"));
        let (lend, lent) = watch::channel(Some(lent(&cloud)));
        let tunnel = sandbox.tunnel_url().unwrap();
        let pem = sandbox.ca_pem().unwrap();
        let root = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let proxy = proxy::start(Options {
            secret: SECRET.to_owned().into(),
            hosts: Hosts::google(),
            others: Others::Refused,
            spared: None,
            roots: Roots::Only(vec![root]),
            route: Route::Through(tunnel.strip_prefix("http://").unwrap().parse().unwrap()),
            lent,
            clock: Arc::new(SandboxTime(cloud)),
            log: None,
        });
        let session = Self {
            proxy: proxy.await.unwrap(),
            sandbox,
            lend,
            home: TempDir::new().unwrap(),
        };
        let authority = session.home.path().join("authority.pem");
        std::fs::write(authority, session.proxy.authority_pem()).unwrap();
        session
    }

    /// Runs a tool that has no credentials at all.
    async fn run(&self, program: &Path, arguments: &[&str]) -> Output {
        let home = self.home.path();
        let authority = home.join("authority.pem");
        let run = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", home)
            .env(
                "HTTPS_PROXY",
                format!("http://daypass:{SECRET}@{}", self.proxy.address()),
            )
            .env("CURL_CA_BUNDLE", &authority)
            .env("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", &authority)
            .env("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "true")
            .env("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false")
            .env("CLOUDSDK_CORE_DISABLE_PROMPTS", "1")
            .env("CLOUDSDK_CORE_PROJECT", "acme-prod")
            .current_dir(home)
            .kill_on_drop(true)
            .output();
        let ended = tokio::time::timeout(Duration::from_mins(2), run).await;
        ended.expect("it ends").unwrap()
    }

    /// Each request that Google saw was the account's, and says why.
    fn assert_all_are_the_accounts(&self) {
        let requests = self.sandbox.cloud().requests(0);
        assert!(!requests.is_empty());
        for request in requests {
            let shown = format!("{} {}{}", request.method, request.host, request.path);
            let member = format!("serviceAccount:{ACCOUNT}");
            assert_eq!(request.principal, Some(member), "{shown}");
            let reason = request.reason.unwrap_or_default();
            assert!(reason.ends_with(": INC-1 disk full"), "{shown}: {reason}");
        }
    }
}

fn lent(cloud: &Cloud) -> Lent {
    let minted = cloud.mint_token(ACCOUNT, SignedDuration::from_mins(10));
    let ends = cloud.now() + Duration::from_mins(10);
    let token = AccessToken::new(minted.unwrap().access_token.into(), ends);
    let reason = RequestReason::of_session(GrantId::new(ends, [1; 10]), "INC-1 disk full");
    Lent::new(&token, &reason, ends).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_without_credentials_acts_as_the_account() {
    let Some(gcloud) = on_path("gcloud") else {
        return;
    };
    let session = Session::start().await;
    let policy = ["projects", "get-iam-policy", "acme-prod", "--format=json"];
    let output = session.run(&gcloud, &policy).await;
    assert!(output.status.success(), "{}", said(&output));
    let policy: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(policy["etag"].is_string());
    let output = session.run(&gcloud, &["storage", "ls"]).await;
    assert!(output.status.success(), "{}", said(&output));
    session.assert_all_are_the_accounts();
    assert!(session.sandbox.cloud().requests(0).len() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_acts_as_the_account_until_the_session_ends() {
    let Some(curl) = on_path("curl") else {
        return;
    };
    let session = Session::start().await;
    let url = "https://cloudresourcemanager.googleapis.com/v3/projects/acme-prod";
    let asked = [
        "-sS",
        "--fail",
        "-H",
        "Authorization: Bearer canary-own",
        url,
    ];
    let output = session.run(&curl, &asked).await;
    assert!(output.status.success(), "{}", said(&output));
    session
        .lend
        .send_replace(Some(lent(&session.sandbox.cloud())));
    assert!(session.run(&curl, &asked).await.status.success());
    session.assert_all_are_the_accounts();

    // Hosts that mint credentials, hosts of others, and http.
    let before = session.sandbox.cloud().requests(0).len();
    for url in [
        "https://oauth2.googleapis.com/tokeninfo",
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/x:generateAccessToken",
        "https://sts.googleapis.com/v1/token",
        "https://accounts.google.com/",
        "https://storage.googleapis.com./storage/v1/b",
        "https://storage.googleapis.com:8443/storage/v1/b",
        "https://example.com/",
    ] {
        let output = session.run(&curl, &["-sS", url]).await;
        assert!(!output.status.success(), "{url}: {output:?}");
    }
    assert_eq!(session.sandbox.cloud().requests(0).len(), before);

    session.lend.send_replace(None);
    session.proxy.ended().await;
    assert!(!session.run(&curl, &asked).await.status.success());
    assert_eq!(session.sandbox.cloud().requests(0).len(), before);
}
