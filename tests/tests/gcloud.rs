//! Real gcloud against the sandbox: what it prints is the policy, and what it edits is in the policy.

#![expect(clippy::unwrap_used, reason = "tests")]

use daypass_tests::examples::{assert_same, content};
use daypass_tests::gcloud::{Edit, Gcloud, Kind, allow_everything};
use daypass_tests::targets::{TARGETS, Target};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_binding_comes_and_goes_on_each_of_six_kinds() {
    let sandbox = daypass_tests::sandbox().await;
    let Some(gcloud) = Gcloud::as_person(&sandbox.base_url(), "olivia@example.com").await else {
        return;
    };
    allow_everything(&sandbox.cloud(), "user:olivia@example.com");
    let condition = json!({
        "title": "on call, week 48",
        "description": "with a comma, a 'quote' and ümläuts",
        "expression": "request.time < timestamp(\"2031-01-01T00:00:00Z\") && request.time >= timestamp(\"2020-01-01T00:00:00Z\")",
    });
    for Target {
        kind,
        name,
        resource,
        role,
        ..
    } in TARGETS
    {
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
