//! What a selector finds.

use std::collections::BTreeSet;

use daypass_core::entitlement::Selector;
use daypass_engine::ports::{IamError, Projects};
use daypass_google::{Google, Options};
use daypass_sandbox::{Sandbox, Seed};
use serde_json::json;
use tempfile::TempDir;

use crate::fake::{Fake, Reply, credentials};

fn selector(folder: &str, labels: &[(&str, &str)]) -> Selector {
    Selector {
        folder: folder.parse().unwrap(),
        labels: labels
            .iter()
            .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

async fn as_somebody(sandbox: &Sandbox, principal: &str) -> (Google, TempDir) {
    let folder = TempDir::new().unwrap();
    let subject = sandbox.cloud().subject_token(principal).unwrap();
    let options = Options {
        credentials_file: Some(credentials(&folder, &sandbox.base_url(), &subject)),
        sandbox: true,
        sandbox_url: Some(sandbox.base_url()),
        ..Options::default()
    };
    (Google::connect(options).await.unwrap(), folder)
}

fn names(found: &BTreeSet<daypass_core::resource::ResourceName>) -> Vec<&str> {
    found
        .iter()
        .map(daypass_core::resource::ResourceName::as_str)
        .collect()
}

#[tokio::test]
async fn projects_at_any_depth_with_all_labels_on_all_pages() {
    let world = Seed::default().to_yaml().unwrap();
    let mut world: serde_json::Value = serde_json::from_str(&world).unwrap();
    let list = |world: &mut serde_json::Value, field: &str, entry| {
        world[field].as_array_mut().unwrap().push(entry);
    };
    list(
        &mut world,
        "folders",
        json!({"number": "421", "display_name": "deep", "parent": "folders/42"}),
    );
    list(
        &mut world,
        "folders",
        json!({"number": "422", "display_name": "deeper", "parent": "folders/421"}),
    );
    for (number, id, parent, labels) in [
        (
            "201",
            "acme-deep",
            "folders/421",
            json!({"env": "prod", "team": "pay"}),
        ),
        ("202", "acme-deeper", "folders/422", json!({"env": "prod"})),
        ("203", "acme-spare", "folders/422", json!({})),
    ] {
        let project = json!({"id": id, "number": number, "display_name": id, "parent": parent, "labels": labels});
        list(&mut world, "projects", project);
    }
    let sandbox = Sandbox::start(daypass_sandbox::Options {
        seed: Seed::from_yaml(&world.to_string()).unwrap(),
        ..daypass_sandbox::Options::default()
    })
    .await
    .unwrap();
    let broker = "serviceAccount:daypass@acme-access.iam.gserviceaccount.com";
    let (google, _folder) = as_somebody(&sandbox, broker).await;
    for most in [None, Some(1)] {
        sandbox.cloud().set_largest_page(most);
        let found = google
            .select(&selector("folders/42", &[("env", "prod")]))
            .await
            .unwrap();
        let expected = ["acme-deep", "acme-deeper", "acme-pay", "acme-prod"];
        assert_eq!(names(&found), expected.map(|id| format!("projects/{id}")));
        let both = selector("folders/42", &[("env", "prod"), ("team", "pay")]);
        assert_eq!(
            names(&google.select(&both).await.unwrap()),
            ["projects/acme-deep"]
        );
        let none = selector("folders/43", &[("env", "prod")]);
        assert!(google.select(&none).await.unwrap().is_empty());
    }
    let (gina, _folder) = as_somebody(&sandbox, "user:gina@gmail.com").await;
    let refused = gina
        .select(&selector("folders/42", &[("env", "prod")]))
        .await;
    assert!(
        matches!(refused, Err(IamError::Forbidden { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_is_being_deleted_is_left_out_and_a_circle_ends() {
    let fake = Fake::start(|seen| {
        Reply::Json(200, if seen.target.contains("/v3/folders") {
            json!({"folders": [
                {"name": "folders/42", "state": "ACTIVE"},
                {"name": "folders/43", "state": "DELETE_REQUESTED"},
            ]})
        } else {
            json!({"projects": [
                {"projectId": "acme-here", "state": "ACTIVE", "labels": {"env": "prod"}},
                {"projectId": "acme-gone", "state": "DELETE_REQUESTED", "labels": {"env": "prod"}},
            ]})
        })
    })
    .await;
    let google = fake.google().await;
    let found = google
        .select(&selector("folders/42", &[("env", "prod")]))
        .await
        .unwrap();
    assert_eq!(names(&found), ["projects/acme-here"]);
    assert_eq!(fake.seen().len(), 2);
}
