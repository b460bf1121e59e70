//! Cloud Storage, service accounts, Pub/Sub, Secret Manager, roles, the linter, tokens and the audit log.

use crate::client::{Client, started};
use serde_json::json;

const ACCOUNT: &str = "deployer@acme-prod.iam.gserviceaccount.com";

#[tokio::test]
async fn a_bucket_reads_by_get_writes_by_put_and_conflicts_with_412() {
    let sandbox = started().await;
    let broker = Client::broker(&sandbox);
    let path = "/storage/v1/b/logs-acme-prod/iam?optionsRequestedPolicyVersion=3&alt=json";
    let mut policy = broker.get(path).await.ok();
    assert_eq!(policy["kind"], "storage#policy");
    assert_eq!(policy["resourceId"], "projects/_/buckets/logs-acme-prod");
    policy["version"] = json!(3);
    policy["bindings"].as_array_mut().unwrap().push(json!({
        "role": "roles/storage.objectViewer", "members": ["user:alice@example.com"],
        "condition": {"title": "t", "expression": "request.time < timestamp(\"2031-01-01T00:00:00Z\")"},
    }));
    let set = broker
        .put("/storage/v1/b/logs-acme-prod/iam?alt=json", &policy)
        .await
        .ok();
    assert_eq!(
        (&set["version"], &set["kind"]),
        (&json!(3), &json!("storage#policy"))
    );

    let stale = broker
        .put("/storage/v1/b/logs-acme-prod/iam", &policy)
        .await;
    assert_eq!(stale.status, 412);
    let error = &stale.json()["error"];
    assert_eq!(
        (&error["code"], &error["errors"][0]["reason"]),
        (&json!(412), &json!("conditionNotMet"))
    );

    let alice = Client::new(&sandbox, "user:alice@example.com");
    let tested = alice
        .get("/storage/v1/b/logs-acme-prod/iam/testPermissions?permissions=storage.objects.get&permissions=storage.objects.delete")
        .await
        .ok();
    assert_eq!(tested["permissions"], json!(["storage.objects.get"]));
    assert_eq!(
        alice.get("/storage/v1/b/no-such-bucket/iam").await.status,
        404
    );
    let denied = Client::new(&sandbox, "user:mallory@example.com")
        .get(path)
        .await;
    assert_eq!(
        (
            denied.status,
            &denied.json()["error"]["errors"][0]["reason"]
        ),
        (403, &json!("forbidden"))
    );
}

#[tokio::test]
async fn conditions_need_a_kind_and_a_bucket_that_take_them() {
    let sandbox = started().await;
    let broker = Client::broker(&sandbox);
    let condition =
        json!({"title": "t", "expression": "request.time < timestamp(\"2031-01-01T00:00:00Z\")"});
    let viewer = json!({"role": "roles/storage.objectViewer", "members": ["user:bob@example.com"], "condition": condition});
    let legacy = json!({"version": 3, "bindings": [viewer]});
    let refused = broker
        .put("/storage/v1/b/legacy-acme-prod/iam", &legacy)
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.text.contains("uniform bucket-level access"),
        "{}",
        refused.text
    );

    let publisher = json!({"role": "roles/pubsub.publisher", "members": ["user:bob@example.com"], "condition": condition});
    let body = json!({"policy": {"version": 3, "bindings": [publisher]}});
    let refused = broker
        .post("/v1/projects/acme-prod/topics/orders:setIamPolicy", &body)
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.text.contains("Conditions are not supported"),
        "{}",
        refused.text
    );

    let accessor = json!({"role": "roles/secretmanager.secretAccessor", "members": ["user:bob@example.com"], "condition": condition});
    let body = json!({"policy": {"version": 3, "bindings": [accessor]}});
    let path = "/v1/projects/100000000001/secrets/db-password:setIamPolicy";
    assert_eq!(broker.post(path, &body).await.ok()["version"], 3);

    let user = json!({"role": "roles/iam.serviceAccountUser", "members": ["user:bob@example.com"], "condition": condition});
    let body = json!({"policy": {"version": 3, "bindings": [user]}});
    let path = "/v1/projects/-/serviceAccounts/deployer%40acme-prod.iam.gserviceaccount.com%3AsetIamPolicy";
    assert_eq!(
        broker.post(path, &body).await.ok()["bindings"][0]["condition"],
        condition
    );
}

#[tokio::test]
async fn a_condition_on_a_bucket_name_holds_through_the_project_and_not_for_pubsub() {
    let sandbox = started().await;
    let cloud = sandbox.cloud();
    let binding = |role: &str| {
        json!({"role": role, "members": ["group:leads@example.com"],
               "condition": {"title": "t", "expression": "resource.name.startsWith(\"projects/_/buckets/logs-\")"}})
    };
    let policy =
        json!({"bindings": [binding("roles/storage.admin"), binding("roles/pubsub.publisher")]});
    cloud.put_policy("projects/acme-prod", policy).unwrap();
    let carol = "user:carol@example.com";
    for (resource, permission, expected) in [
        ("buckets/logs-acme-prod", "storage.buckets.delete", true),
        (
            "buckets/logs-acme-prod/objects/2030/01.txt",
            "storage.objects.delete",
            true,
        ),
        ("buckets/legacy-acme-prod", "storage.buckets.delete", false),
        (
            "projects/acme-prod/topics/orders",
            "pubsub.topics.publish",
            false,
        ),
    ] {
        let verdict = cloud.check(carol, resource, permission, None);
        assert_eq!(verdict.allowed, expected, "{resource}: {}", verdict.why);
    }
}

#[tokio::test]
async fn reads_and_lists_answer_on_every_service() {
    let sandbox = started().await;
    let olivia = Client::new(&sandbox, "user:olivia@example.com");
    for (path, field) in [
        (
            "/v1/projects/acme-prod/serviceAccounts?pageSize=100",
            "/accounts/0/email",
        ),
        ("/v1/projects/acme-prod/topics", "/topics/0/name"),
        ("/v1/projects/acme-prod/topics/orders", "/name"),
        ("/v1/projects/acme-prod/secrets", "/secrets/0/name"),
        ("/v1/projects/acme-prod/secrets/db-password", "/name"),
        ("/storage/v1/b?project=acme-prod", "/items/0/name"),
        (
            "/storage/v1/b/logs-acme-prod",
            "/iamConfiguration/uniformBucketLevelAccess/enabled",
        ),
        (
            "/v1/roles?pageSize=100&view=FULL",
            "/roles/0/includedPermissions/0",
        ),
        ("/v1/roles/storage.admin", "/includedPermissions/0"),
        ("/v3/projects?parent=folders/42", "/projects/0/projectId"),
        (
            "/v3/projects:search?query=labels.env:prod%20AND%20parent:folders/42",
            "/projects/1/projectId",
        ),
        (
            "/v3/folders?parent=organizations/1",
            "/folders/0/displayName",
        ),
        ("/v3/organizations:search", "/organizations/0/displayName"),
        ("/v2/folders/42", "/displayName"),
        ("/v1/organizations/1", "/displayName"),
    ] {
        let reply = olivia.get(path).await.ok();
        assert!(reply.pointer(field).is_some(), "{path}: {reply}");
    }
    let ancestry = olivia
        .post("/v1/projects/acme-prod:getAncestry", &json!({}))
        .await
        .ok();
    let kinds = ["project", "folder", "organization"].map(|kind| json!(kind));
    assert_eq!(
        [0, 1, 2].map(|index| ancestry["ancestor"][index]["resourceId"]["type"].clone()),
        kinds
    );
    let numbers = olivia
        .get("/v3/projects/acme-prod?%24alt=json%3Benum-encoding%3Dint")
        .await
        .ok();
    assert_eq!(
        (&numbers["state"], &numbers["name"]),
        (&json!(1), &json!("projects/100000000001"))
    );
    let page = olivia.get("/v1/roles?pageSize=2").await.ok();
    let next = olivia
        .get(&format!(
            "/v1/roles?pageSize=2&pageToken={}",
            page["nextPageToken"].as_str().unwrap()
        ))
        .await
        .ok();
    assert_ne!(page["roles"][0], next["roles"][0]);
}

#[tokio::test]
async fn permissions_are_asked_at_most_a_hundred_at_a_time_and_without_wildcards() {
    let sandbox = started().await;
    let alice = Client::new(&sandbox, "user:alice@example.com");
    let path = "/v3/projects/acme-prod:testIamPermissions";
    let many: Vec<String> = (0..101)
        .map(|n| format!("storage.buckets.get{n}"))
        .collect();
    assert_eq!(
        alice.post(path, &json!({"permissions": many})).await.status,
        400
    );
    assert_eq!(
        alice
            .post(path, &json!({"permissions": many[..100]}))
            .await
            .ok(),
        json!({})
    );
    let wild = alice
        .post(path, &json!({"permissions": ["storage.buckets.*"]}))
        .await;
    assert!(
        wild.text
            .contains("Permission storage.buckets.* is not valid for this resource."),
        "{}",
        wild.text
    );
}

#[tokio::test]
async fn roles_and_permissions_of_a_resource_and_the_linter() {
    let sandbox = started().await;
    let olivia = Client::new(&sandbox, "user:olivia@example.com");
    sandbox.cloud().add_role(&serde_json::from_value(json!({
        "name": "projects/acme-prod/roles/custom", "title": "Custom", "permissions": ["pubsub.topics.publish"],
    })).unwrap());
    let topic = json!({"fullResourceName": "//pubsub.googleapis.com/projects/acme-prod/topics/orders", "pageSize": 300});
    let roles = olivia
        .post("/v1/roles:queryGrantableRoles", &topic)
        .await
        .ok();
    let names: Vec<&str> = roles["roles"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|role| role["name"].as_str())
        .collect();
    assert!(
        names.contains(&"roles/pubsub.publisher")
            && names.contains(&"projects/acme-prod/roles/custom"),
        "{names:?}"
    );
    assert!(!names.contains(&"roles/storage.admin"), "{names:?}");
    let testable = olivia
        .post("/v1/permissions:queryTestablePermissions", &topic)
        .await
        .ok();
    assert_eq!(testable["permissions"][0]["stage"], "GA");

    let lint = |expression: &str| {
        json!({"fullResourceName": "//cloudresourcemanager.googleapis.com/projects/acme-prod",
               "condition": {"title": "t", "expression": expression}})
    };
    assert_eq!(
        olivia
            .post(
                "/v1/iamPolicies:lintPolicy",
                &lint("request.time < timestamp(\"2031-01-01T00:00:00Z\")")
            )
            .await
            .ok(),
        json!({})
    );
    let findings = olivia
        .post("/v1/iamPolicies:lintPolicy", &lint("nonsense.here"))
        .await
        .ok();
    assert_eq!(findings["lintResults"][0]["severity"], "ERROR");
}

#[tokio::test]
async fn a_subject_token_becomes_an_access_token_of_its_person() {
    let sandbox = started().await;
    let client = Client::new(&sandbox, "user:bob@example.com");
    let subject = sandbox.cloud().subject_token("alice@example.com").unwrap();
    let exchange = |subject: String| {
        let form = [
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange".to_owned(),
            ),
            (
                "audience",
                "//iam.googleapis.com/locations/global/workforcePools/sandbox/providers/sandbox"
                    .to_owned(),
            ),
            (
                "scope",
                "https://www.googleapis.com/auth/cloud-platform".to_owned(),
            ),
            (
                "requested_token_type",
                "urn:ietf:params:oauth:token-type:access_token".to_owned(),
            ),
            (
                "subject_token_type",
                "urn:ietf:params:oauth:token-type:id_token".to_owned(),
            ),
            ("subject_token", subject),
        ];
        client
            .http
            .post(format!("{}/v1/token", client.base))
            .form(&form)
            .send()
    };
    let reply: serde_json::Value = exchange(subject).await.unwrap().json().await.unwrap();
    assert_eq!(
        (&reply["token_type"], &reply["expires_in"]),
        (&json!("Bearer"), &json!(3600))
    );
    let alice = client.with_token(reply["access_token"].as_str().unwrap());
    let shown = alice.get("/v1/projects/acme-prod").await.ok();
    assert_eq!(shown["projectId"], "acme-prod");
    let refused = exchange("guess".to_owned()).await.unwrap();
    assert_eq!(refused.status(), 400);
    assert_eq!(
        refused.json::<serde_json::Value>().await.unwrap()["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn impersonation_needs_the_permission_and_yields_a_short_token() {
    let sandbox = started().await;
    let alice = Client::new(&sandbox, "user:alice@example.com");
    let path = format!("/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken");
    let body = json!({"scope": ["https://www.googleapis.com/auth/cloud-platform"], "lifetime": "600s", "delegates": null});
    let refused = alice.post(&path, &body).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.json()["error"]["message"],
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
    );
    let role = json!({"role": "roles/iam.serviceAccountTokenCreator", "members": ["user:alice@example.com"]});
    let resource = format!("projects/acme-prod/serviceAccounts/{ACCOUNT}");
    sandbox
        .cloud()
        .put_policy(&resource, json!({"bindings": [role]}))
        .unwrap();
    let minted = alice.with_reason("INC-1").post(&path, &body).await.ok();
    let deployer = alice.with_token(minted["accessToken"].as_str().unwrap());
    let asked = json!({"permissions": ["run.services.update"]});
    assert_eq!(
        deployer
            .post("/v1/projects/acme-prod:testIamPermissions", &asked)
            .await
            .ok(),
        asked
    );
    sandbox
        .cloud()
        .advance(jiff::SignedDuration::from_secs(600));
    assert_eq!(
        deployer
            .post("/v1/projects/acme-prod:testIamPermissions", &asked)
            .await
            .status,
        401
    );
    let too_long = json!({"scope": ["x"], "lifetime": "3601s"});
    assert_eq!(alice.post(&path, &too_long).await.status, 400);
}

#[tokio::test]
async fn the_audit_log_has_the_reason_and_the_change() {
    let sandbox = started().await;
    let broker = Client::broker(&sandbox).with_reason("daypass b1 g1");
    let read = json!({"options": {"requestedPolicyVersion": 3}});
    let mut policy = broker
        .post("/v1/projects/acme-prod:getIamPolicy", &read)
        .await
        .ok();
    policy["bindings"]
        .as_array_mut()
        .unwrap()
        .push(json!({"role": "roles/browser", "members": ["user:bob@example.com"]}));
    broker
        .post(
            "/v1/projects/acme-prod:setIamPolicy",
            &json!({"policy": policy}),
        )
        .await
        .ok();
    let erin = Client::new(&sandbox, "user:erin@example.com");
    let query = json!({"resourceNames": ["projects/acme-prod"], "filter": "protoPayload.methodName=\"SetIamPolicy\""});
    let entries = erin.post("/v2/entries:list", &query).await.ok();
    let payload = &entries["entries"][0]["protoPayload"];
    assert_eq!(
        payload["requestMetadata"]["requestAttributes"]["reason"],
        "daypass b1 g1"
    );
    assert_eq!(
        payload["authenticationInfo"]["principalEmail"],
        "daypass@acme-access.iam.gserviceaccount.com"
    );
    let delta =
        json!([{"action": "ADD", "role": "roles/browser", "member": "user:bob@example.com"}]);
    assert_eq!(
        payload["serviceData"]["policyDelta"]["bindingDeltas"],
        delta
    );
    let mallory = Client::new(&sandbox, "user:mallory@example.com");
    assert_eq!(mallory.post("/v2/entries:list", &query).await.status, 403);
}
