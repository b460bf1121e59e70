//! Approval in steps, over the API and on the pages.

use serde_json::json;

use crate::server::Server;

const ASK: &str = r#"{"entitlement":"pay-database","justification":"put the state back"}"#;

#[tokio::test]
async fn the_steps_say_who_agreed_and_who_is_asked_now() {
    let server = Server::start().await;
    let asked = server.asked_by("alice", ASK).await;
    let path = format!("/api/v1/grants/{}", asked["id"].as_str().unwrap());
    assert_eq!(asked["needed"], 2);
    let (bob, carol) = (server.bearer("bob").await, server.bearer("carol").await);

    let early = server.get(&path, &carol).await.json();
    assert_eq!(
        (&early["may_decide"], &early["may_deny"]),
        (&json!(false), &json!(true))
    );
    let yes = server.yes_to(asked["id"].as_str().unwrap()).await;
    let refused = server.post(&format!("{path}:approve"), &carol, &yes).await;
    assert_eq!(refused.status, 403, "{}", refused.body);

    let silent = json!({"request_hash": asked["request_hash"]}).to_string();
    let silent = server.post(&format!("{path}:approve"), &bob, &silent).await;
    assert_eq!(silent.status, 400, "{}", silent.body);
    assert!(silent.body.contains("must say why"), "{}", silent.body);

    let half = server.post(&format!("{path}:approve"), &bob, &yes).await;
    assert_eq!(half.status, 200, "{}", half.body);
    let half = half.json();
    let steps = half["steps"].as_array().unwrap();
    let seen = |step: &serde_json::Value| {
        json!([step["number"], step["agreed"], step["open"], step["peers"]])
    };
    assert_eq!(seen(&steps[0]), json!([1, 1, false, true]));
    assert_eq!(seen(&steps[1]), json!([2, 0, true, false]));
    assert_eq!(steps[1]["approvers"], json!(["group:leads@example.com"]));
    assert_eq!(steps[1]["escalated"], serde_json::Value::Null);
    assert_eq!(half["votes"][0]["step"], 1);

    let erin = server.bearer("erin").await;
    assert_eq!(
        server.get(&path, &erin).await.json()["may_decide"],
        false,
        "it is not escalated yet"
    );
    server.fakes.clock.advance(30 * 60);
    let later = server.get(&path, &erin).await.json();
    assert_eq!(later["may_decide"], true);
    assert_eq!(
        later["steps"][1]["escalated"],
        json!(["group:security@example.com"])
    );
    let done = server.post(&format!("{path}:approve"), &carol, &yes).await;
    assert_eq!(done.json()["state"], "ACTIVATING", "{}", done.body);
}

#[tokio::test]
async fn explain_names_the_people_of_each_step() {
    let server = Server::start().await;
    let alice = server.bearer("alice").await;
    let told = server.post("/api/v1/grants:explain", &alice, ASK).await;
    let steps = told.json()["steps"].clone();
    assert_eq!(
        steps,
        json!([
            {"number": 1, "needed": 1, "people": ["bob@example.com"], "others": false},
            {"number": 2, "needed": 1, "people": ["carol@example.com"], "others": false},
        ]),
        "{}",
        told.body
    );
    assert_eq!(told.json()["comment_required"], true);
}

#[tokio::test]
async fn the_page_shows_each_step_and_lets_nobody_decide_out_of_turn() {
    let server = Server::start().await;
    let asked = server.asked_by("alice", ASK).await;
    let path = format!("/grants/{}", asked["id"].as_str().unwrap());
    let (bob, carol) = (server.cookie("bob").await, server.cookie("carol").await);
    let page = async |cookie: &str| {
        let page = server.call("GET", &path, &[("cookie", cookie)], "").await;
        assert_eq!(page.status, 200, "{}", page.body);
        page
    };
    let early = page(&carol).await;
    assert!(
        early.body.contains("Not your step yet") && !early.body.contains(">Approve<"),
        "{}",
        early.body
    );
    let seen = page(&bob).await;
    assert!(
        seen.body.contains(">Approve<") && seen.body.contains("step 1 of 2"),
        "{}",
        seen.body
    );
    let fields = format!(
        "form_token={}&request_hash={}&comment=sound",
        seen.form_token(),
        asked["request_hash"].as_str().unwrap()
    );
    let sent = server
        .send_form(&bob, &format!("{path}/approve"), &fields)
        .await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let after = page(&bob).await.body;
    assert!(
        after.contains("You agreed") && after.contains("class=\"step done\""),
        "{after}"
    );
    let turn = page(&carol).await.body;
    assert!(
        turn.contains(">Approve<") && turn.contains("class=\"step open\""),
        "{turn}"
    );
    let home = server.call("GET", "/", &[("cookie", &carol)], "").await;
    assert!(home.body.contains("step 2 of 2"), "{}", home.body);
}

#[tokio::test]
async fn the_story_names_who_was_reminded_and_who_was_asked_as_well() {
    let server = Server::start().await;
    let asked = server.asked_by("alice", ASK).await;
    let id = asked["id"].as_str().unwrap();
    server.fakes.clock.advance(10 * 60);
    server.engine.reconcile_once().await;
    let bob = server.bearer("bob").await;
    let yes = server.yes_to(id).await;
    let path = format!("/api/v1/grants/{id}:approve");
    assert_eq!(server.post(&path, &bob, &yes).await.status, 200);
    server.fakes.clock.advance(30 * 60);
    server.engine.reconcile_once().await;
    let alice = server.cookie("alice").await;
    let page = server
        .call("GET", &format!("/grants/{id}"), &[("cookie", &alice)], "")
        .await
        .body;
    for told in [
        "found it time to remind who is asked",
        "group:sre@example.com",
        "asked more people, for nobody had answered",
        "group:security@example.com",
    ] {
        assert!(page.contains(told), "{told} is not in {page}");
    }
}
