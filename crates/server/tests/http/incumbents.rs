//! Cases of the systems that Daypass takes the place of, where no other test asks the same; `docs/acceptance.md` lists
//! them all.

use crate::server::{COOKIE, Server};

/// G-14, G-27, G-32: a gift that cannot be meant is refused with what is wrong with it, and nobody hears of it: neither
/// Google nor who would have received it.
#[tokio::test]
async fn a_gift_that_cannot_be_meant_goes_nowhere() {
    let server = Server::start().await;
    let carol = server.bearer("carol").await;
    let console = "https://console.cloud.google.com";
    for (fields, status, said) in [
        (
            format!(r#""on":"{console}/?test=test","to":"bob@example.com""#),
            400,
            "could not find a project ID",
        ),
        (
            format!(r#""on":"{console}/home/dashboard?ted=test","to":"bob@example.com""#),
            400,
            "could not find a project ID",
        ),
        (
            r#""on":"http://test.com","to":"bob@example.com""#.to_owned(),
            400,
            "could not find a project ID",
        ),
        (r#""on":"acme-prod""#.to_owned(), 400, "missing field `to`"),
        (
            r#""on":"acme-prod","to":"""#.to_owned(),
            400,
            "not an e-mail address",
        ),
        (
            r#""on":"acme-prod","to":"bob@evil.com@example.com""#.to_owned(),
            400,
            "not an e-mail address",
        ),
        (
            r#""on":"acme-prod","to":"domain:evil.com""#.to_owned(),
            403,
            "domain:evil.com",
        ),
    ] {
        let body = format!(
            r#"{{"give":{{"role":"roles/storage.admin",{fields}}},"justification":"INC-1"}}"#
        );
        let answer = server.post("/api/v1/grants", &carol, &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert!(
            answer.json()["detail"].as_str().unwrap().contains(said),
            "no '{said}' in {}",
            answer.body
        );
    }
    for (role, duration, status) in [
        ("roles/owner", "30m", 400),
        ("roles/storage.admin", "17", 400),
        ("roles/storage.admin", "1m", 403),
        ("roles/storage.admin", "481m", 403),
    ] {
        let body = format!(
            r#"{{"give":{{"role":"{role}","on":"acme-prod","to":"bob@example.com"}},"duration":"{duration}","justification":"INC-1"}}"#
        );
        let answer = server.post("/api/v1/grants", &carol, &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
    }
    server.engine.reconcile_once().await;
    assert!(server.fakes.iam.reasons().is_empty());
    let none = server.get("/api/v1/grants", &carol).await.json();
    assert_eq!(none["grants"].as_array().map(Vec::len), Some(0), "{none}");
    // The same gift without a mistake is heard.
    let body = format!(
        r#"{{"give":{{"role":"roles/storage.admin","on":"{console}/home/dashboard?project=acme-prod","to":"bob@example.com"}},"duration":"17m","justification":"INC-1"}}"#
    );
    let answer = server.post("/api/v1/grants", &carol, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

/// G-22: who is signed in sees the page, and no message of what went wrong.
#[tokio::test]
async fn the_first_page_of_one_who_is_signed_in_has_no_message() {
    let server = Server::start().await;
    let alice = server.cookie("alice").await;
    let page = server.call("GET", "/", &[("cookie", &alice)], "").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("What you may ask for"), "{}", page.body);
    for message in ["class=\"notice", "role=\"alert\""] {
        assert!(!page.body.contains(message), "{message} in {}", page.body);
    }
}

/// G-30, G-31: signing out ends the session that there is, at the server and not only in the browser; without one, or
/// with one that is over, nothing is ended, and a link from elsewhere ends nothing at all.
#[tokio::test]
async fn signing_out_ends_what_there_is() {
    let server = Server::start().await;
    let alice = server.cookie("alice").await;
    let home = async |cookie: &str| server.call("GET", "/", &[("cookie", cookie)], "").await;
    let sign_out = async |cookie: &str, token: &str| {
        let form = format!("form_token={token}");
        server.send_form(cookie, "/logout", &form).await
    };
    let token = home(&alice).await.form_token();
    assert_eq!(
        server
            .call("GET", "/logout", &[("cookie", &alice)], "")
            .await
            .status,
        405,
        "a link signs nobody out"
    );
    assert_eq!(sign_out(&alice, "guessed").await.status, 403);
    assert_eq!(home(&alice).await.status, 200);

    let out = sign_out(&alice, &token).await;
    assert_eq!(out.status, 200, "{}", out.body);
    assert_eq!(out.cookie(COOKIE).as_deref(), Some(""));
    assert_eq!(
        home(&alice).await.status,
        303,
        "the old cookie is worthless"
    );
    for (cookie, token) in [(alice.as_str(), token.as_str()), ("", "")] {
        let again = sign_out(cookie, token).await;
        assert_eq!(again.status, 401, "{}", again.body);
        assert!(again.body.contains("Sign in first"), "{}", again.body);
        assert!(again.cookie(COOKIE).is_none(), "nothing is ended");
    }

    // One that is over by itself.
    let bob = server.cookie("bob").await;
    let token = home(&bob).await.form_token();
    server.fakes.clock.advance(8 * 3_600);
    assert_eq!(sign_out(&bob, &token).await.status, 401);
}

/// M-1: the address that an approver is led to holds no power of its own: it opens for nobody who is not signed in, and
/// for nobody who has no part in it.
#[tokio::test]
async fn an_address_is_no_key() {
    let server = Server::start().await;
    let grant = server.request_by("alice").await;
    let page = format!("/grants/{grant}");
    assert_eq!(page.len(), "/grants/".len() + 26, "an id and nothing else");
    assert_eq!(
        server.call("GET", &page, &[], "").await.header("location"),
        "/login"
    );
    for (who, status) in [("mallory", 404), ("carol", 200)] {
        let cookie = server.cookie(who).await;
        let answer = server.call("GET", &page, &[("cookie", &cookie)], "").await;
        assert_eq!(answer.status, status, "{who}: {}", answer.body);
    }
    let approve = format!("/api/v1/grants/{grant}:approve");
    let yes = server.yes_to(&grant).await;
    for (who, status) in [("mallory", 404), ("alice", 403), ("carol", 200)] {
        let bearer = server.bearer(who).await;
        let answer = server.post(&approve, &bearer, &yes).await;
        assert_eq!(answer.status, status, "{who}: {}", answer.body);
    }
    let again = server
        .post(&approve, &server.bearer("carol").await, &yes)
        .await;
    assert_eq!(again.status, 409, "a yes is given once: {}", again.body);
}
