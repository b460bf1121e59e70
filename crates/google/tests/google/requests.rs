//! What is sent, for each kind of resource.

use daypass_core::iam_policy::Policy;
use daypass_core::resource::KINDS;
use daypass_engine::ports::Iam;
use serde_json::json;

use crate::failures::reason;
use crate::fake::{Fake, Reply};

const STORED: &str = r#"{"kind":"storage#policy","resourceId":"projects/_/buckets/logs","version":1,"etag":"CAE=","bindings":[{"role":"roles/x","members":["user:a@example.com"]}],"future":{"a":[1]}}"#;

/// Kind, read, write, test: as Google's discovery documents have them.
const EXPECTED: &[[&str; 4]] = &[
    [
        "project",
        "POST /v3/projects/acme-prod:getIamPolicy {\"options\":{\"requestedPolicyVersion\":3}}",
        "POST /v3/projects/acme-prod:setIamPolicy",
        "POST /v3/projects/acme-prod:testIamPermissions",
    ],
    [
        "folder",
        "POST /v3/folders/42:getIamPolicy {\"options\":{\"requestedPolicyVersion\":3}}",
        "POST /v3/folders/42:setIamPolicy",
        "POST /v3/folders/42:testIamPermissions",
    ],
    [
        "organization",
        "POST /v3/organizations/1:getIamPolicy {\"options\":{\"requestedPolicyVersion\":3}}",
        "POST /v3/organizations/1:setIamPolicy",
        "POST /v3/organizations/1:testIamPermissions",
    ],
    [
        "bucket",
        "GET /storage/v1/b/logs-acme-prod/iam?optionsRequestedPolicyVersion=3 ",
        "PUT /storage/v1/b/logs-acme-prod/iam",
        "GET /storage/v1/b/logs-acme-prod/iam/testPermissions?permissions=a.b.c&permissions=a.b.d",
    ],
    [
        "service account",
        "POST /v1/projects/acme-prod/serviceAccounts/deployer%40acme-prod.iam.gserviceaccount.com:getIamPolicy?options.requestedPolicyVersion=3 ",
        "POST /v1/projects/acme-prod/serviceAccounts/deployer%40acme-prod.iam.gserviceaccount.com:setIamPolicy",
        "POST /v1/projects/acme-prod/serviceAccounts/deployer%40acme-prod.iam.gserviceaccount.com:testIamPermissions",
    ],
    [
        "Pub/Sub topic",
        "GET /v1/projects/acme-prod/topics/orders:getIamPolicy?options.requestedPolicyVersion=3 ",
        "POST /v1/projects/acme-prod/topics/orders:setIamPolicy",
        "POST /v1/projects/acme-prod/topics/orders:testIamPermissions",
    ],
    [
        "secret",
        "GET /v1/projects/acme-prod/secrets/db-password:getIamPolicy?options.requestedPolicyVersion=3 ",
        "POST /v1/projects/acme-prod/secrets/db-password:setIamPolicy",
        "POST /v1/projects/acme-prod/secrets/db-password:testIamPermissions",
    ],
    [
        "Compute Engine instance",
        "GET /compute/v1/projects/acme-prod/zones/europe-west3-a/instances/web-1/getIamPolicy?optionsRequestedPolicyVersion=3 ",
        "POST /compute/v1/projects/acme-prod/zones/europe-west3-a/instances/web-1/setIamPolicy",
        "POST /compute/v1/projects/acme-prod/zones/europe-west3-a/instances/web-1/testIamPermissions",
    ],
];

#[tokio::test]
async fn each_kind_is_called_as_its_service_wants_it() {
    for [kind, get, set, test] in EXPECTED {
        let resource = KINDS
            .iter()
            .find(|row| row.name == *kind)
            .unwrap()
            .example
            .parse()
            .unwrap();
        let fake = Fake::start(|request| {
            let tests = request.target.contains("testIamPermissions")
                || request.target.contains("testPermissions");
            if tests {
                Reply::Json(200, json!({"permissions": ["a.b.d"]}))
            } else {
                Reply::Plain(200, Vec::new(), STORED.into())
            }
        })
        .await;
        let google = fake.google().await;
        let policy = google.get_policy(&resource).await.unwrap();
        google
            .set_policy(&resource, &policy, &reason())
            .await
            .unwrap();
        let held = google
            .test_permissions(&resource, &["a.b.c".into(), "a.b.d".into()])
            .await
            .unwrap();
        assert_eq!(held, ["a.b.d"]);

        let [read, write, tested] = &fake.seen()[..] else {
            panic!("not three calls for {kind}")
        };
        assert_eq!(
            &format!("{} {} {}", read.method, read.target, read.body),
            get
        );
        assert_eq!(&format!("{} {}", write.method, write.target), set);
        let sent = if *kind == "bucket" {
            STORED.to_owned()
        } else {
            format!("{{\"policy\":{STORED}}}")
        };
        assert_eq!(
            write.body, sent,
            "{kind}: the policy goes back byte for byte, without an update mask"
        );
        assert_eq!(&format!("{} {}", tested.method, tested.target), test);
        if tested.method == "POST" {
            assert_eq!(tested.json(), json!({"permissions": ["a.b.c", "a.b.d"]}));
        }
        for request in [read, write, tested] {
            assert_eq!(
                request.headers["user-agent"],
                format!("daypass/{}", env!("CARGO_PKG_VERSION"))
            );
            assert_eq!(request.token(), "own-1");
        }
        assert_eq!(write.headers["x-goog-request-reason"], reason().as_str());
        assert!(!read.headers.contains_key("x-goog-request-reason"));
    }
}

#[tokio::test]
async fn every_kind_asks_for_version_3() {
    for kind in KINDS {
        let fake = Fake::start(|_| Reply::Json(200, json!({"etag": "ACAB"}))).await;
        let policy: Policy = fake
            .google()
            .await
            .get_policy(&kind.example.parse().unwrap())
            .await
            .unwrap();
        assert_eq!(policy.etag(), Some("ACAB"));
        let request = &fake.seen()[0];
        let asked = request.target.contains("equestedPolicyVersion=3")
            || request.json()["options"]["requestedPolicyVersion"] == 3;
        assert!(asked, "{}: {request:?}", kind.name);
    }
}

#[tokio::test]
async fn permissions_are_tested_a_hundred_at_a_time() {
    let fake = Fake::start(|request| Reply::Json(200, request.json())).await;
    let permissions: Vec<String> = (0..250).map(|n| format!("service.things.do{n}")).collect();
    let held = fake
        .google()
        .await
        .test_permissions(&"folders/42".parse().unwrap(), &permissions)
        .await
        .unwrap();
    assert_eq!(held, permissions);
    let sizes: Vec<usize> = fake
        .seen()
        .iter()
        .map(|request| request.json()["permissions"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [100, 100, 50]);
}
