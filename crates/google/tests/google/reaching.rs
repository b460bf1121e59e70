//! What is read to show how far a grant reaches, and that it agrees with what the sandbox cloud allows.

use std::collections::BTreeSet;

use daypass_core::blast_radius::{BlastRadius, Holder, Knowledge, Question, blast_radius};
use daypass_core::email::Email;
use daypass_core::grant::GrantedPrivilege;
use daypass_core::principal::Principal;
use daypass_core::resource::ResourceName;
use daypass_engine::ports::{Iam, Permissions};
use daypass_google::Google;
use jiff::Timestamp;
use serde_json::json;

use crate::failures::kind;
use crate::fake::{Fake, Reply};
use crate::sandbox::{broker, connect, start};

async fn above(google: &Google, resource: &str) -> (Vec<String>, Option<String>) {
    let lineage = google.lineage(&resource.parse().unwrap()).await;
    let names = lineage.names.iter().map(ToString::to_string).collect();
    (names, lineage.cut_off)
}

/// What alice, who is in these groups, would gain by a role on a resource.
async fn reach(google: &Google, role: &str, on: &str) -> BlastRadius {
    let resource: ResourceName = on.parse().unwrap();
    let alice: Principal = "user:alice@example.com".parse().unwrap();
    let groups = ["sre", "platform", "engineering"].map(|name| format!("{name}@example.com"));
    let groups: BTreeSet<Email> = groups
        .iter()
        .map(|one| Email::parse(one).unwrap())
        .collect();
    let privileges = [GrantedPrivilege {
        resource: resource.clone(),
        target: resource.clone(),
        role: role.parse().unwrap(),
        condition: None,
    }];
    let question = Question {
        beneficiary: Holder {
            principal: &alice,
            groups: &groups,
        },
        privileges: &privileges,
        accounts: &[],
        others: &[],
        now: Timestamp::UNIX_EPOCH,
    };
    let mut knowledge = Knowledge::default();
    let lineage = google.lineage(&resource).await;
    for name in &lineage.names {
        let policy = google.policy(name).await.map_err(|error| error.to_string());
        knowledge.policies.insert(name.clone(), policy);
    }
    knowledge.lineages.insert(resource, lineage);
    for role in question.roles(&knowledge) {
        let included = google.of_role(&role).await;
        let included = included.map_err(|error| error.to_string());
        knowledge.roles.insert(role, included);
    }
    blast_radius(&question, &knowledge)
}

#[tokio::test]
async fn what_counts_as_held_is_what_the_cloud_allows_already() {
    let sandbox = start().await;
    let (google, _folder) = broker(&sandbox).await;
    let (alice, _folder) = connect(&sandbox, "user:alice@example.com", Vec::new()).await;
    for (role, on) in [
        ("roles/storage.admin", "projects/acme-prod"),
        ("roles/compute.instanceAdmin.v1", "projects/acme-dev"),
        ("roles/monitoring.editor", "projects/acme-pay"),
        ("roles/resourcemanager.folderAdmin", "folders/42"),
        (
            "roles/secretmanager.admin",
            "projects/acme-prod/secrets/db-password",
        ),
    ] {
        let radius = reach(&google, role, on).await;
        assert!(radius.unknown.is_empty(), "{on}: {:?}", radius.unknown);
        let asked: Vec<String> = google
            .of_role(role)
            .await
            .unwrap()
            .iter()
            .cloned()
            .collect();
        let allowed = alice
            .test_permissions(&on.parse().unwrap(), &asked)
            .await
            .unwrap();
        let allowed: BTreeSet<String> = allowed.into_iter().collect();
        assert_eq!(radius.already, allowed, "{role} on {on}");
        let gained: BTreeSet<String> = asked
            .into_iter()
            .filter(|one| !allowed.contains(one))
            .collect();
        assert_eq!(radius.gained, gained, "{role} on {on}");
        assert!(!radius.already.is_empty(), "{role} on {on} tells nothing");
    }
    let radius = reach(&google, "roles/storage.admin", "projects/acme-prod").await;
    let dangers: Vec<&str> = radius
        .dangers
        .iter()
        .map(|one| one.permission.as_str())
        .collect();
    assert_eq!(
        dangers,
        [
            "storage.buckets.setIamPolicy",
            "storage.managedFolders.setIamPolicy",
            "storage.objects.setIamPolicy",
            "storage.buckets.delete",
            "storage.objects.delete",
        ]
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn everything_above_is_found_from_any_kind_of_resource() {
    let sandbox = start().await;
    let (google, _folder) = broker(&sandbox).await;
    let project = ["projects/acme-prod", "folders/42", "organizations/1"];
    for own in [
        "projects/_/buckets/logs-acme-prod",
        "projects/acme-prod/secrets/db-password",
        "projects/acme-prod",
        "folders/42",
        "organizations/1",
    ] {
        let (names, cut_off) = above(&google, own).await;
        let rest = project.iter().position(|name| *name == own).unwrap_or(0);
        let expected = project[rest..].to_vec();
        let own_first: Vec<&str> = [own]
            .into_iter()
            .filter(|own| expected[0] != *own)
            .chain(expected.iter().copied())
            .collect();
        assert_eq!(names, own_first);
        assert_eq!(cut_off, None);
    }
    let (stranger, _folder) = connect(&sandbox, "user:gina@gmail.com", Vec::new()).await;
    let (names, cut_off) = above(&stranger, "projects/acme-prod").await;
    assert_eq!(names, ["projects/acme-prod"]);
    let cut_off = cut_off.unwrap();
    assert!(
        cut_off.contains("resourcemanager.projects.get"),
        "{cut_off}"
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn roles_of_policies_are_read_whoever_wrote_them() {
    let sandbox = start().await;
    let (google, _folder) = broker(&sandbox).await;
    let owner = google.of_role("roles/owner").await.unwrap();
    assert!(owner.contains("resourcemanager.projects.setIamPolicy"));
    for (role, expected) in [
        ("roles/storage.emperor", "not found"),
        ("roles/../v1/roles/owner", "refused"),
        ("", "refused"),
    ] {
        let error = google.of_role(role).await.unwrap_err();
        assert_eq!(kind(&error), expected, "{role}");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn a_role_and_a_policy_are_not_read_again_at_once() {
    let fake = Fake::start(|request| {
        if request.target.starts_with("/v1/roles/") {
            return Reply::Json(200, json!({"includedPermissions": ["storage.objects.get"]}));
        }
        Reply::Json(200, json!({"etag": "E1", "bindings": []}))
    })
    .await;
    let google = fake.google().await;
    let project = "projects/acme-prod".parse().unwrap();
    for _ in 0..3 {
        let role = google.of_role("roles/storage.objectViewer").await.unwrap();
        assert_eq!(role.len(), 1);
        google.policy(&project).await.unwrap();
    }
    assert_eq!(fake.seen().len(), 2, "{:?}", fake.seen());
    // What is written is read anew each time.
    google.get_policy(&project).await.unwrap();
    assert_eq!(fake.seen().len(), 3);
}
