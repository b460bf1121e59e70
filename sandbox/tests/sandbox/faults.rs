//! Faults on demand: what each looks like to a client, and whether the request was done.

use std::time::{Duration, Instant};

use crate::client::{Client, Reply, started};
use daypass_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

const GET: &str = "/v1/projects/acme-dev:getIamPolicy";
const SET: &str = "/v1/projects/acme-dev:setIamPolicy";

fn fault(sandbox: &Sandbox, kind: &Value) {
    let fault = json!({"match": {"verb": "setIamPolicy"}, "kind": kind, "times": 1});
    sandbox
        .cloud()
        .add_fault(serde_json::from_value(fault).unwrap());
}

/// Adds bob as a browser; returns the reply, if there is one.
async fn edit(broker: &Client) -> reqwest::Result<Reply> {
    let mut policy = broker.post(GET, &json!({})).await.ok();
    policy["bindings"]
        .as_array_mut()
        .unwrap()
        .push(json!({"role": "roles/browser", "members": ["user:bob@example.com"]}));
    broker
        .try_send(Method::POST, SET, Some(&json!({"policy": policy})))
        .await
}

fn was_done(sandbox: &Sandbox) -> bool {
    sandbox.cloud().history("projects/acme-dev").len() == 2
}

#[tokio::test]
async fn refusals_leave_everything_as_it_was() {
    for (kind, status, status_name) in [
        (json!("conflict"), 409, "ABORTED"),
        (json!("precondition"), 412, "FAILED_PRECONDITION"),
        (
            json!({"throttled": {"retry_after": 7}}),
            429,
            "RESOURCE_EXHAUSTED",
        ),
        (json!("internal"), 500, "INTERNAL"),
        (json!("unavailable"), 503, "UNAVAILABLE"),
    ] {
        let sandbox = started().await;
        fault(&sandbox, &kind);
        let reply = edit(&Client::broker(&sandbox)).await.unwrap();
        assert_eq!(
            (reply.status, reply.json()["error"]["status"].as_str()),
            (status, Some(status_name))
        );
        let retry_after = reply
            .headers
            .get("retry-after")
            .and_then(|value| value.to_str().ok());
        assert_eq!(retry_after, (status == 429).then_some("7"));
        assert!(!was_done(&sandbox), "{kind}");
        assert_eq!(
            edit(&Client::broker(&sandbox)).await.unwrap().status,
            200,
            "the fault is used up"
        );
    }
}

#[tokio::test]
async fn pages_of_intermediaries_are_no_json() {
    for (kind, status) in [("bad_gateway", 502), ("html_body", 200)] {
        let sandbox = started().await;
        fault(&sandbox, &json!(kind));
        let reply = edit(&Client::broker(&sandbox)).await.unwrap();
        assert_eq!(reply.status, status);
        assert!(reply.text.starts_with("<!DOCTYPE html>"), "{}", reply.text);
        assert!(!was_done(&sandbox), "{kind}");
    }
}

#[tokio::test]
async fn broken_replies_tell_nothing_of_what_was_done() {
    for (kind, done) in [("reset", false), ("reset_mid_body", true)] {
        let sandbox = started().await;
        fault(&sandbox, &json!(kind));
        assert!(edit(&Client::broker(&sandbox)).await.is_err(), "{kind}");
        assert_eq!(was_done(&sandbox), done, "{kind}");
    }
    let sandbox = started().await;
    fault(&sandbox, &json!("truncated_body"));
    let reply = edit(&Client::broker(&sandbox)).await.unwrap();
    assert!(
        serde_json::from_str::<Value>(&reply.text).is_err(),
        "{}",
        reply.text
    );
    assert!(was_done(&sandbox));

    let sandbox = started().await;
    fault(&sandbox, &json!("done_but_timed_out"));
    assert_eq!(edit(&Client::broker(&sandbox)).await.unwrap().status, 504);
    assert!(was_done(&sandbox));
}

#[tokio::test]
async fn a_stale_read_shows_the_policy_before_for_a_while() {
    let sandbox = started().await;
    let broker = Client::broker(&sandbox);
    let before = broker.post(GET, &json!({})).await.ok();
    fault(&sandbox, &json!({"stale_read": {"ms": 300}}));
    let set = edit(&broker).await.unwrap().ok();
    assert_ne!(set["etag"], before["etag"]);
    assert_eq!(broker.post(GET, &json!({})).await.ok(), before);
    tokio::time::sleep(Duration::from_millis(320)).await;
    assert_eq!(broker.post(GET, &json!({})).await.ok(), set);
}

#[tokio::test]
async fn a_delayed_effect_is_stored_at_once_and_granted_later() {
    let sandbox = started().await;
    fault(&sandbox, &json!({"delayed_effect": {"ms": 300}}));
    let set = edit(&Client::broker(&sandbox)).await.unwrap().ok();
    assert_eq!(sandbox.cloud().policy("projects/acme-dev"), Some(set));
    let allowed = || {
        let cloud = sandbox.cloud();
        cloud.put_policy("organizations/1", json!({})).unwrap();
        cloud
            .check(
                "user:bob@example.com",
                "projects/acme-dev",
                "resourcemanager.projects.get",
                None,
            )
            .allowed
    };
    assert!(!allowed());
    tokio::time::sleep(Duration::from_millis(320)).await;
    assert!(allowed());
}

#[tokio::test]
async fn latency_and_slowness_delay_replies_and_not_the_control_api() {
    let sandbox = started().await;
    let broker = Client::broker(&sandbox);
    broker
        .post("/sandbox/latency", &json!({"milliseconds": 80}))
        .await
        .ok();
    let start = Instant::now();
    broker.post(GET, &json!({})).await.ok();
    assert!(start.elapsed() >= Duration::from_millis(80));
    let start = Instant::now();
    broker.get("/sandbox/clock").await.ok();
    assert!(start.elapsed() < Duration::from_millis(80));
    broker
        .post("/sandbox/latency", &json!({"milliseconds": 0}))
        .await
        .ok();
    fault(&sandbox, &json!({"slow": {"ms": 80}}));
    let start = Instant::now();
    edit(&broker).await.unwrap().ok();
    assert!(start.elapsed() >= Duration::from_millis(80));
}
