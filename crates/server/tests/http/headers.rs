//! The headers that protect people, on every kind of answer.

use crate::server::Server;

#[tokio::test]
async fn every_kind_of_answer_carries_them() {
    let server = Server::start().await;
    let cookie = server.cookie("alice").await;
    let mut kinds = std::collections::BTreeSet::new();
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/nowhere"),
        ("PUT", "/"),
        ("GET", "/grants/x"),
        ("GET", "/login"),
        ("POST", "/logout"),
        ("GET", "/api/v1/me"),
        ("GET", "/api/v1/nowhere"),
        ("PUT", "/api/v1/grants"),
        ("GET", "/api/v1/grants?nonsense=1"),
        ("GET", "/healthz"),
        ("GET", "/metrics"),
    ] {
        let answer = server.call(method, path, &[("cookie", &cookie)], "").await;
        let is_page = answer.header("content-type").starts_with("text/html");
        kinds.insert((answer.status.as_u16(), is_page));
        let policy = answer.header("content-security-policy");
        let place = format!("{method} {path} {}", answer.status);
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
            "{place}: {policy}"
        );
        assert_eq!(
            policy.contains("form-action 'self'"),
            is_page,
            "{place}: {policy}"
        );
        assert!(
            !policy.contains("unsafe") && !policy.contains("127.0.0.1"),
            "{place}: {policy}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("origin-agent-cluster", "?1"),
            ("x-robots-tag", "noindex, nofollow"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{place}: {name}");
        }
        assert!(
            answer.header("permissions-policy").contains("camera=()"),
            "{place}"
        );
        assert!(!answer.header("x-request-id").is_empty(), "{place}");
        assert_eq!(
            answer.header("strict-transport-security"),
            "",
            "{place}: on http"
        );
        assert_eq!(answer.header("server"), "", "{place}");
    }
    assert!(
        kinds.contains(&(200, true))
            && kinds.contains(&(404, true))
            && kinds.contains(&(405, true)),
        "{kinds:?}"
    );
    assert!(
        kinds.contains(&(404, false))
            && kinds.contains(&(405, false))
            && kinds.contains(&(400, false)),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn the_style_sheet_may_be_kept_for_good() {
    let server = Server::start().await;
    let page = server.call("GET", "/nowhere", &[], "").await.body;
    let path = page
        .split("href=\"")
        .find(|part| part.starts_with("/assets/"))
        .and_then(|part| part.split('"').next())
        .unwrap();
    let style = server.call("GET", path, &[], "").await;
    assert_eq!(style.status, 200);
    assert_eq!(
        style.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}
