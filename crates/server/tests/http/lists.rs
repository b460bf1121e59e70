//! Lists and their cursors, and the way of a grant through the API.

use crate::server::Server;

#[tokio::test]
async fn pages_follow_each_other_without_gap() {
    let server = Server::start().await;
    let (bearer, bob) = (server.bearer("alice").await, server.bearer("bob").await);
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(server.request_by("alice").await);
        server.fakes.clock.advance(1);
    }
    made.reverse();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server
            .get(
                &format!("/api/v1/grants?limit=2&state=APPROVAL_AWAITED&cursor={cursor}"),
                &bearer,
            )
            .await
            .json();
        seen.extend(
            page["grants"]
                .as_array()
                .unwrap()
                .iter()
                .map(|grant| grant["id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(seen, made);
    for (path, authorization) in [
        (
            format!("/api/v1/grants?limit=2&state=APPROVAL_AWAITED&cursor={cursor}"),
            &bob,
        ),
        (format!("/api/v1/grants?limit=2&cursor={cursor}"), &bearer),
        (format!("/api/v1/entitlements?cursor={cursor}"), &bearer),
        ("/api/v1/grants?cursor=AAAA".to_owned(), &bearer),
        ("/api/v1/grants?limit=0".to_owned(), &bearer),
        ("/api/v1/grants?limit=201".to_owned(), &bearer),
        ("/api/v1/grants?state=NOPE".to_owned(), &bearer),
        ("/api/v1/grants?scope=all".to_owned(), &bearer),
        ("/api/v1/grants?scope=mine&scope=inbox".to_owned(), &bearer),
    ] {
        assert_eq!(server.get(&path, authorization).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_request_is_asked_explained_found_and_approved() {
    let server = Server::start().await;
    let (alice, carol) = (server.bearer("alice").await, server.bearer("carol").await);
    let wish = r#"{"entitlement":"prod-storage","justification":"INC-1","duration":"1h30m"}"#;
    let explained = server
        .post("/api/v1/grants:explain", &alice, wish)
        .await
        .json();
    assert_eq!(explained["decision"], "needs-approval", "{explained}");
    assert_eq!(
        explained["approvers"],
        serde_json::json!(["carol@example.com"])
    );
    assert!(
        explained["conditions"][0]
            .as_str()
            .unwrap()
            .contains("request.time < timestamp(\"2026-12-01T13:30:0"),
        "{explained}"
    );

    let created = server.post("/api/v1/grants", &alice, wish).await;
    let grant = created.json();
    let id = grant["id"].as_str().unwrap();
    assert_eq!(
        created.header("location"),
        format!("http://127.0.0.1:8123/api/v1/grants/{id}")
    );
    assert_eq!(
        (grant["state"].as_str(), grant["duration"].as_str()),
        (Some("APPROVAL_AWAITED"), Some("1h30m"))
    );

    let inbox = server
        .get("/api/v1/grants?scope=inbox", &carol)
        .await
        .json();
    assert_eq!(inbox["grants"][0]["id"], id);
    assert_eq!(inbox["grants"][0]["may_decide"], true);

    let unsaid = server
        .post(
            &format!("/api/v1/grants/{id}:approve"),
            &carol,
            r#"{"comment":"go"}"#,
        )
        .await;
    assert_eq!(unsaid.status, 400, "{}", unsaid.body);
    assert_eq!(unsaid.json()["type"], "about:blank#request-hash");
    assert_eq!(
        unsaid.json()["hint"],
        "send the request_hash of the grant that was seen"
    );
    let wrong = format!(r#"{{"request_hash":"{}"}}"#, "0".repeat(64));
    assert_eq!(
        server
            .post(&format!("/api/v1/grants/{id}:approve"), &carol, &wrong)
            .await
            .status,
        409
    );
    let right =
        serde_json::json!({"request_hash": grant["request_hash"], "comment": "go"}).to_string();
    let approved = server
        .post(&format!("/api/v1/grants/{id}:approve"), &carol, &right)
        .await;
    assert_eq!(approved.status, 200, "{}", approved.body);
    assert_eq!(approved.json()["state"], "ACTIVATING");
    assert_eq!(approved.json()["votes"][0]["channel"], "cli");

    let trail = server
        .get(&format!("/api/v1/audit/entries?grant={id}"), &alice)
        .await
        .json();
    let actions: Vec<&str> = trail["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions[..3],
        ["requested", "approved", "granted"],
        "{trail}"
    );
}
