//! What other sites can do in somebody's name: nothing.

use crate::server::{ORIGIN, Server};

#[tokio::test]
async fn unsafe_requests_with_a_cookie_must_come_from_our_own_pages() {
    for (headers, status) in [
        (vec![("sec-fetch-site", "same-origin")], 201),
        (vec![("origin", ORIGIN)], 201),
        (vec![], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
        (
            vec![("sec-fetch-site", "cross-site"), ("origin", ORIGIN)],
            403,
        ),
        (vec![("sec-fetch-site", "none")], 403),
        (vec![("origin", "http://localhost:8123")], 403),
        (vec![("origin", "http://127.0.0.1:9999")], 403),
        (vec![("origin", "null")], 403),
        (vec![("referer", "http://127.0.0.1:8123/")], 403),
    ] {
        let server = Server::start().await;
        let cookie = server.cookie("alice").await;
        let mut all = vec![
            ("cookie", cookie.as_str()),
            ("content-type", "application/json"),
        ];
        all.extend(headers.iter().copied());
        let answer = server
            .call(
                "POST",
                "/api/v1/grants",
                &all,
                r#"{"entitlement":"dev-viewer"}"#,
            )
            .await;
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_form_carries_its_sessions_token() {
    let server = Server::start().await;
    let (alice, bob) = (server.cookie("alice").await, server.cookie("bob").await);
    let token = server
        .call("GET", "/entitlements/dev-viewer", &[("cookie", &alice)], "")
        .await
        .form_token();
    let token_of_bob = server
        .call("GET", "/entitlements/dev-viewer", &[("cookie", &bob)], "")
        .await
        .form_token();
    assert_ne!(token, token_of_bob);
    let form = "application/x-www-form-urlencoded";
    for (token, kind, status) in [
        (format!("form_token={token_of_bob}"), form, 403),
        (String::new(), form, 403),
        ("form_token=".to_owned(), form, 403),
        (format!("form_token={token}&form_token={token}"), form, 400),
        (format!("form_token={token}"), "text/plain", 415),
        (format!("form_token={token}"), "multipart/form-data", 415),
        (format!("form_token={token}"), form, 303),
    ] {
        let headers = [
            ("cookie", alice.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("content-type", kind),
        ];
        let answer = server
            .call(
                "POST",
                "/entitlements/dev-viewer",
                &headers,
                &format!("{token}&duration=30m"),
            )
            .await;
        assert_eq!(answer.status, status, "{token} {kind}: {}", answer.body);
    }
    // The right token does not help another site.
    let headers = [
        ("cookie", alice.as_str()),
        ("sec-fetch-site", "cross-site"),
        ("content-type", form),
    ];
    assert_eq!(
        server
            .call(
                "POST",
                "/entitlements/dev-viewer",
                &headers,
                &format!("form_token={token}")
            )
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn no_answer_invites_another_origin() {
    let server = Server::start().await;
    let bearer = server.bearer("alice").await;
    for (method, path) in [
        ("GET", "/api/v1/me"),
        ("OPTIONS", "/api/v1/grants"),
        ("GET", "/"),
    ] {
        let answer = server
            .call(
                method,
                path,
                &[
                    ("authorization", &bearer),
                    ("origin", "https://evil.example"),
                    ("access-control-request-method", "POST"),
                ],
                "",
            )
            .await;
        assert!(
            answer
                .headers
                .keys()
                .all(|name| !name.as_str().starts_with("access-control-")),
            "{method} {path}"
        );
    }
}
