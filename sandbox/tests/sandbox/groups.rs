//! Cloud Identity: who is in which group, for those who may read it; and the lists that selectors need.

use std::collections::BTreeSet;

use crate::client::{Client, started};
use serde_json::{Value, json};

const QUERY: &str = "member_key_id%20%3D%3D%20%27alice%40example.com%27%20%26%26%20%27cloudidentity.googleapis.com%2Fgroups.discussion_forum%27%20in%20labels";

fn names(reply: &Value, field: &str) -> Vec<String> {
    let entries = reply[field].as_array().into_iter().flatten();
    entries
        .filter_map(|entry| {
            let key = [
                &entry["groupKey"]["id"],
                &entry["preferredMemberKey"][0]["id"],
                &entry["preferredMemberKey"]["id"],
                &entry["projectId"],
                &entry["name"],
            ];
            key.into_iter().find_map(Value::as_str).map(str::to_owned)
        })
        .collect()
}

/// All pages of a list, and how many there were.
async fn all(client: &Client, path: &str, field: &str) -> (BTreeSet<String>, usize) {
    let (mut found, mut pages, mut token) = (BTreeSet::new(), 0, String::new());
    loop {
        let mark = if path.contains('?') { '&' } else { '?' };
        let reply = client
            .get(&format!("{path}{mark}pageToken={token}"))
            .await
            .ok();
        pages += 1;
        for name in names(&reply, field) {
            assert!(found.insert(name.clone()), "{name} came twice");
        }
        match reply["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => return (found, pages),
        }
    }
}

async fn group_name(client: &Client, email: &str) -> String {
    let found = client
        .get(&format!("/v1/groups:lookup?groupKey.id={email}"))
        .await
        .ok();
    found["name"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn nested_groups_are_found_from_both_ends_and_over_several_pages() {
    let sandbox = started().await;
    let broker = Client::broker(&sandbox);
    sandbox.cloud().set_largest_page(Some(2));
    let search = format!("/v1/groups/-/memberships:searchTransitiveGroups?query={QUERY}");
    let (groups, pages) = all(&broker, &search, "memberships").await;
    let expected = ["engineering", "platform", "sre"].map(|name| format!("{name}@example.com"));
    assert_eq!((groups, pages), (expected.into(), 2));

    let engineering = group_name(&broker, "engineering@example.com").await;
    let (members, pages) = all(
        &broker,
        &format!("/v1/{engineering}/memberships:searchTransitiveMemberships?pageSize=500"),
        "memberships",
    )
    .await;
    assert!(members.contains("dave@example.com"), "{members:?}");
    assert!(members.contains("sre@example.com"), "{members:?}");
    assert!(members.contains("deployer@acme-prod.iam.gserviceaccount.com"));
    assert_eq!((members.len(), pages), (7, 4));

    let (direct, _) = all(
        &broker,
        &format!("/v1/{engineering}/memberships"),
        "memberships",
    )
    .await;
    assert_eq!(direct.len(), 3, "{direct:?}");
    sandbox.cloud().set_largest_page(None);
    let found = broker
        .get(&format!("/v1/{engineering}/memberships?view=FULL"))
        .await
        .ok();
    let types: BTreeSet<&str> = found["memberships"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["type"].as_str())
        .collect();
    assert_eq!(types, ["GROUP", "SERVICE_ACCOUNT"].into());
    let group = broker.get(&format!("/v1/{engineering}")).await.ok();
    assert_eq!(group["groupKey"]["id"], "engineering@example.com");
}

#[tokio::test]
async fn who_may_not_read_is_refused_in_the_words_for_what_does_not_exist() {
    let sandbox = started().await;
    let (broker, mallory) = (
        Client::broker(&sandbox),
        Client::new(&sandbox, "user:mallory@example.com"),
    );
    let sre = group_name(&broker, "sre@example.com").await;
    let lookup = "/v1/groups:lookup?groupKey.id=";
    for path in [
        format!("{lookup}sre@example.com"),
        format!("{lookup}nobody@example.com"),
        format!("/v1/{sre}"),
        "/v1/groups/0123".to_owned(),
        format!("/v1/{sre}/memberships"),
        format!("/v1/{sre}/memberships:searchTransitiveMemberships"),
        format!("/v1/groups/-/memberships:searchTransitiveGroups?query={QUERY}"),
        "/v1/groups?parent=customers/C00000001".to_owned(),
    ] {
        let refused = mallory.get(&path).await;
        let error = &refused.json()["error"];
        assert_eq!(
            (refused.status, &error["status"]),
            (403, &json!("PERMISSION_DENIED")),
            "{path}"
        );
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("(or it may not exist)"), "{message}");
    }
    let absent = broker.get(&format!("{lookup}nobody@example.com")).await;
    assert_eq!(absent.status, 404);
    // A member sees the groups that she is in, and no customer's list.
    let alice = Client::new(&sandbox, "user:alice@example.com");
    assert_eq!(group_name(&alice, "sre@example.com").await, sre);
    let search = format!("/v1/groups/-/memberships:searchTransitiveGroups?query={QUERY}");
    assert_eq!(
        all(&alice, &search, "memberships").await.0.len(),
        3,
        "her own groups"
    );
    let held = format!("{search}%20%26%26%20parent%20%3D%3D%20%27customers%2FC00000001%27");
    assert_eq!(alice.get(&held).await.status, 403);
    assert_eq!(all(&broker, &held, "memberships").await.0.len(), 3);
    let vague = "/v1/groups/-/memberships:searchTransitiveGroups?query=member_key_id%3D%3D%27a%27";
    assert_eq!(broker.get(vague).await.status, 400);
}

#[tokio::test]
async fn the_control_api_changes_members_readers_and_the_size_of_pages() {
    let sandbox = started().await;
    let client = Client::new(&sandbox, "user:mallory@example.com");
    let change = json!({
        "reader": {"email": "mallory@example.com", "may_read": true},
        "join": {"group": "leads@example.com", "email": "sre@example.com"},
    });
    client.post("/sandbox/principals", &change).await.ok();
    client
        .post("/sandbox/pages", &json!({"most": 1}))
        .await
        .ok();
    let search = format!("/v1/groups/-/memberships:searchTransitiveGroups?query={QUERY}");
    let (groups, pages) = all(&client, &search, "memberships").await;
    assert!(groups.contains("leads@example.com"), "{groups:?}");
    assert_eq!((groups.len(), pages), (4, 4));
    client
        .post("/sandbox/pages", &json!({"most": null}))
        .await
        .ok();
    let fault = json!({"match": {"verb": "groups.memberships.searchTransitiveGroups"}, "kind": "unavailable", "times": 1});
    client.post("/sandbox/faults", &fault).await.ok();
    assert_eq!(client.get(&search).await.status, 503);
    assert_eq!(client.get(&search).await.status, 200);
}

#[tokio::test]
async fn the_lists_that_selectors_need_are_held_to_a_parent_and_a_label_and_come_in_pages() {
    let sandbox = started().await;
    let broker = Client::broker(&sandbox);
    sandbox.cloud().set_largest_page(Some(1));
    let (folders, pages) = all(&broker, "/v3/folders?parent=organizations/1", "folders").await;
    assert_eq!(
        (folders, pages),
        (["folders/42", "folders/43"].map(str::to_owned).into(), 2)
    );
    for (query, expected) in [
        ("parent:folders/42", vec!["acme-pay", "acme-prod"]),
        (
            "parent:folders/42%20labels.env=prod",
            vec!["acme-pay", "acme-prod"],
        ),
        ("parent:folders/43%20AND%20labels.env=prod", vec![]),
        ("parent%3Dfolders%2F43", vec!["acme-dev"]),
        ("parent.type:folder%20parent.id:43", vec!["acme-dev"]),
        ("labels.env:dev", vec!["acme-dev"]),
        ("labels.team:*", vec![]),
    ] {
        let path = format!("/v3/projects:search?query={query}");
        let (found, _) = all(&broker, &path, "projects").await;
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected, "{query}");
    }
}
