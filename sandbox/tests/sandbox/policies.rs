//! The contract of IAM policies over HTTP: versions, etags, refusals, expiry by the clock.

use crate::client::{Client, started};
use serde_json::{Value, json};

const WINDOW: &str = r#"request.time >= timestamp("2030-01-01T00:00:00Z") && request.time < timestamp("2030-01-01T01:00:00Z")"#;

async fn policy_of(client: &Client, resource: &str) -> Value {
    let body = json!({"options": {"requestedPolicyVersion": 3}});
    client
        .post(&format!("/v1/{resource}:getIamPolicy"), &body)
        .await
        .ok()
}

fn with_binding(mut policy: Value, binding: Value) -> Value {
    policy["bindings"].as_array_mut().unwrap().push(binding);
    policy["version"] = json!(3);
    policy
}

fn timed(member: &str) -> Value {
    json!({"role": "roles/storage.admin", "members": [member],
           "condition": {"title": "timed", "expression": WINDOW}})
}

#[tokio::test]
async fn a_timed_binding_is_added_with_its_etag_and_ends_by_the_clock() {
    let sandbox = started().await;
    sandbox
        .cloud()
        .set_time("2030-01-01T00:30:00Z".parse().unwrap());
    let broker = Client::new(
        &sandbox,
        "serviceAccount:daypass@acme-access.iam.gserviceaccount.com",
    );
    let before = policy_of(&broker, "projects/acme-prod").await;
    let policy = with_binding(before.clone(), timed("user:alice@example.com"));
    let set = broker
        .post(
            "/v1/projects/acme-prod:setIamPolicy",
            &json!({"policy": policy}),
        )
        .await
        .ok();
    assert_ne!(set["etag"], before["etag"]);
    assert_eq!(set["version"], 3);
    assert_eq!(policy_of(&broker, "projects/acme-prod").await, set);

    let alice = Client::new(&sandbox, "user:alice@example.com");
    let ask = json!({"permissions": ["storage.buckets.delete", "resourcemanager.projects.get"]});
    let path = "/v1/projects/acme-prod:testIamPermissions";
    let both = json!({"permissions": ["storage.buckets.delete", "resourcemanager.projects.get"]});
    assert_eq!(alice.post(path, &ask).await.ok(), both);
    sandbox
        .cloud()
        .set_time("2030-01-01T00:59:59Z".parse().unwrap());
    assert_eq!(alice.post(path, &ask).await.ok(), both);
    sandbox
        .cloud()
        .set_time("2030-01-01T01:00:00Z".parse().unwrap());
    assert_eq!(
        alice.post(path, &ask).await.ok(),
        json!({"permissions": ["resourcemanager.projects.get"]})
    );
}

#[tokio::test]
async fn a_stale_etag_is_a_conflict_with_the_captured_body() {
    let sandbox = started().await;
    let broker = Client::new(
        &sandbox,
        "serviceAccount:daypass@acme-access.iam.gserviceaccount.com",
    );
    let policy = policy_of(&broker, "projects/acme-dev").await;
    broker
        .post(
            "/v1/projects/acme-dev:setIamPolicy",
            &json!({"policy": policy}),
        )
        .await
        .ok();
    for path in [
        "/v1/projects/acme-dev:setIamPolicy",
        "/v3/projects/100000000003:setIamPolicy",
    ] {
        let reply = broker.post(path, &json!({"policy": policy})).await;
        assert_eq!(reply.status, 409);
        assert_eq!(
            reply.text,
            r#"{"error":{"code":409,"message":"There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.","status":"ABORTED"}}"#
        );
    }
}

#[tokio::test]
async fn an_old_reader_sees_withcond_roles_and_a_blind_write_loses_conditions() {
    let sandbox = started().await;
    let broker = Client::new(
        &sandbox,
        "serviceAccount:daypass@acme-access.iam.gserviceaccount.com",
    );
    let old = broker
        .post("/v1/projects/acme-prod:getIamPolicy", &json!({}))
        .await
        .ok();
    assert_eq!(old["version"], 1);
    let roles = old["bindings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|binding| binding["role"].as_str());
    assert_eq!(
        roles
            .filter(|role| role.starts_with("roles/compute.viewer_withcond_"))
            .count(),
        1
    );

    let refused = broker
        .post(
            "/v1/projects/acme-prod:setIamPolicy",
            &json!({"policy": old}),
        )
        .await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let mut blind = old;
    blind.as_object_mut().unwrap().remove("etag");
    broker
        .post(
            "/v1/projects/acme-prod:setIamPolicy",
            &json!({"policy": blind}),
        )
        .await
        .ok();
    let after = policy_of(&broker, "projects/acme-prod").await;
    assert_eq!(after["version"], 1);
    assert!(
        after["bindings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|binding| binding.get("condition").is_none())
    );
    // The default update mask spares the audit configuration.
    assert_eq!(
        after["auditConfigs"][0]["service"],
        "storage.googleapis.com"
    );
}

#[tokio::test]
async fn what_iam_refuses_it_refuses_in_googles_words() {
    let sandbox = started().await;
    let broker = Client::new(
        &sandbox,
        "serviceAccount:daypass@acme-access.iam.gserviceaccount.com",
    );
    let before = policy_of(&broker, "projects/acme-prod").await;
    let condition = json!({"title": "t", "expression": WINDOW});
    let operators = vec!["request.time != timestamp(\"2030-01-01T00:00:00Z\")"; 14].join(" && ");
    for (binding, message) in [
        (
            json!({"role": "roles/viewer", "members": ["user:x@example.com"]}),
            "User x@example.com does not exist.",
        ),
        (
            json!({"role": "roles/viewer", "members": ["serviceAccount:x@p.iam.gserviceaccount.com"]}),
            "Service account x@p.iam.gserviceaccount.com does not exist.",
        ),
        (
            json!({"role": "roles/viewer", "members": ["group:x@example.com"]}),
            "Group x@example.com does not exist.",
        ),
        (
            json!({"role": "roles/viewer", "members": ["user:sre@example.com"]}),
            "is of type \"group\"",
        ),
        (
            json!({"role": "roles/nope", "members": ["user:bob@example.com"]}),
            "Role roles/nope is not supported for this resource.",
        ),
        (
            json!({"role": "roles/viewer", "members": ["user:bob@example.com"], "condition": condition}),
            "LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles",
        ),
        (
            json!({"role": "roles/browser", "members": ["allUsers"]}),
            "allUsers",
        ),
        (
            json!({"role": "roles/owner", "members": ["user:bob@example.com"]}),
            "Request contains an invalid argument.",
        ),
        (
            json!({"role": "roles/browser", "members": ["user:bob@example.com"],
                   "condition": {"title": "t", "expression": "request.time <"}}),
            "LintValidationUnits/ConditionCompileCheck Error",
        ),
        (
            json!({"role": "roles/browser", "members": ["user:bob@example.com"],
                   "condition": {"title": "t".repeat(101), "expression": "true"}}),
            "101 bytes",
        ),
        (
            json!({"role": "roles/browser", "members": ["user:bob@example.com"],
                   "condition": {"title": "t", "expression": operators}}),
            "13 logical operators",
        ),
    ] {
        let policy = with_binding(before.clone(), binding.clone());
        let reply = broker
            .post(
                "/v1/projects/acme-prod:setIamPolicy",
                &json!({"policy": policy}),
            )
            .await;
        assert_eq!(reply.status, 400, "{binding}");
        let error = &reply.json()["error"];
        assert_eq!(error["status"], "INVALID_ARGUMENT");
        assert!(
            error["message"].as_str().unwrap().contains(message),
            "{binding}: {error}"
        );
    }
    assert_eq!(
        policy_of(&broker, "projects/acme-prod").await,
        before,
        "a refused write changes nothing"
    );
}

#[tokio::test]
async fn callers_are_checked_and_a_missing_project_looks_forbidden() {
    let sandbox = started().await;
    let mallory = Client::new(&sandbox, "user:mallory@example.com");
    for project in ["acme-pay", "no-such-project"] {
        let reply = mallory
            .post(
                &format!("/v1/projects/{project}:setIamPolicy"),
                &json!({"policy": {}}),
            )
            .await;
        assert_eq!(reply.status, 403);
        let error = &reply.json()["error"];
        assert_eq!(error["status"], "PERMISSION_DENIED");
        let detail = &error["details"][0];
        assert_eq!(detail["reason"], "IAM_PERMISSION_DENIED");
        assert_eq!(
            detail["metadata"]["permission"],
            "resourcemanager.projects.setIamPolicy"
        );
        assert_eq!(
            detail["metadata"]["resource"],
            format!("projects/{project}")
        );
    }
    let unknown = mallory
        .with_token("ya29.nonsense")
        .post("/v1/projects/acme-pay:getIamPolicy", &json!({}))
        .await;
    assert_eq!(
        (unknown.status, unknown.json()["error"]["status"].as_str()),
        (401, Some("UNAUTHENTICATED"))
    );
    sandbox.cloud().advance(jiff::SignedDuration::from_hours(2));
    let expired = mallory
        .post("/v1/projects/acme-dev:getIamPolicy", &json!({}))
        .await;
    assert_eq!(
        expired.json()["error"]["details"][0]["reason"],
        "ACCESS_TOKEN_EXPIRED"
    );
}

#[tokio::test]
async fn unknown_fields_are_refused_unless_this_world_learned_them() {
    let sandbox = started().await;
    let broker = Client::new(
        &sandbox,
        "serviceAccount:daypass@acme-access.iam.gserviceaccount.com",
    );
    let mut policy = policy_of(&broker, "projects/acme-prod").await;
    policy["rules"] = json!([]);
    let body = json!({"policy": policy});
    let reply = broker
        .post("/v1/projects/acme-prod:setIamPolicy", &body)
        .await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.json()["error"]["message"],
        "Invalid JSON payload received. Unknown name \"rules\" at 'policy': Cannot find field."
    );
    sandbox
        .cloud()
        .put_policy("projects/acme-prod", policy)
        .unwrap();
    let learned = policy_of(&broker, "projects/acme-prod").await;
    assert_eq!(learned["rules"], json!([]));
    broker
        .post(
            "/v1/projects/acme-prod:setIamPolicy",
            &json!({"policy": learned}),
        )
        .await
        .ok();
    assert_eq!(
        policy_of(&broker, "projects/acme-prod").await["rules"],
        json!([])
    );
}
