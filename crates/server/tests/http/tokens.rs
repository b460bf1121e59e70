//! Taking tokens of service accounts over the API.

use daypass_engine::TOKENS_A_MINUTE;
use daypass_engine::ports::IamError;
use serde_json::{Value, json};

use crate::server::{Answer, ORIGIN, Server};

const ACCOUNT: &str = "deployer@acme-prod.iam.gserviceaccount.com";

/// A grant of alice's that lets her act as the account for an hour, ACTIVE: its address.
async fn active(server: &Server) -> String {
    let ask = json!({
        "entitlement": "customer-data", "justification": "SUP-1 Übergabe", "duration": "1h",
        "input": {"ticket": "SUP-1", "cause": "support"},
    });
    let asked = server.asked_by("alice", &ask.to_string()).await;
    let id = asked["id"].as_str().unwrap();
    let path = format!("/api/v1/grants/{id}");
    let yes = server.yes_to(id).await;
    let carol = server.bearer("carol").await;
    let approved = server.post(&format!("{path}:approve"), &carol, &yes).await;
    assert_eq!(approved.status, 200, "{}", approved.body);
    assert!(server.engine.reconcile_once().await.is_empty());
    let grant = server.get(&path, &carol).await.json();
    assert_eq!(grant["state"], "ACTIVE", "{grant}");
    assert_eq!(grant["last_token_ends"], Value::Null);
    path
}

async fn ask(server: &Server, who: &str, path: &str, body: &str) -> Answer {
    let bearer = server.bearer(who).await;
    server.post(&format!("{path}:token"), &bearer, body).await
}

#[tokio::test]
async fn a_token_with_its_end_and_its_reason() {
    let server = Server::start().await;
    let path = active(&server).await;
    let id = path.rsplit('/').next().unwrap();
    let answer = ask(&server, "alice", &path, "{}").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    let end = server
        .get(&path, &server.bearer("alice").await)
        .await
        .json()["active_until"]
        .clone();
    assert_eq!(
        answer.json(),
        json!({
            "access_token": "canary-token-1",
            "expires_at": "2026-12-01T12:10:00Z",
            "service_account": ACCOUNT,
            "grant_ends_at": end,
            "request_reason": format!("daypass {id}: SUP-1 %C3%9Cbergabe"),
        })
    );
    // Without a body, as with every other verb.
    let alice = server.bearer("alice").await;
    let headers = [("authorization", alice.as_str())];
    let bare = server
        .call("POST", &format!("{path}:token"), &headers, "")
        .await;
    assert_eq!(bare.status, 200, "{}", bare.body);
    let named = json!({"service_account": ACCOUNT, "lifetime": "1h"}).to_string();
    let long = ask(&server, "alice", &path, &named).await;
    assert_eq!(
        long.json()["expires_at"],
        "2026-12-01T12:30:00Z",
        "the entitlement's 30m"
    );

    // Grant, page and record say until when, and none of them has a token.
    let grant = server.get(&path, &alice).await;
    assert_eq!(grant.json()["last_token_ends"], "2026-12-01T12:30:00Z");
    let trail = server
        .get(&format!("/api/v1/audit/entries?grant={id}"), &alice)
        .await;
    let cookie = server.cookie("alice").await;
    let page = format!("/grants/{id}");
    let page = server.call("GET", &page, &[("cookie", &cookie)], "").await;
    assert!(
        page.body.contains("may work until") && page.body.contains("2026-12-01 12:30 UTC"),
        "{}",
        page.body
    );
    // Tokens do not push everything else off the page.
    for words in [
        "was given 3 tokens, the last of them",
        "of deployer@acme-prod.iam.gserviceaccount.com, until 2026-12-01 12:30 UTC",
    ] {
        assert_eq!(page.body.matches(words).count(), 1, "{}", page.body);
    }
    assert!(!page.body.contains("asked for a token"), "{}", page.body);
    for text in [&grant.body, &trail.body, &page.body] {
        assert!(!text.contains("canary"), "{text}");
    }
    let minted = trail.json()["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "token_minted")
        .count();
    assert_eq!(minted, 3);

    // The word that ends it says so, too.
    let ended = server.post(&format!("{path}:revoke"), &alice, "{}").await;
    assert_eq!(ended.json()["last_token_ends"], "2026-12-01T12:30:00Z");
    let late = ask(&server, "alice", &path, "{}").await;
    assert_eq!(late.status, 409, "{}", late.body);
    assert_eq!(late.json()["type"], "about:blank#state");
}

#[tokio::test]
async fn strictly_read_and_for_its_beneficiary_only() {
    let server = Server::start().await;
    let path = active(&server).await;
    for (body, words) in [
        (r#"{"account":"x"}"#, "account"),
        (r#"{"lifetime":600}"#, "expected a string"),
        (r#"{"lifetime":"600"}"#, "600"),
        (r#"{"lifetime":"5s"}"#, "over before it is used"),
        (r#"{"service_account":"deployer"}"#, "deployer"),
        (
            r#"{"service_account":"root@acme-prod.iam.gserviceaccount.com"}"#,
            "does not let you act as root@",
        ),
        ("{", ""),
    ] {
        let answer = ask(&server, "alice", &path, body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.body.contains(words), "{body}: {}", answer.body);
    }
    for (who, status) in [("bob", 404), ("mallory", 404), ("carol", 403)] {
        let answer = ask(&server, who, &path, "{}").await;
        assert_eq!(answer.status, status, "{who}: {}", answer.body);
    }
    for id in ["06h32yey01rg3081040g208104", "x", "..%2f"] {
        let answer = ask(&server, "alice", &format!("/api/v1/grants/{id}"), "{}").await;
        assert_eq!(answer.status, 404, "{id}: {}", answer.body);
    }
    let alice = server.bearer("alice").await;
    let text = [
        ("authorization", alice.as_str()),
        ("content-type", "text/plain"),
    ];
    let answer = server
        .call("POST", &format!("{path}:token"), &text, "{}")
        .await;
    assert_eq!(answer.status, 415, "{}", answer.body);
    assert!(server.fakes.mint.wanted().is_empty());
}

/// No page has a token, and no other site gets one through somebody's browser.
#[tokio::test]
async fn a_token_is_not_for_pages() {
    let server = Server::start().await;
    let path = active(&server).await;
    let cookie = server.cookie("alice").await;
    let page = path.trim_start_matches("/api/v1");
    let shown = server.call("GET", page, &[("cookie", &cookie)], "").await;
    let form = format!("form_token={}", shown.form_token());
    let sent = server
        .send_form(&cookie, &format!("{page}/token"), &form)
        .await;
    assert_eq!(sent.status, 404, "{}", sent.body);
    for (origin, status) in [("https://evil.example", 403), (ORIGIN, 200)] {
        let headers = [
            ("cookie", cookie.as_str()),
            ("origin", origin),
            ("content-type", "application/json"),
        ];
        let answer = server
            .call("POST", &format!("{path}:token"), &headers, "{}")
            .await;
        assert_eq!(answer.status, status, "{origin}: {}", answer.body);
    }
    assert_eq!(server.fakes.mint.wanted().len(), 1);
}

#[tokio::test]
async fn googles_refusals_and_too_many() {
    let server = Server::start().await;
    let path = active(&server).await;
    let mint = &server.fakes.mint;
    mint.fail(IamError::Forbidden {
        message: "Permission 'iam.serviceAccounts.getAccessToken' denied".into(),
        permission: None,
    });
    mint.fail(IamError::NotFound {
        resource: ACCOUNT.into(),
    });
    mint.fail(IamError::Throttled {
        retry_after: Some(std::time::Duration::from_secs(7)),
    });
    mint.fail(IamError::Unavailable {
        message: "connection refused".into(),
        retry_after: None,
    });
    for (status, kind, words, wait) in [
        (502, "google-refuses", "getAccessToken' denied", ""),
        (502, "google-refuses", "does not know deployer@", ""),
        (503, "unavailable", "slow down", "7"),
        (503, "unavailable", "connection refused", "5"),
    ] {
        let answer = ask(&server, "alice", &path, "{}").await;
        assert_eq!(answer.status, status, "{}", answer.body);
        let problem = answer.json();
        assert_eq!(problem["type"], format!("about:blank#{kind}"));
        assert!(
            problem["detail"].as_str().unwrap().contains(words),
            "{problem}"
        );
        assert!(problem["hint"].is_string(), "{problem}");
        assert_eq!(answer.header("retry-after"), wait);
    }
    let cookie = server.cookie("alice").await;
    let page = path.trim_start_matches("/api/v1");
    let page = server.call("GET", page, &[("cookie", &cookie)], "").await;
    let told = page.body.matches("got no token from Google").count();
    assert_eq!(told, 4, "{}", page.body);
    assert!(page.body.contains("of deployer@"), "{}", page.body);
    for _ in 4..TOKENS_A_MINUTE {
        assert_eq!(ask(&server, "alice", &path, "{}").await.status, 200);
    }
    let answer = ask(&server, "alice", &path, "{}").await;
    assert_eq!(answer.status, 429, "{}", answer.body);
    assert_eq!(answer.header("retry-after"), "60");
    server.fakes.clock.advance(60);
    assert_eq!(ask(&server, "alice", &path, "{}").await.status, 200);
}

/// Who signed out, or whose session is over, takes no more.
#[tokio::test]
async fn only_who_is_still_signed_in() {
    let server = Server::start().await;
    let path = active(&server).await;
    let alice = server.bearer("alice").await;
    let closed = server
        .call(
            "DELETE",
            "/api/v1/sessions/current",
            &[("authorization", &alice)],
            "",
        )
        .await;
    assert_eq!(closed.status, 204);
    let answer = server.post(&format!("{path}:token"), &alice, "{}").await;
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert!(server.fakes.mint.wanted().is_empty());
}
