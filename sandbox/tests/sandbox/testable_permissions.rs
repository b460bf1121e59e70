//! What may be tested on a resource, and what a test refuses.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Client, Reply, started};

const PATH: &str = "/v1/permissions:queryTestablePermissions";
const TOPIC: &str = "//pubsub.googleapis.com/projects/acme-prod/topics/orders";
const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/logs-acme-prod";
const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/acme-prod";

fn names(answer: &Value) -> Vec<String> {
    let list = answer["permissions"].as_array().unwrap().iter();
    list.map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

/// All pages of this size.
async fn all(client: &Client, resource: &str, size: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let body = json!({"fullResourceName": resource, "pageSize": size, "pageToken": token});
        let answer = client.post(PATH, &body).await.ok();
        found.extend(names(&answer));
        match answer["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => return found,
        }
    }
}

#[tokio::test]
async fn each_kind_offers_its_own_and_what_is_inside() {
    let sandbox = started().await;
    let mallory = Client::new(&sandbox, "user:mallory@example.com");
    let topic = all(&mallory, TOPIC, 1_000).await;
    assert_eq!(topic.len(), 9, "{topic:?}");
    assert!(topic.iter().all(|name| name.starts_with("pubsub.topics.")));
    assert!(!topic.contains(&"pubsub.topics.create".to_owned()));

    let account = "//iam.googleapis.com/projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com";
    let cases: [(&str, &[&str], &[&str]); 6] = [
        (
            BUCKET,
            &[
                "storage.objects.get",
                "storage.buckets.setIamPolicy",
                "resourcemanager.resourceTagBindings.list",
            ],
            &["storage.buckets.create", "compute.instances.get"],
        ),
        (
            account,
            &["iam.serviceAccounts.getAccessToken"],
            &["iam.serviceAccounts.create", "iam.roles.get"],
        ),
        (
            "//secretmanager.googleapis.com/projects/acme-prod/secrets/db-password",
            &["secretmanager.versions.access"],
            &["secretmanager.secrets.list"],
        ),
        (
            PROJECT,
            &["compute.instances.get", "resourcemanager.projects.get"],
            &[
                "resourcemanager.projects.create",
                "resourcemanager.folders.get",
                "resourcemanager.resourceTagBindings.list",
            ],
        ),
        (
            "//cloudresourcemanager.googleapis.com/folders/42",
            &[
                "resourcemanager.folders.create",
                "resourcemanager.projects.create",
            ],
            &["resourcemanager.organizations.get"],
        ),
        (
            "//cloudresourcemanager.googleapis.com/organizations/1",
            &["resourcemanager.organizations.get"],
            &["billing.accounts.get"],
        ),
    ];
    for (resource, offered, not) in cases {
        let found: BTreeSet<_> = all(&mallory, resource, 1_000).await.into_iter().collect();
        for name in offered {
            assert!(found.contains(*name), "{resource} {name}");
        }
        for name in not {
            assert!(!found.contains(*name), "{resource} {name}");
        }
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn pages_are_whole_whatever_their_size() {
    let sandbox = started().await;
    let olivia = Client::new(&sandbox, "user:olivia@example.com");
    let whole = all(&olivia, PROJECT, 1_000).await;
    assert!(whole.len() > 200, "{}", whole.len());
    assert_eq!(all(&olivia, PROJECT, 7).await, whole);
    let unsaid = olivia
        .post(PATH, &json!({ "fullResourceName": PROJECT }))
        .await
        .ok();
    assert_eq!(names(&unsaid).len(), 100);

    sandbox.cloud().set_largest_page(Some(3));
    let body = json!({"fullResourceName": PROJECT, "pageSize": 1_000});
    let small = olivia.post(PATH, &body).await.ok();
    assert_eq!(names(&small), whole[..3], "the knob holds for bodies, too");
    assert_eq!(all(&olivia, TOPIC, 1_000).await.len(), 9);
    sandbox.stop().await;
}

fn refused(reply: &Reply, field: &str) {
    assert_eq!(reply.status, 400, "{}", reply.text);
    let error = &reply.json()["error"];
    assert_eq!(error["status"], "INVALID_ARGUMENT");
    assert_eq!(error["details"][0]["fieldViolations"][0]["field"], field);
}

#[tokio::test]
async fn what_is_no_question_is_refused() {
    let sandbox = started().await;
    let olivia = Client::new(&sandbox, "user:olivia@example.com");
    for name in [
        "",
        "projects/acme-prod",
        "//cloudresourcemanager.googleapis.com/projects/nowhere",
    ] {
        let reply = olivia
            .post(PATH, &json!({ "fullResourceName": name }))
            .await;
        refused(&reply, "full_resource_name");
    }
    let token = json!({"fullResourceName": PROJECT, "pageToken": "x"});
    refused(&olivia.post(PATH, &token).await, "page_token");
    let size = json!({"fullResourceName": PROJECT, "pageSize": -1});
    refused(&olivia.post(PATH, &size).await, "page_size");
    let view = json!({"fullResourceName": PROJECT, "view": "FULL"});
    let view = olivia.post(PATH, &view).await;
    assert!(view.text.contains("Unknown name"), "{}", view.text);
    sandbox.stop().await;
}

/// A bucket offers permissions of tag bindings, and refuses them in a test.
#[tokio::test]
async fn a_bucket_refuses_what_it_offered() {
    let sandbox = started().await;
    let olivia = Client::new(&sandbox, "user:olivia@example.com");
    let test = "/storage/v1/b/logs-acme-prod/iam/testPermissions?permissions=storage.buckets.get";
    assert_eq!(
        olivia.get(test).await.ok()["permissions"],
        json!(["storage.buckets.get"])
    );
    let more = format!("{test}&permissions=resourcemanager.resourceTagBindings.list");
    let refused = olivia.get(&more).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused
            .text
            .contains("resourceTagBindings.list is not valid for this resource"),
        "{}",
        refused.text
    );
    sandbox.stop().await;
}
