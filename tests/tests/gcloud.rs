//! Real gcloud against the sandbox: what it prints is the policy, and what it edits is in the policy.

#![expect(clippy::unwrap_used, reason = "tests")]

use daypass_tests::examples::{assert_same, content};
use daypass_tests::gcloud::{Edit, Gcloud, Kind};
use serde_json::json;

const ACCOUNT: &str = "deployer@acme-prod.iam.gserviceaccount.com";

/// Kind, gcloud's name, the sandbox's name, and a role that the kind takes.
const RESOURCES: [(Kind, &str, &str, &str); 6] = [
    (
        Kind::Project,
        "acme-prod",
        "projects/acme-prod",
        "roles/storage.admin",
    ),
    (Kind::Folder, "42", "folders/42", "roles/compute.admin"),
    (
        Kind::Organization,
        "1",
        "organizations/1",
        "roles/logging.viewer",
    ),
    (
        Kind::Bucket,
        "logs-acme-prod",
        "buckets/logs-acme-prod",
        "roles/storage.objectViewer",
    ),
    (
        Kind::Secret,
        "db-password",
        "projects/acme-prod/secrets/db-password",
        "roles/secretmanager.secretAccessor",
    ),
    (
        Kind::ServiceAccount,
        ACCOUNT,
        "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com",
        "roles/iam.serviceAccountUser",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_binding_comes_and_goes_on_each_of_six_kinds() {
    let sandbox = daypass_tests::sandbox().await;
    let Some(gcloud) = Gcloud::as_person(&sandbox.base_url(), "olivia@example.com").await else {
        return;
    };
    // IAM on all six kinds, for the person who tries them.
    let mut organization = sandbox.cloud().policy("organizations/1").unwrap();
    let own = [
        "roles/iam.securityAdmin",
        "roles/storage.admin",
        "roles/secretmanager.admin",
        "roles/iam.serviceAccountAdmin",
    ]
    .map(|role| json!({ "role": role, "members": ["user:olivia@example.com"] }));
    organization["bindings"].as_array_mut().unwrap().extend(own);
    sandbox
        .cloud()
        .put_policy("organizations/1", organization)
        .unwrap();

    let condition = json!({
        "title": "on call, week 48",
        "description": "with a comma, a 'quote' and ümläuts",
        "expression": "request.time < timestamp(\"2031-01-01T00:00:00Z\") && request.time >= timestamp(\"2020-01-01T00:00:00Z\")",
    });
    for (kind, name, resource, role) in RESOURCES {
        let before = sandbox.cloud().policy(resource).unwrap();
        assert_same(&before, &gcloud.get_iam_policy(kind, name).await, resource);

        let edit = Edit {
            role,
            member: "user:alice@example.com",
            condition: Some(&condition),
        };
        let added = gcloud.add_binding(kind, name, edit).await;
        assert!(added.is_success(), "{resource}: {}", added.stderr);
        let mut expected = content(&before);
        let binding =
            json!({ "role": role, "members": ["user:alice@example.com"], "condition": condition });
        expected["bindings"].as_array_mut().unwrap().push(binding);
        let stored = sandbox.cloud().policy(resource).unwrap();
        assert_eq!(content(&stored), expected, "{resource}");
        assert_eq!(stored["version"], 3, "{resource}");
        assert_same(&stored, &gcloud.get_iam_policy(kind, name).await, resource);

        let removed = gcloud.remove_binding(kind, name, edit).await;
        assert!(removed.is_success(), "{resource}: {}", removed.stderr);
        assert_same(
            &before,
            &sandbox.cloud().policy(resource).unwrap(),
            resource,
        );
    }
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_and_conflicts_reach_gcloud_in_googles_words() {
    let sandbox = daypass_tests::sandbox().await;
    let Some(gcloud) = Gcloud::as_person(&sandbox.base_url(), "olivia@example.com").await else {
        return;
    };
    let nobody = Edit {
        role: "roles/browser",
        member: "user:nobody@example.com",
        condition: None,
    };
    let refused = gcloud.add_binding(Kind::Project, "acme-prod", nobody).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .stderr
            .contains("User nobody@example.com does not exist."),
        "{}",
        refused.stderr
    );

    let conflict = serde_json::from_value(
        json!({ "match": { "verb": "setIamPolicy" }, "kind": "conflict", "times": 1 }),
    );
    sandbox.cloud().add_fault(conflict.unwrap());
    let alice = Edit {
        role: "roles/browser",
        member: "user:alice@example.com",
        condition: None,
    };
    let lost = gcloud.add_binding(Kind::Project, "acme-prod", alice).await;
    assert_eq!(
        lost.code,
        Some(1),
        "gcloud does not repeat after a 409 on its own"
    );
    assert!(
        lost.stderr
            .contains("There were concurrent policy changes."),
        "{}",
        lost.stderr
    );
    assert!(
        gcloud
            .add_binding(Kind::Project, "acme-prod", alice)
            .await
            .is_success()
    );

    let Some(mallory) = Gcloud::as_person(&sandbox.base_url(), "mallory@example.com").await else {
        return;
    };
    let denied = mallory.add_binding(Kind::Project, "acme-prod", alice).await;
    assert_eq!(denied.code, Some(1));
    assert!(denied.stderr.contains("denied"), "{}", denied.stderr);
    sandbox.stop().await;
}
