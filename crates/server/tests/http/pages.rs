//! The pages, as a browser without script sees them.

use crate::server::{ORIGIN, Server};

#[tokio::test]
async fn who_is_not_signed_in_is_brought_back_after_the_sign_in() {
    let server = Server::start().await;
    let grant = server.request_by("alice").await;
    let answer = server
        .call("GET", &format!("/grants/{grant}"), &[], "")
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, "/login")
    );
    assert_eq!(
        answer.cookie("__Host-daypass-8123-place").unwrap(),
        format!(".grants.{grant}")
    );
}

#[tokio::test]
async fn text_of_others_is_escaped_on_every_page() {
    let server = Server::start().await;
    let alice = server.cookie("alice").await;
    let body = r#"{"entitlement":"dev-viewer","justification":"\"><script>alert(1)</script>"}"#;
    let id = server
        .post("/api/v1/grants", &server.bearer("alice").await, body)
        .await
        .json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        "/".to_owned(),
        format!("/grants/{id}"),
        "/entitlements/dev-viewer".to_owned(),
        "/?search=%3Cscript%3E".to_owned(),
        "/grants/%3Cscript%3E".to_owned(),
    ] {
        let page = server.call("GET", &path, &[("cookie", &alice)], "").await;
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}"
        );
        for wrong in ["<script", "<img", "style=", " onerror=\"", "javascript:"] {
            assert!(!page.body.contains(wrong), "{path} has {wrong}");
        }
    }
}

#[tokio::test]
async fn asking_approving_and_ending_by_forms_alone() {
    let server = Server::start().await;
    let (alice, carol) = (server.cookie("alice").await, server.cookie("carol").await);
    let send = async |cookie: &str, path: &str, body: String| {
        let headers = [
            ("cookie", cookie),
            ("origin", ORIGIN),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        server.call("POST", path, &headers, &body).await
    };
    let form = server
        .call(
            "GET",
            "/entitlements/prod-storage",
            &[("cookie", &alice)],
            "",
        )
        .await;
    let token = form.form_token();

    let refused = send(
        &alice,
        "/entitlements/prod-storage",
        format!("form_token={token}&duration=9h&justification=INC-7+%3C3"),
    )
    .await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.body.contains("value=\"9h\"") && refused.body.contains("INC-7 &#60;3"),
        "what was typed is lost: {}",
        refused.body
    );

    let asked = send(
        &alice,
        "/entitlements/prod-storage",
        format!("form_token={token}&duration=1h&justification=INC-7"),
    )
    .await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    let path = asked.header("location").to_owned();
    let seen_by_alice = server
        .call("GET", &path, &[("cookie", &alice)], "")
        .await
        .body;
    assert!(!seen_by_alice.contains(">Approve<") && seen_by_alice.contains(">Withdraw<"));

    let page = server.call("GET", &path, &[("cookie", &carol)], "").await;
    assert!(
        page.body.contains(">Approve<")
            && page.body.contains("INC-7")
            && !page.body.contains(">Withdraw<"),
        "{}",
        page.body
    );
    let hash = page
        .body
        .split("name=\"request_hash\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let token = page.form_token();
    let blind = send(
        &carol,
        &format!("{path}/approve"),
        format!("form_token={token}"),
    )
    .await;
    assert_eq!(blind.status, 400, "an approval names what was seen");
    let approved = send(
        &carol,
        &format!("{path}/approve"),
        format!("form_token={token}&request_hash={hash}&comment=go"),
    )
    .await;
    assert_eq!(
        (approved.status.as_u16(), approved.header("location")),
        (303, path.as_str()),
        "{}",
        approved.body
    );
    let page = server
        .call("GET", &path, &[("cookie", &alice)], "")
        .await
        .body;
    assert!(
        page.contains("carol@example.com") && page.contains("approved"),
        "{page}"
    );

    let token = server
        .call("GET", "/", &[("cookie", &alice)], "")
        .await
        .form_token();
    let out = send(&alice, "/logout", format!("form_token={token}")).await;
    assert_eq!(out.header("clear-site-data"), "\"cookies\", \"storage\"");
    assert_eq!(
        server
            .call("GET", "/", &[("cookie", &alice)], "")
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn who_decides_sees_beside_the_buttons_what_a_yes_would_allow() {
    let server = Server::start().await;
    let start = server.engine.now() + jiff::SignedDuration::from_hours(24);
    let body =
        format!(r#"{{"entitlement":"prod-storage","justification":"INC-7","start_at":"{start}"}}"#);
    let asked = server
        .post("/api/v1/grants", &server.bearer("alice").await, &body)
        .await;
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    let carol = server.cookie("carol").await;
    let page = server
        .call("GET", &format!("/grants/{id}"), &[("cookie", &carol)], "")
        .await
        .body;
    let panel = page
        .split("id=\"decide\"")
        .nth(1)
        .and_then(|after| after.split("</section>").next())
        .unwrap();
    let day = start.to_string()[..10].to_owned();
    for told in [
        "buckets/logs-",
        day.as_str(),
        "INC-7",
        "roles/storage.admin",
    ] {
        assert!(panel.contains(told), "{told} is not in {panel}");
    }
}

#[tokio::test]
async fn what_one_gave_away_is_not_shown_as_ones_own() {
    let server = Server::start().await;
    let body = r#"{"give":{"role":"roles/storage.admin","on":"acme-prod","to":"alice@example.com"},"justification":"INC-8"}"#;
    let given = server
        .post("/api/v1/grants", &server.bearer("carol").await, body)
        .await;
    assert_eq!(given.status, 201, "{}", given.body);
    let carol = server.cookie("carol").await;
    let page = server
        .call("GET", "/", &[("cookie", &carol)], "")
        .await
        .body;
    assert!(
        page.contains("For <strong>alice@example.com</strong>, given by carol@example.com"),
        "{page}"
    );
}

#[tokio::test]
async fn a_sandbox_says_so_everywhere() {
    let server = Server::with_sign_in(100, true).await;
    let alice = server.cookie("alice").await;
    for path in [
        "/",
        "/nowhere",
        "/entitlements/dev-viewer",
        "/login/callback",
    ] {
        assert!(
            server
                .call("GET", path, &[("cookie", &alice)], "")
                .await
                .body
                .contains("Sandbox."),
            "{path}"
        );
    }
    let real = Server::start().await;
    assert!(
        !real
            .call("GET", "/nowhere", &[], "")
            .await
            .body
            .contains("Sandbox.")
    );
}

#[tokio::test]
async fn every_field_has_a_label() {
    let server = Server::start().await;
    let alice = server.cookie("alice").await;
    for path in ["/", "/entitlements/prod-storage"] {
        let page = server
            .call("GET", path, &[("cookie", &alice)], "")
            .await
            .body;
        for field in page
            .split("<input ")
            .chain(page.split("<textarea "))
            .skip(1)
            .filter(|field| !field.starts_with("type=\"hidden\"") && field.starts_with("id="))
        {
            let id = field.split('"').nth(1).unwrap();
            assert!(page.contains(&format!("for=\"{id}\"")), "{path}: {id}");
        }
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
        assert!(
            page.contains("<html lang=\"en\">") && page.contains("name=\"viewport\""),
            "{path}"
        );
    }
}
