//! What is learned from Google and remembered: project numbers, bucket access, roles, time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daypass_engine::ports::Iam;
use daypass_google::{Google, Sources};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::failures::kind;
use crate::fake::{Fake, Reply};

#[tokio::test]
async fn a_project_is_known_by_its_number_and_asked_once() {
    let fake = Fake::start(|_| {
        Reply::Json(
            200,
            json!({"name": "projects/100000000001", "projectId": "acme-prod"}),
        )
    })
    .await;
    let google = fake.google().await;
    for (name, canonical) in [
        ("projects/acme-prod", "projects/100000000001"),
        (
            "projects/acme-prod/secrets/db-password",
            "projects/100000000001/secrets/db-password",
        ),
        ("projects/42", "projects/42"),
        ("folders/42", "folders/42"),
        ("organizations/1", "organizations/1"),
        (
            "buckets/logs-acme-prod",
            "projects/_/buckets/logs-acme-prod",
        ),
    ] {
        assert_eq!(
            google.canonical(&name.parse().unwrap()).await.unwrap().0,
            canonical
        );
    }
    let targets: Vec<String> = fake
        .seen()
        .into_iter()
        .map(|request| request.target)
        .collect();
    assert_eq!(targets, ["/v3/projects/acme-prod"]);
}

#[tokio::test]
async fn a_description_without_a_number_is_not_believed() {
    for name in [json!("projects/acme-prod"), json!("projects/"), json!(7)] {
        let fake = Fake::start(move |_| Reply::Json(200, json!({ "name": name }))).await;
        let error = fake
            .google()
            .await
            .canonical(&"projects/acme-prod".parse().unwrap())
            .await
            .unwrap_err();
        assert_eq!(kind(&error), "malformed");
    }
}

#[tokio::test]
async fn a_bucket_takes_conditions_only_with_uniform_access() {
    let fake = Fake::start(|request| {
        let enabled = request.target.starts_with("/storage/v1/b/logs?");
        Reply::Json(
            200,
            json!({"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": enabled}}}),
        )
    })
    .await;
    let up = Arc::new(AtomicU64::new(0));
    let seconds = Arc::clone(&up);
    let sources = Sources::new(
        || Timestamp::UNIX_EPOCH,
        move || Duration::from_secs(seconds.load(Ordering::Relaxed)),
    );
    let google = Google::connect(daypass_google::Options {
        sources,
        ..fake.options()
    })
    .await
    .unwrap();
    let takes = async |name: &str| {
        google
            .takes_conditions(&name.parse().unwrap())
            .await
            .unwrap()
    };
    assert!(takes("buckets/logs").await);
    assert!(!takes("buckets/legacy").await);
    assert!(takes("buckets/logs").await);
    assert_eq!(fake.seen().len(), 2, "the answer is remembered");
    assert_eq!(
        fake.seen()[0].target,
        "/storage/v1/b/logs?fields=iamConfiguration"
    );
    up.store(60, Ordering::Relaxed);
    assert!(takes("buckets/logs").await);
    assert_eq!(fake.seen().len(), 3, "for a minute");
    assert!(takes("projects/acme-prod").await);
    assert!(!takes("projects/acme-prod/topics/orders").await);
    assert_eq!(fake.seen().len(), 3, "the table knows the rest");
}

#[tokio::test]
async fn roles_that_exist_are_remembered_and_others_asked_again() {
    let fake = Fake::start(|request| match request.target.as_str() {
        "/v1/roles/storage.admin" => Reply::Json(200, json!({"name": "roles/storage.admin"})),
        "/v1/projects/acme-prod/roles/gone" => {
            Reply::Json(200, json!({"name": "x", "deleted": true}))
        }
        "/v1/organizations/1/roles/hidden" => Reply::Json(
            403,
            json!({"error": {"message": "Permission 'iam.roles.get' denied"}}),
        ),
        _ => Reply::Json(
            404,
            json!({"error": {"code": 404, "message": "not found", "status": "NOT_FOUND"}}),
        ),
    })
    .await;
    let google = fake.google().await;
    for _ in 0..2 {
        assert!(
            google
                .role_exists(&"roles/storage.admin".parse().unwrap())
                .await
                .unwrap()
        );
        assert!(
            !google
                .role_exists(&"roles/none".parse().unwrap())
                .await
                .unwrap()
        );
        assert!(
            !google
                .role_exists(&"projects/acme-prod/roles/gone".parse().unwrap())
                .await
                .unwrap()
        );
        let hidden = google
            .role_exists(&"organizations/1/roles/hidden".parse().unwrap())
            .await
            .unwrap_err();
        assert_eq!(kind(&hidden), "forbidden");
    }
    let asked = |target: &str| {
        fake.seen()
            .iter()
            .filter(|request| request.target == target)
            .count()
    };
    assert_eq!(
        (asked("/v1/roles/storage.admin"), asked("/v1/roles/none")),
        (1, 2)
    );
}

#[tokio::test]
async fn time_is_googles() {
    let fake = Fake::start(|_| {
        Reply::Plain(
            200,
            vec![("date", "Sat, 21 Nov 2026 09:00:00 GMT".into())],
            "{\"etag\": \"ACAB\"}".into(),
        )
    })
    .await;
    let wall: Timestamp = "2026-11-21T09:00:45Z".parse().unwrap();
    let sources = Sources::new(move || wall, || Duration::from_secs(1));
    let google = Google::connect(daypass_google::Options {
        sources,
        ..fake.options()
    })
    .await
    .unwrap();
    let clock = google.clock();
    assert_eq!((clock.now(), clock.skew()), (wall, None));
    google
        .get_policy(&"folders/42".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(clock.skew(), Some(SignedDuration::from_secs(45)));
    assert_eq!(clock.now(), "2026-11-21T09:00:00Z".parse().unwrap());
}
