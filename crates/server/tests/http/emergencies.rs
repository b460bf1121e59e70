//! Breaking the glass, and the review that it owes.

use crate::server::Server;

const ASK: &str = r#"{"entitlement":"prod-break-glass","justification":"all is down"}"#;

#[tokio::test]
async fn an_emergency_is_given_at_once_and_reviewed_by_a_second_person() {
    let server = Server::start().await;
    let grant = server.asked_by("alice", ASK).await;
    assert_eq!(
        (&grant["state"], &grant["needed"]),
        (&"ACTIVATING".into(), &0.into())
    );
    assert_eq!(grant["break_glass"]["page"][0], "pagerduty:PACME01");
    assert_eq!(grant["review"]["by"][0], "group:security@example.com");
    let path = format!("/api/v1/grants/{}", grant["id"].as_str().unwrap());
    let (alice, bob, erin) = (
        server.bearer("alice").await,
        server.bearer("bob").await,
        server.bearer("erin").await,
    );
    let awaiting = async |who: &str| {
        let page = server.get("/api/v1/grants?scope=reviews", who).await.json();
        page["grants"].as_array().unwrap().len()
    };
    assert_eq!((awaiting(&alice).await, awaiting(&erin).await), (0, 1));
    assert_eq!(server.get(&path, &erin).await.json()["may_review"], true);
    let review = format!("{path}:review");
    let yes = r#"{"justified":true,"comment":"it was"}"#;
    for (who, status) in [(&alice, 403), (&bob, 404)] {
        let refused = server.post(&review, who, yes).await;
        assert_eq!(refused.status, status, "{}", refused.body);
    }
    for body in ["", "{}", r#"{"justified":"yes"}"#] {
        let unclear = server.post(&review, &erin, body).await;
        assert_eq!(unclear.status, 400, "{body}: {}", unclear.body);
    }
    let given = server.post(&review, &erin, yes).await;
    assert_eq!(given.status, 200, "{}", given.body);
    assert_eq!(given.json()["review"]["done"]["person"], "erin@example.com");
    assert_eq!(awaiting(&erin).await, 0);
    assert_eq!(server.post(&review, &erin, yes).await.status, 409);
}

#[tokio::test]
async fn the_pages_mark_it_and_take_the_review() {
    let server = Server::start().await;
    let (alice, erin) = (server.cookie("alice").await, server.cookie("erin").await);
    let page = async |cookie: &str, path: &str| {
        server
            .call("GET", path, &[("cookie", cookie)], "")
            .await
            .body
    };
    let form = page(&alice, "/entitlements/prod-break-glass").await;
    assert!(
        form.contains("Only in an emergency")
            && form.contains("pagerduty:PACME01")
            && form.contains(">Take it now<"),
        "{form}"
    );
    let grant = server.asked_by("alice", ASK).await;
    let path = format!("/grants/{}", grant["id"].as_str().unwrap());
    assert!(!page(&alice, &path).await.contains("Give the review"));
    assert!(page(&erin, "/").await.contains("await your review"));
    let seen = server.call("GET", &path, &[("cookie", &erin)], "").await;
    assert!(seen.body.contains("Give the review"), "{}", seen.body);
    let token = seen.form_token();
    let review = format!("{path}/review");
    let send = async |fields: String| server.send_form(&erin, &review, &fields).await.status;
    assert_eq!(send(format!("form_token={token}")).await, 400);
    assert_eq!(send("justified=no&form_token=forged".into()).await, 403);
    let fields = format!("form_token={token}&justified=no&comment=a+drill");
    assert_eq!(send(fields).await, 303);
    let after = page(&alice, &path).await;
    assert!(
        after.contains("not justified") && after.contains("a drill"),
        "{after}"
    );
}

#[tokio::test]
async fn an_overdue_review_is_told_to_who_owes_it() {
    let server = Server::start().await;
    let grant = server.asked_by("alice", ASK).await;
    let id = grant["id"].as_str().unwrap();
    server.fakes.clock.advance(24 * 3_600);
    let alice = server.cookie("alice").await;
    let home = server.call("GET", "/", &[("cookie", &alice)], "").await;
    assert!(home.body.contains("A review is overdue"), "{}", home.body);
    let bearer = server.bearer("alice").await;
    let seen = server
        .get(&format!("/api/v1/grants/{id}"), &bearer)
        .await
        .json();
    assert_eq!(seen["review"]["overdue"], true);
}
