//! Signing in, with the sandbox as identity provider.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use daypass_sandbox::Sandbox;
use sha2::{Digest as _, Sha256};

use crate::server::{Answer, COOKIE, Server};

const LOGIN_COOKIE: &str = "__Host-daypass-8123-login";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Follows the redirect to the identity provider, and gives the path on our server that it leads back to.
async fn at_provider(sandbox: &Sandbox, begun: &Answer) -> String {
    let url = begun.header("location");
    assert!(
        url.starts_with(&sandbox.base_url()),
        "{}: {url}: {}",
        begun.status,
        begun.body
    );
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let answer = client.get(url).send().await.unwrap();
    let back = answer.headers()["location"].to_str().unwrap();
    back.strip_prefix("http://127.0.0.1:8123")
        .unwrap()
        .to_owned()
}

/// Signs somebody in from `path`; the answer of the callback.
pub(crate) async fn sign_in(server: &Server, path: &str, cookies: &str) -> Answer {
    let begun = server.call("GET", path, &[("cookie", cookies)], "").await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let back = at_provider(server.sandbox.as_ref().unwrap(), &begun).await;
    let cookie = format!(
        "{LOGIN_COOKIE}={}; {cookies}",
        begun.cookie(LOGIN_COOKIE).unwrap()
    );
    server.call("GET", &back, &[("cookie", &cookie)], "").await
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()))
}

#[tokio::test]
async fn a_person_signs_in_and_comes_back_to_the_page() {
    let server = Server::with_sign_in(100, true).await;
    let done = sign_in(
        &server,
        "/login?as=alice@example.com",
        "__Host-daypass-8123-place=.entitlements.prod-storage",
    )
    .await;
    assert_eq!(
        (done.status.as_u16(), done.header("location")),
        (303, "/entitlements/prod-storage"),
        "{}",
        done.body
    );
    let session = done.cookie(COOKIE).unwrap();
    assert_eq!(done.cookie(LOGIN_COOKIE).unwrap(), "");
    let set = done
        .headers
        .get_all("set-cookie")
        .iter()
        .find(|value| value.to_str().unwrap().starts_with(&format!("{COOKIE}=")))
        .unwrap()
        .to_str()
        .unwrap();
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age="] {
        assert!(set.contains(attribute), "{set}");
    }
    let home = server
        .call(
            "GET",
            "/",
            &[("cookie", &format!("{COOKIE}={session}"))],
            "",
        )
        .await;
    assert!(home.status == 200 && home.body.contains("alice@example.com"));

    // A second sign-in gets a new token, and the old one is over (session fixation).
    let again = sign_in(
        &server,
        "/login?as=alice@example.com",
        &format!("{COOKIE}={session}"),
    )
    .await;
    assert_ne!(again.cookie(COOKIE).unwrap(), session);
    assert_eq!(again.header("location"), "/");
    assert_eq!(
        server
            .call(
                "GET",
                "/",
                &[("cookie", &format!("{COOKIE}={session}"))],
                ""
            )
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn the_way_back_works_once_and_in_the_same_browser_only() {
    let server = Server::with_sign_in(100, true).await;
    let begun = server
        .call("GET", "/login?as=alice@example.com", &[], "")
        .await;
    let back = at_provider(server.sandbox.as_ref().unwrap(), &begun).await;
    let cookie = format!("{LOGIN_COOKIE}={}", begun.cookie(LOGIN_COOKIE).unwrap());
    assert_eq!(
        server.call("GET", &back, &[], "").await.status,
        400,
        "another browser"
    );
    let other = server
        .call("GET", "/login?as=bob@example.com", &[], "")
        .await;
    let of_other = format!("{LOGIN_COOKIE}={}", other.cookie(LOGIN_COOKIE).unwrap());
    assert_eq!(
        server
            .call("GET", &back, &[("cookie", &of_other)], "")
            .await
            .status,
        400,
        "another sign-in"
    );
    assert_eq!(
        server
            .call("GET", &back, &[("cookie", &cookie)], "")
            .await
            .status,
        303
    );
    assert_eq!(
        server
            .call("GET", &back, &[("cookie", &cookie)], "")
            .await
            .status,
        400,
        "again"
    );
}

#[tokio::test]
async fn a_stranger_is_told_why_and_what_now() {
    let server = Server::with_sign_in(100, true).await;
    let refused = sign_in(&server, "/login?as=gina@gmail.com", "").await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(
        refused.body.contains("not let in") && refused.body.contains("href=\"/login\""),
        "{}",
        refused.body
    );
    assert!(refused.cookie(COOKIE).is_none());
}

#[tokio::test]
async fn signing_in_as_somebody_is_for_sandboxes() {
    let server = Server::with_sign_in(100, false).await;
    assert_eq!(
        server
            .call("GET", "/login?as=alice@example.com", &[], "")
            .await
            .status,
        400
    );
    assert_eq!(
        server
            .call(
                "GET",
                &format!(
                    "/login/terminal?challenge={}&as=alice@example.com",
                    challenge()
                ),
                &[],
                ""
            )
            .await
            .status,
        400
    );
    assert_eq!(
        server
            .call("GET", "/login?next=https://evil.example", &[], "")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn sign_ins_are_counted() {
    let server = Server::with_sign_in(3, true).await;
    for expected in [303, 303, 303, 429] {
        assert_eq!(
            server
                .call(
                    "GET",
                    "/login",
                    &[("x-forwarded-for", &format!("192.0.2.{expected}"))],
                    ""
                )
                .await
                .status,
            expected
        );
    }
    let refused = server.call("GET", "/login", &[], "").await;
    assert_eq!(refused.header("retry-after"), "60");
    server.fakes.clock.advance(60);
    assert_eq!(server.call("GET", "/login", &[], "").await.status, 303);
}

#[tokio::test]
async fn a_terminal_of_the_sandbox_signs_in_without_a_page() {
    let server = Server::with_sign_in(100, true).await;
    let done = sign_in(
        &server,
        &format!(
            "/login/terminal?port=45678&challenge={}&as=bob@example.com",
            challenge()
        ),
        "",
    )
    .await;
    let code = done
        .header("location")
        .strip_prefix("http://127.0.0.1:45678/callback?code=")
        .expect("a code")
        .to_owned();
    assert!(
        done.cookie(COOKIE).is_none(),
        "no browser session comes of it"
    );
    let trade = async |code: &str, verifier: &str| {
        let body = serde_json::json!({"code": code, "verifier": verifier}).to_string();
        server
            .call(
                "POST",
                "/api/v1/sessions",
                &[("content-type", "application/json")],
                &body,
            )
            .await
    };
    let session = trade(&code, VERIFIER).await;
    assert_eq!(session.status, 201, "{}", session.body);
    let bearer = format!("Bearer {}", session.json()["token"].as_str().unwrap());
    let me = server.get("/api/v1/me", &bearer).await.json();
    assert_eq!(
        (me["email"].as_str(), me["sandbox"].as_bool()),
        (Some("bob@example.com"), Some(true))
    );
    assert_eq!(trade(&code, VERIFIER).await.status, 400, "used twice");
}

#[tokio::test]
async fn a_terminal_needs_the_persons_word() {
    let server = Server::with_sign_in(100, false).await;
    let cookie = server.cookie("carol").await;
    let path = format!("/login/terminal?port=45678&challenge={}", challenge());
    let page = server.call("GET", &path, &[("cookie", &cookie)], "").await;
    assert!(
        page.status == 200
            && page
                .body
                .contains("Sign in the terminal as carol@example.com?"),
        "{}",
        page.body
    );
    assert!(
        page.header("content-security-policy")
            .contains("form-action 'self' http://127.0.0.1:45678;")
    );
    let form = format!(
        "form_token={}&challenge={}&port=45678",
        page.form_token(),
        challenge()
    );
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let forged = server
        .call(
            "POST",
            "/login/terminal",
            &[("cookie", &cookie), kind, ("sec-fetch-site", "cross-site")],
            &form,
        )
        .await;
    assert_eq!(forged.status, 403);
    let done = server
        .call(
            "POST",
            "/login/terminal",
            &[("cookie", &cookie), kind, ("sec-fetch-site", "same-origin")],
            &form,
        )
        .await;
    assert!(
        done.header("location")
            .starts_with("http://127.0.0.1:45678/callback?code="),
        "{}",
        done.body
    );
    for wrong in [
        "/login/terminal",
        "/login/terminal?challenge=short",
        &format!("/login/terminal?challenge={}&port=80", challenge()),
        &format!("{path}&redirect=x"),
    ] {
        assert_eq!(
            server
                .call("GET", wrong, &[("cookie", &cookie)], "")
                .await
                .status,
            400,
            "{wrong}"
        );
    }
    let pasted = format!("form_token={}&challenge={}", page.form_token(), challenge());
    let shown = server
        .call(
            "POST",
            "/login/terminal",
            &[("cookie", &cookie), kind, ("sec-fetch-site", "same-origin")],
            &pasted,
        )
        .await;
    assert!(
        shown.status == 200 && shown.body.contains("class=\"code\""),
        "{}",
        shown.body
    );
}
