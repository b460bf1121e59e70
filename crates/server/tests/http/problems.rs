//! What is told when something is wrong.

use serde_json::{Value, json};

use crate::server::Server;

#[tokio::test]
async fn a_problem_names_what_is_wrong_and_the_next_step() {
    let server = Server::start().await;
    let bearer = server.bearer("alice").await;
    let grants = "/api/v1/grants";
    for (path, body, status, kind, said) in [
        (
            grants,
            r#"{"entitlement":"prod-storage","admin":true}"#,
            400,
            "invalid",
            "unknown field `admin`",
        ),
        (
            grants,
            r#"{"entitlement":"prod-storage","entitlement":"dev-viewer"}"#,
            400,
            "invalid",
            "duplicate field",
        ),
        (
            grants,
            r#"{"entitlement":"prod-storage""#,
            400,
            "invalid",
            "EOF",
        ),
        (
            grants,
            r#"{"entitlement":7}"#,
            400,
            "invalid",
            "invalid type",
        ),
        (grants, "", 400, "invalid", "EOF"),
        (
            grants,
            r#"{"entitlement":"dev-viewer","duration":"0m"}"#,
            400,
            "invalid",
            "not positive",
        ),
        (
            grants,
            r#"{"entitlement":"dev-viewer","duration":"-5m"}"#,
            400,
            "invalid",
            "not positive",
        ),
        (
            grants,
            r#"{"entitlement":"dev-viewer","duration":"90"}"#,
            400,
            "invalid",
            "not a duration",
        ),
        (
            grants,
            r#"{"entitlement":"dev-viewer","start_at":"noon"}"#,
            400,
            "invalid",
            "not a point in time",
        ),
        (
            grants,
            r#"{"entitlement":"dev-viewer","duration":"2h"}"#,
            403,
            "denied",
            "1h",
        ),
        (
            grants,
            r#"{"entitlement":"no-such-thing"}"#,
            404,
            "not-found",
            "no-such-thing",
        ),
        (
            grants,
            r#"{"entitlement":"prod-storage"}"#,
            403,
            "denied",
            "justification",
        ),
        (
            grants,
            r#"{"give":{"role":"roles/owner","on":"acme-prod","to":"bob@example.com"}}"#,
            400,
            "invalid",
            "basic role",
        ),
        (
            grants,
            r#"{"give":{"role":"roles/storage.admin","on":"acme-prod","to":"allAuthenticatedUsers:"}}"#,
            400,
            "invalid",
            "principal",
        ),
        (
            "/api/v1/grants/01hzzzzzzzzzzzzzzzzzzzzzzw:approve",
            r#"{"request_hash":"0000000000000000000000000000000000000000000000000000000000000000"}"#,
            404,
            "not-found",
            "no grant",
        ),
        (
            "/api/v1/grants/01hzzzzzzzzzzzzzzzzzzzzzzw:explode",
            "{}",
            404,
            "not-found",
            "explode",
        ),
        (
            "/api/v1/grants/x:approve",
            "{}",
            404,
            "not-found",
            "no grant",
        ),
    ] {
        let answer = server.post(path, &bearer, body).await;
        let place = format!("{body}: {}", answer.body);
        assert_eq!(answer.status, status, "{place}");
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{place}"
        );
        let problem = answer.json();
        assert_eq!(problem["type"], format!("about:blank#{kind}"), "{place}");
        assert_eq!(problem["status"], status, "{place}");
        assert!(
            problem["detail"].as_str().unwrap().contains(said),
            "no '{said}' in {place}"
        );
        assert_eq!(
            problem["request_id"],
            answer.header("x-request-id"),
            "{place}"
        );
    }
}

/// The names of the rules of an answer that do not hold.
fn broken(answer: &Value) -> Vec<&str> {
    let rules = answer["rules"].as_array().unwrap().iter();
    rules
        .filter(|rule| rule["holds"] == false)
        .map(|rule| rule["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_denial_carries_every_rule_for_who_may_see_the_entitlement() {
    let server = Server::start().await;
    let wish = r#"{"entitlement":"prod-storage","duration":"9h","justification":"x"}"#;
    for (who, expected) in [
        ("carol", &["requester", "duration"][..]),
        ("alice", &["duration"]),
    ] {
        let bearer = server.bearer(who).await;
        let refused = server.post("/api/v1/grants", &bearer, wish).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert_eq!(broken(&refused.json()), expected, "{}", refused.body);
        let explained = server.post("/api/v1/grants:explain", &bearer, wish).await;
        assert_eq!(broken(&explained.json()), expected, "{}", explained.body);
        assert!(explained.json()["rules"].as_array().unwrap().len() > expected.len());
    }
}

/// Whoever finds no entitlement at its address finds out no more by asking for it.
#[tokio::test]
async fn a_stranger_is_told_only_that_they_may_not() {
    let server = Server::start().await;
    let mallory = server.bearer("mallory").await;
    let hidden = server
        .get("/api/v1/entitlements/prod-storage", &mallory)
        .await;
    assert_eq!(hidden.status, 404, "{}", hidden.body);
    for (wish, name, detail) in [
        (
            r#"{"entitlement":"prod-storage","duration":"9h"}"#,
            "requester",
            "mallory@example.com may not ask for it",
        ),
        (
            r#"{"entitlement":"prod-break-glass","justification":"INC-1"}"#,
            "requester",
            "mallory@example.com may not ask for it",
        ),
        (
            r#"{"give":{"role":"roles/storage.admin","on":"acme-prod","to":"bob@example.com"},"justification":"x"}"#,
            "grantor",
            "mallory@example.com may not give it",
        ),
    ] {
        let hint = "'daypass list' shows what you may ask for; the entitlement's owner can add you";
        let only = json!([{"name": name, "holds": false, "detail": detail, "hint": hint}]);
        let refused = server.post("/api/v1/grants", &mallory, wish).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert_eq!(refused.json()["rules"], only, "{}", refused.body);
        assert_eq!(refused.json()["detail"], format!("denied: {detail}"));
        let explained = server
            .post("/api/v1/grants:explain", &mallory, wish)
            .await
            .json();
        assert_eq!(explained["decision"], "denied");
        let filled: Vec<_> = explained
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, value)| {
                let is_empty = value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(serde_json::Map::is_empty)
                    || [json!(null), json!(false), json!(0)].contains(value);
                !is_empty && !["decision", "rules"].contains(&name.as_str())
            })
            .collect();
        assert_eq!(explained["rules"], only, "{explained}");
        assert!(filled.is_empty(), "{filled:?}");
    }
}

#[tokio::test]
async fn media_types_sizes_and_depths_are_bounded() {
    let server = Server::start().await;
    let bearer = server.bearer("alice").await;
    let body = r#"{"entitlement":"dev-viewer"}"#;
    for (kind, status) in [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonx", 415),
        ("", 415),
    ] {
        let answer = server
            .call(
                "POST",
                "/api/v1/grants",
                &[("authorization", &bearer), ("content-type", kind)],
                body,
            )
            .await;
        assert_eq!(answer.status, status, "{kind}: {}", answer.body);
    }
    let large =
        json!({"entitlement": "dev-viewer", "justification": "x".repeat(100_000)}).to_string();
    assert_eq!(
        server.post("/api/v1/grants", &bearer, &large).await.status,
        413
    );
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let answer = server.post("/api/v1/grants", &bearer, &deep).await;
    assert!(
        answer.status == 400 && answer.body.contains("deeper"),
        "{}",
        answer.body
    );
    assert_eq!(
        server
            .get(&format!("/api/v1/grants?{}", "x".repeat(9_000)), &bearer)
            .await
            .status,
        414
    );
    assert_eq!(
        server
            .call(
                "GET",
                "/api/v1/me",
                &[("authorization", &bearer), ("x_forwarded_user", "root")],
                ""
            )
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn hostile_text_is_refused_or_shown_harmless() {
    let server = Server::start().await;
    let bearer = server.bearer("alice").await;
    for text in ["a\u{202e}b", "a\u{0}b", "a\u{1b}[31mb"] {
        let answer = server
            .post(
                "/api/v1/grants",
                &bearer,
                &json!({"entitlement": "prod-storage", "justification": text}).to_string(),
            )
            .await;
        assert_eq!(answer.status, 403, "{text:?}: {}", answer.body);
        assert!(!answer.body.contains(text), "{text:?}");
    }
    let answer = server
        .post(
            "/api/v1/grants",
            &bearer,
            &json!({"entitlement": "dev-viewer", "\u{202e}x": 1}).to_string(),
        )
        .await;
    assert!(
        answer.status == 400 && !answer.body.contains('\u{202e}'),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_method_that_is_not_there_says_which_are() {
    let server = Server::start().await;
    let answer = server.call("PUT", "/api/v1/grants", &[], "").await;
    assert_eq!(answer.status, 405);
    assert!(
        answer.header("allow").contains("GET") && answer.header("allow").contains("POST"),
        "{}",
        answer.header("allow")
    );
    assert_eq!(answer.json()["type"], "about:blank#method");
}

#[tokio::test]
async fn a_repeated_request_has_one_effect() {
    let server = Server::start().await;
    let bearer = server.bearer("alice").await;
    let ask = async |key: &str, body: &str| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        server.call("POST", "/api/v1/grants", &headers, body).await
    };
    let body = r#"{"entitlement":"dev-viewer"}"#;
    let (first, again) = (ask("k1", body).await, ask("k1", body).await);
    assert_eq!(
        (first.status.as_u16(), again.status.as_u16()),
        (201, 201),
        "{}",
        again.body
    );
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_ne!(ask("k2", body).await.json()["id"], first.json()["id"]);
    assert_eq!(
        ask("k1", r#"{"entitlement":"dev-viewer","duration":"5m"}"#)
            .await
            .status,
        409
    );
    assert_eq!(ask(&"k".repeat(256), body).await.status, 400);
}
