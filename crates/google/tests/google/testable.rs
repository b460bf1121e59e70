//! What can be held on a resource, and which of it is.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use daypass_core::resource::ResourceName;
use daypass_google::Google;
use daypass_sandbox::{Fault, FaultKind, FaultMatch, Sandbox};
use serde_json::json;

use crate::failures::kind;
use crate::fake::{Fake, Reply};
use crate::sandbox::{connect, start};

/// How long any of this may take: far less than what hangs.
const PATIENCE: Duration = Duration::from_secs(20);

fn resource(name: &str) -> ResourceName {
    name.parse().unwrap()
}

async fn held(google: &Google, name: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let resource = resource(name);
    let testable = google.testable_permissions(&resource).await.unwrap();
    let held = google.held_permissions(&resource, &testable).await.unwrap();
    assert!(held.is_subset(&testable));
    (testable, held)
}

async fn olivia(sandbox: &Sandbox) -> (Google, tempfile::TempDir) {
    connect(sandbox, "user:olivia@example.com", Vec::new()).await
}

/// What acting as a service account takes: an owner does not hold it.
fn makes_credentials(permission: &str) -> bool {
    [
        "iam.serviceAccounts.getAccessToken",
        "iam.serviceAccounts.getOpenIdToken",
        "iam.serviceAccounts.implicitDelegation",
        "iam.serviceAccounts.signBlob",
        "iam.serviceAccounts.signJwt",
    ]
    .contains(&permission)
}

#[tokio::test]
async fn each_kind_tells_what_is_held() {
    let sandbox = start().await;
    let (olivia, _folder) = olivia(&sandbox).await;
    let (alice, _folder) = connect(&sandbox, "user:alice@example.com", Vec::new()).await;
    let deployer = "serviceAccount:deployer@acme-prod.iam.gserviceaccount.com";
    let (deployer, _folder) = connect(&sandbox, deployer, Vec::new()).await;
    let account = "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com";
    for name in [
        "projects/acme-prod",
        "projects/acme-prod/topics/orders",
        "projects/acme-prod/secrets/db-password",
        "buckets/logs-acme-prod",
        account,
    ] {
        let (mut testable, all) = held(&olivia, name).await;
        testable.retain(|one| !makes_credentials(one));
        assert_eq!(testable, all, "the owner holds all but that on {name}");
        let (testable, some) = held(&alice, name).await;
        assert!(some.len() < testable.len(), "{name}: {some:?}");
        assert!(
            some.iter().all(|one| {
                let verb = one.rsplit('.').next().unwrap();
                // The team of the deployer may attach the account to what it runs.
                verb.starts_with("get") || verb.starts_with("list") || verb == "actAs"
            }),
            "a viewer only reads: {some:?}"
        );
    }
    for name in ["folders/42", "organizations/1"] {
        let (testable, some) = held(&olivia, name).await;
        assert!(!some.is_empty() && some.len() < testable.len(), "{name}");
    }
    let (_, one) = held(&deployer, "projects/acme-prod/topics/orders").await;
    assert_eq!(
        one.into_iter().collect::<Vec<_>>(),
        ["pubsub.topics.publish"]
    );
    sandbox.stop().await;
}

/// A bucket refuses what it offers of tag bindings: were it asked, the whole test would fail.
#[tokio::test]
async fn what_a_service_offers_and_refuses_is_not_asked() {
    let sandbox = start().await;
    let (olivia, _folder) = olivia(&sandbox).await;
    let bucket = resource("buckets/logs-acme-prod");
    let testable = olivia.testable_permissions(&bucket).await.unwrap();
    assert!(
        !testable
            .iter()
            .any(|one| one.starts_with("resourcemanager."))
    );
    let refused = ["resourcemanager.resourceTagBindings.list".to_owned()];
    let error = olivia.held_permissions(&bucket, &refused.into()).await;
    assert_eq!(kind(&error.unwrap_err()), "refused");
    sandbox.stop().await;
}

#[tokio::test]
async fn pages_and_chunks_of_a_hundred() {
    let sandbox = start().await;
    let (olivia, _folder) = olivia(&sandbox).await;
    let project = resource("projects/acme-prod");
    let whole = olivia.testable_permissions(&project).await.unwrap();
    sandbox.cloud().set_largest_page(Some(37));
    sandbox.cloud().clear_requests();
    assert_eq!(olivia.testable_permissions(&project).await.unwrap(), whole);
    assert_eq!(
        sandbox.cloud().requests(0).len(),
        whole.len().div_ceil(37),
        "each page once"
    );
    sandbox.cloud().clear_requests();
    olivia.held_permissions(&project, &whole).await.unwrap();
    assert_eq!(sandbox.cloud().requests(0).len(), whole.len().div_ceil(100));
    sandbox.stop().await;
}

fn fault(kind: FaultKind, times: Option<u32>) -> Fault {
    Fault {
        matches: FaultMatch {
            verb: Some("testIamPermissions".into()),
            ..FaultMatch::default()
        },
        kind,
        times,
        probability: None,
    }
}

/// E-29: a chunk that fails ends the whole question, soon, and the others do not hide it.
#[tokio::test]
async fn a_chunk_that_fails_is_an_error_and_no_hang() {
    let sandbox = start().await;
    let (olivia, _folder) = olivia(&sandbox).await;
    let project = resource("projects/acme-prod");
    let testable = olivia.testable_permissions(&project).await.unwrap();
    let ask = async || {
        let asked = olivia.held_permissions(&project, &testable);
        tokio::time::timeout(PATIENCE, asked).await.unwrap()
    };
    let throttled = FaultKind::Throttled {
        retry_after: Some(60),
    };
    for (fault_kind, times, expected) in [
        (throttled, None, "throttled"),
        (FaultKind::Conflict, None, "conflict"),
        (FaultKind::HtmlBody, None, "malformed"),
        (FaultKind::Unavailable, None, "unavailable"),
        // A read whose answer was lost is asked again.
        (FaultKind::TruncatedBody, Some(1), "told"),
    ] {
        sandbox.cloud().add_fault(fault(fault_kind, times));
        let outcome = ask().await;
        let outcome = outcome.as_ref().map_or_else(kind, |_| "told");
        assert_eq!(outcome, expected, "{fault_kind:?}");
        sandbox.cloud().clear_faults();
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn an_instance_is_asked_in_compute_engines_own_form() {
    let fake = Fake::start(|request| {
        if request.target == "/v1/permissions:queryTestablePermissions" {
            let offered = [
                json!({"name": "compute.instances.get"}),
                json!({"name": "compute.instances.stop"}),
                json!({"name": "resourcemanager.resourceTagBindings.create"}),
            ];
            return Reply::Json(200, json!({ "permissions": offered }));
        }
        // An answer can tell of more than was asked; it is not believed.
        let told = ["compute.instances.stop", "compute.instances.delete"];
        Reply::Json(200, json!({ "permissions": told }))
    })
    .await;
    let google = fake.google().await;
    let (testable, some) = held(
        &google,
        "projects/acme-prod/zones/europe-west3-a/instances/web-1",
    )
    .await;
    assert_eq!(testable.len(), 2);
    assert_eq!(
        some.into_iter().collect::<Vec<_>>(),
        ["compute.instances.stop"]
    );
    let seen = fake.seen();
    assert_eq!(
        seen[0].json(),
        json!({"fullResourceName": "//compute.googleapis.com/projects/acme-prod/zones/europe-west3-a/instances/web-1", "pageSize": 1_000})
    );
    assert_eq!(
        seen[1].target,
        "/compute/v1/projects/acme-prod/zones/europe-west3-a/instances/web-1/testIamPermissions"
    );
}

#[tokio::test]
async fn pages_that_do_not_end_and_names_that_are_none() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let fake = Fake::start(move |_| {
        let page = count.fetch_add(1, Ordering::Relaxed);
        Reply::Json(
            200,
            json!({"permissions": [], "nextPageToken": page.to_string()}),
        )
    })
    .await;
    let google = fake.google().await;
    let project = resource("projects/acme-prod");
    let endless = google.testable_permissions(&project).await;
    assert_eq!(kind(&endless.unwrap_err()), "malformed");
    assert_eq!(
        fake.seen()[2].json()["pageToken"],
        "1",
        "the token is in the body"
    );
    assert!(asked.load(Ordering::Relaxed) <= 200);
    for entry in [json!({}), json!({"name": ""}), json!(7)] {
        let fake = Fake::start(move |_| Reply::Json(200, json!({ "permissions": [entry] }))).await;
        let error = fake.google().await.testable_permissions(&project).await;
        assert_eq!(kind(&error.unwrap_err()), "malformed");
    }
    let none = Fake::start(|_| Reply::Json(200, json!({}))).await;
    let none = none.google().await;
    assert!(
        none.testable_permissions(&project)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        none.held_permissions(&project, &BTreeSet::new())
            .await
            .unwrap()
            .is_empty()
    );
}
