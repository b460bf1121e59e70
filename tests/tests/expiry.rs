//! A dead server's grants end all the same: the end is Google's to enforce.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use daypass_sandbox::Cloud;
use daypass_tests::crash::{Person, Program, RESOURCES, Server, Site};
use jiff::{SignedDuration, Timestamp};

/// In no group that has any of it anyway.
const ASKS: &str = "dave";
const MEMBER: &str = "user:dave@example.com";

/// What the grant gives on each policy.
const GIVEN: [(&str, &str); 3] = [
    ("projects/acme-prod", "pubsub.topics.create"),
    ("projects/acme-pay", "compute.instances.start"),
    ("projects/acme-dev", "run.services.create"),
];

#[tokio::test(flavor = "multi_thread")]
async fn access_ends_at_its_second_with_the_server_dead_for_good() {
    let program = Program::plain();
    let site = Site::start(&program).await;
    let cloud = site.cloud();
    for (resource, permission) in GIVEN {
        assert!(!allowed(&site, resource, permission).await, "{resource}");
    }
    let server = Server::start(&program, &site).await;
    let end = granted(&server, &cloud).await;
    server.kill().await;

    let writes = writes(&cloud);
    assert!(writes.iter().all(|count| *count >= 2), "the seed, and ours");
    let second = SignedDuration::from_secs(1);
    cloud.freeze(true);
    for (at, is_allowed) in [
        (end - second, true),
        (end, false),
        (end + second, false),
        (end + SignedDuration::from_hours(24), false),
    ] {
        cloud.set_time(at);
        for (resource, permission) in GIVEN {
            let found = allowed(&site, resource, permission).await;
            assert_eq!(found, is_allowed, "{permission} on {resource} at {at}");
        }
    }
    assert_eq!(writes, self::writes(&cloud), "nobody wrote after the kill");
}

/// A grant on three policies, ACTIVE; when it ends.
async fn granted(server: &Server, cloud: &Cloud) -> Timestamp {
    let asking = Person::at(server.url(), cloud, ASKS);
    let carol = Person::at(server.url(), cloud, "carol");
    let made = asking.ask("three-approved", 30).await.unwrap();
    carol.decide(&made.id, "approve").await.unwrap();
    for _ in 0..200 {
        let grant = asking.grant(&made.id).await.unwrap();
        if grant.state == "ACTIVE" {
            return grant.active_until.unwrap().parse().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the grant does not become active: {}", server.log());
}

/// What Google answers the one who has it.
async fn allowed(site: &Site, resource: &str, permission: &str) -> bool {
    let cloud = site.cloud();
    let token = cloud
        .mint_token(MEMBER, SignedDuration::from_hours(48))
        .unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http
        .post(format!(
            "{}/v1/{resource}:testIamPermissions",
            cloud.base_url()
        ))
        .bearer_auth(token.access_token)
        .json(&serde_json::json!({ "permissions": [permission] }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let held: serde_json::Value = answer.json().await.unwrap();
    held["permissions"]
        .as_array()
        .is_some_and(|held| held.iter().any(|held| held == permission))
}

fn writes(cloud: &Cloud) -> Vec<usize> {
    RESOURCES
        .iter()
        .map(|resource| cloud.history(resource).len())
        .collect()
}
