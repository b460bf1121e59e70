//! Who may call what: every route of the API by every kind of caller.

use crate::server::Server;

/// What each caller must get, in this order: nobody, the requester, the approver, an outsider, a machine that may
/// ask for `dev-viewer` only. `{grant}` is a request of alice's that waits for carol.
const MATRIX: [(&str, &str, &str, [u16; 5]); 25] = [
    ("GET", "/api/v1/entitlements", "", [401, 200, 200, 200, 200]),
    (
        "GET",
        "/api/v1/entitlements/prod-storage",
        "",
        [401, 200, 200, 404, 404],
    ),
    (
        "GET",
        "/api/v1/entitlements/dev-viewer",
        "",
        [401, 200, 404, 404, 200],
    ),
    (
        "POST",
        "/api/v1/grants:explain",
        r#"{"entitlement":"prod-storage","justification":"x"}"#,
        [401, 200, 200, 200, 200],
    ),
    ("GET", "/api/v1/grants", "", [401, 200, 200, 200, 200]),
    (
        "GET",
        "/api/v1/grants?scope=inbox",
        "",
        [401, 200, 200, 200, 200],
    ),
    (
        "GET",
        "/api/v1/grants?scope=reviews",
        "",
        [401, 200, 200, 200, 200],
    ),
    (
        "GET",
        "/api/v1/grants/{grant}",
        "",
        [401, 200, 200, 404, 404],
    ),
    (
        "GET",
        "/api/v1/audit/entries?grant={grant}",
        "",
        [401, 200, 200, 404, 404],
    ),
    (
        "GET",
        "/api/v1/audit/entries",
        "",
        [401, 403, 403, 403, 403],
    ),
    ("GET", "/api/v1/me", "", [401, 200, 200, 200, 200]),
    ("GET", "/api/v1/openapi.json", "", [200, 200, 200, 200, 200]),
    (
        "POST",
        "/api/v1/sessions",
        r#"{"code":"x","verifier":"y"}"#,
        [400, 400, 400, 400, 400],
    ),
    (
        "POST",
        "/api/v1/grants",
        r#"{"entitlement":"prod-storage","justification":"x"}"#,
        [401, 201, 403, 403, 403],
    ),
    (
        "POST",
        "/api/v1/grants",
        r#"{"entitlement":"dev-viewer"}"#,
        [401, 201, 403, 403, 201],
    ),
    (
        "POST",
        "/api/v1/grants/{grant}:approve",
        r#"{"request_hash":"{hash}"}"#,
        [401, 403, 200, 404, 404],
    ),
    (
        "POST",
        "/api/v1/grants/{grant}:deny",
        "{}",
        [401, 403, 200, 404, 404],
    ),
    (
        "POST",
        "/api/v1/grants/{grant}:withdraw",
        "{}",
        [401, 200, 403, 404, 404],
    ),
    (
        "POST",
        "/api/v1/grants/{grant}:extend",
        "{}",
        [401, 409, 404, 404, 404],
    ),
    (
        "POST",
        "/api/v1/grants/{grant}:review",
        r#"{"justified":true}"#,
        [401, 409, 409, 404, 404],
    ),
    (
        "POST",
        "/api/v1/grants/{grant}:token",
        "{}",
        [401, 400, 403, 404, 404],
    ),
    ("GET", "/healthz", "", [200, 200, 200, 200, 200]),
    ("GET", "/readyz", "", [200, 200, 200, 200, 200]),
    ("GET", "/metrics", "", [200, 200, 200, 200, 200]),
    (
        "DELETE",
        "/api/v1/sessions/current",
        "",
        [401, 204, 204, 204, 400],
    ),
];

#[tokio::test]
async fn every_route_by_every_caller() {
    let mut wrong = Vec::new();
    for (method, path, body, expected) in MATRIX {
        for (caller, expected) in ["nobody", "alice", "carol", "mallory", "machine"]
            .into_iter()
            .zip(expected)
        {
            let server = if caller == "machine" {
                Server::with_sign_in(1_000, true).await
            } else {
                Server::start().await
            };
            let grant = server.request_by("alice").await;
            let hash = server.request_hash(&grant).await;
            let authorization = match caller {
                "nobody" => None,
                "machine" => Some(server.machine()),
                name => Some(server.bearer(name).await),
            };
            let mut headers = vec![];
            if !body.is_empty() {
                headers.push(("content-type", "application/json"));
            }
            if let Some(authorization) = &authorization {
                headers.push(("authorization", authorization.as_str()));
            }
            let answer = server
                .call(
                    method,
                    &path.replace("{grant}", &grant),
                    &headers,
                    &body.replace("{hash}", &hash),
                )
                .await;
            if answer.status != expected {
                wrong.push(format!(
                    "{method} {path} by {caller}: {} instead of {expected}: {}",
                    answer.status, answer.body
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_token_works_only_where_it_was_put() {
    use daypass_engine::ports::SessionKind;
    let server = Server::start().await;
    let (browser, terminal) = (
        server.session("alice", SessionKind::Browser).await,
        server.session("alice", SessionKind::Terminal).await,
    );
    for (name, value, status) in [
        ("authorization", format!("Bearer {terminal}"), 200),
        ("authorization", format!("bearer {terminal}"), 200),
        ("authorization", format!("Bearer {browser}"), 401),
        ("authorization", format!("Basic {terminal}"), 401),
        ("authorization", "Bearer ".to_owned(), 401),
        ("authorization", "Bearer a.b.c".to_owned(), 401),
        (
            "cookie",
            format!("{}={browser}", crate::server::COOKIE),
            200,
        ),
        (
            "cookie",
            format!("{}={terminal}", crate::server::COOKIE),
            401,
        ),
        ("cookie", format!("daypass={browser}"), 401),
        (
            "cookie",
            format!("{0}={browser}; {0}={browser}", crate::server::COOKIE),
            401,
        ),
        (
            "x-goog-authenticated-user-email",
            "accounts.google.com:alice@example.com".to_owned(),
            401,
        ),
    ] {
        assert_eq!(
            server
                .call("GET", "/api/v1/me", &[(name, &value)], "")
                .await
                .status,
            status,
            "{name}: {value}"
        );
    }
    let both = [
        ("authorization", format!("Bearer {terminal}")),
        ("cookie", format!("{}={browser}", crate::server::COOKIE)),
    ];
    let both: Vec<(&str, &str)> = both
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        server.call("GET", "/api/v1/me", &both, "").await.status,
        400
    );
}

#[tokio::test]
async fn a_session_that_was_closed_or_is_over_is_refused() {
    let server = Server::start().await;
    let (closed, old) = (server.bearer("alice").await, server.bearer("bob").await);
    assert_eq!(
        server
            .call(
                "DELETE",
                "/api/v1/sessions/current",
                &[("authorization", &closed)],
                ""
            )
            .await
            .status,
        204
    );
    assert_eq!(server.get("/api/v1/me", &closed).await.status, 401);
    server.fakes.clock.advance(8 * 3_600 - 1);
    assert_eq!(server.get("/api/v1/me", &old).await.status, 200);
    server.fakes.clock.advance(1);
    assert_eq!(server.get("/api/v1/me", &old).await.status, 401);
}
