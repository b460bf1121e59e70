//! Approving with one's own rights at Google: the second sign-in, the page, and what programs are told.

use daypass_core::entitlement::{Source, load};
use daypass_engine::ports::SessionKind;
use http::StatusCode;
use serde_json::{Value, json};

use crate::server::{Answer, COOKIE, ORIGIN, Server};
use crate::sign_in::sign_in;

const ENTITLEMENTS: &str = r#"
apiVersion: daypass/v1
entitlements:
  - id: lent-storage
    requesters: ["group:sre@example.com"]
    privileges: [{resource: projects/acme-prod, roles: [roles/storage.admin]}]
    duration: {max: 1h}
    approval: {identity: approver, steps: [{approvers: ["group:leads@example.com"]}]}
  - id: vouched-storage
    requesters: ["group:sre@example.com"]
    privileges: [{resource: projects/acme-prod, roles: [roles/storage.objectViewer]}]
    duration: {max: 1h}
    approval: {authority: google, steps: [{approvers: ["group:leads@example.com"]}]}
"#;

const SCOPE: &str = "cloud-platform";

async fn server() -> Server {
    let server = Server::with_sign_in(100, true).await;
    let catalogue = load(&[Source {
        name: "own-rights.yaml".into(),
        text: ENTITLEMENTS.into(),
    }])
    .unwrap();
    server.engine.replace_catalogue(catalogue);
    server
}

/// The `Cookie` of a sign-in's answer.
fn cookie_of(done: &Answer) -> String {
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    format!("{COOKIE}={}", done.cookie(COOKIE).unwrap())
}

async fn signed_in(server: &Server, name: &str) -> String {
    let path = format!("/login?as={name}@example.com");
    cookie_of(&sign_in(server, &path, "").await)
}

async fn page(server: &Server, cookie: &str, id: &str) -> Answer {
    let path = format!("/grants/{id}");
    let page = server.call("GET", &path, &[("cookie", cookie)], "").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page
}

/// What the page's button sends.
async fn approve(server: &Server, cookie: &str, id: &str) -> Answer {
    let page = page(server, cookie, id).await;
    let hash = page
        .body
        .split_once("name=\"request_hash\" value=\"")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let fields = format!("form_token={}&request_hash={hash}", page.form_token());
    server
        .send_form(cookie, &format!("/grants/{id}/approve"), &fields)
        .await
}

async fn asked(server: &Server, entitlement: &str) -> String {
    let body = json!({"entitlement": entitlement, "justification": "INC-1 disk full"});
    let grant = server.asked_by("alice", &body.to_string()).await;
    grant["id"].as_str().unwrap().to_owned()
}

async fn state(server: &Server, id: &str) -> Value {
    let path = format!("/api/v1/grants/{id}");
    server
        .get(&path, &server.bearer("alice").await)
        .await
        .json()["state"]
        .take()
}

#[tokio::test]
async fn the_whole_way() {
    let server = server().await;
    server.fakes.iam.empower_everybody("projects/acme-prod");
    let id = asked(&server, "lent-storage").await;
    let ordinary = server
        .call("GET", "/login?as=carol@example.com", &[], "")
        .await;
    assert!(!ordinary.header("location").contains(SCOPE));
    let first = signed_in(&server, "carol").await;
    let button = format!("/login?power=1&amp;grant={id}");
    assert!(page(&server, &first, &id).await.body.contains(&button));
    let refused = approve(&server, &first, &id).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused.body.contains(&format!("/grants/{id}")),
        "it leads back"
    );

    let path = format!("/login?power=1&grant={id}");
    let begun = server.call("GET", &path, &[("cookie", &first)], "").await;
    assert!(begun.header("location").contains(SCOPE), "{}", begun.body);
    let done = sign_in(&server, &path, &first).await;
    assert_eq!(done.header("location"), format!("/grants/{id}"));
    let second = cookie_of(&done);
    assert_ne!(first, second);
    let shown = page(&server, &second, &id).await;
    assert!(!shown.body.contains(&button), "{}", shown.body);
    let approved = approve(&server, &second, &id).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.body);
    assert!(server.engine.reconcile_once().await.is_empty());
    assert_eq!(state(&server, &id).await, "ACTIVE");

    let writers = server.fakes.iam.writers("projects/acme-prod");
    let [token] = &writers[..] else {
        panic!("one write, not {writers:?}");
    };
    assert!(token.starts_with("ya29."), "the sandbox minted it");
    let trail = server
        .get("/api/v1/audit/entries", &server.bearer("alice").await)
        .await;
    let shown = page(&server, &second, &id).await;
    for text in [&shown.body, &trail.body, &approved.body] {
        assert!(!text.contains(token.as_str()));
    }

    // The end of the session is the end of what was lent to it (G-30).
    assert_eq!(userinfo(&server, token).await, 200);
    let fields = format!("form_token={}", shown.form_token());
    let out = server.send_form(&second, "/logout", &fields).await;
    assert_eq!(out.status, StatusCode::OK, "{}", out.body);
    assert_eq!(userinfo(&server, token).await, 401);
    let again = asked(&server, "lent-storage").await;
    let third = signed_in(&server, "carol").await;
    let refused = approve(&server, &third, &again).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

/// What the provider says to the token.
async fn userinfo(server: &Server, token: &str) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/userinfo", server.sandbox.as_ref().unwrap().base_url());
    let answer = client.get(url).bearer_auth(token).send().await.unwrap();
    answer.status().as_u16()
}

/// Programs are told which page to open, and no token of a browser is theirs.
#[tokio::test]
async fn programs_are_sent_to_the_browser() {
    let server = server().await;
    server.fakes.iam.empower_everybody("projects/acme-prod");
    let browser = signed_in(&server, "carol").await;
    cookie_of(&sign_in(&server, "/login?power=1", &browser).await);
    let terminal = format!(
        "Bearer {}",
        server.session("carol", SessionKind::Terminal).await
    );
    for entitlement in ["lent-storage", "vouched-storage"] {
        let id = asked(&server, entitlement).await;
        let path = format!("/api/v1/grants/{id}:approve");
        let yes = server.yes_to(&id).await;
        let refused = server.post(&path, &terminal, &yes).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let problem = refused.json();
        assert_eq!(problem["type"], "about:blank#needs-browser");
        assert_eq!(problem["sign_in"], format!("{ORIGIN}/grants/{id}"));
        assert_eq!(state(&server, &id).await, "APPROVAL_AWAITED");
    }
}

/// Lending is for whoever is signed in: nobody else's sign-in is begun from an address, and it leads to our pages only.
#[tokio::test]
async fn only_who_is_signed_in_lends() {
    let server = server().await;
    let begun = server.call("GET", "/login?power=1", &[], "").await;
    assert_eq!(
        (begun.status, begun.header("location")),
        (StatusCode::SEE_OTHER, "/login")
    );
    let cookie = signed_in(&server, "carol").await;
    let path = "/login?power=1&grant=https%3A%2F%2Fevil.example.com";
    let refused = server.call("GET", path, &[("cookie", &cookie)], "").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

/// `authority: google`: Google is asked before the yes is recorded.
#[tokio::test]
async fn google_is_asked_what_the_approver_may() {
    let server = server().await;
    server.fakes.iam.admit_everybody();
    let id = asked(&server, "vouched-storage").await;
    let first = signed_in(&server, "carol").await;
    let path = format!("/login?power=1&grant={id}");
    let second = cookie_of(&sign_in(&server, &path, &first).await);
    let refused = approve(&server, &second, &id).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused
            .body
            .contains("Google does not let you change the policy of projects/acme-prod yourself"),
        "{}",
        refused.body
    );
    assert_eq!(state(&server, &id).await, "APPROVAL_AWAITED");
    server.fakes.iam.empower_everybody("projects/acme-prod");
    let approved = approve(&server, &second, &id).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.body);
}
