//! The control API, the record of requests, the people, and the environment.

use std::os::unix::fs::PermissionsExt as _;

use crate::client::{Client, started};
use serde_json::json;

#[tokio::test]
async fn the_clock_advances_sets_and_freezes_and_dates_every_reply() {
    let sandbox = started().await;
    let client = Client::broker(&sandbox);
    let set = client
        .post(
            "/sandbox/clock",
            &json!({"frozen": true, "set": "2030-05-01T12:00:00Z"}),
        )
        .await
        .ok();
    assert_eq!(
        (&set["now"], &set["frozen"]),
        (&json!("2030-05-01T12:00:00Z"), &json!(true))
    );
    let later = client
        .post("/sandbox/clock", &json!({"advance": "90m"}))
        .await
        .ok();
    assert_eq!(later["now"], "2030-05-01T13:30:00Z");
    client
        .post("/sandbox/date-shift", &json!({"seconds": 45}))
        .await
        .ok();
    let reply = client.get("/v1/projects/acme-prod").await;
    assert_eq!(reply.headers["date"], "Wed, 01 May 2030 13:30:45 GMT");
    for bad in [json!({"advance": "soon"}), json!({"sett": 1})] {
        assert_eq!(
            client.post("/sandbox/clock", &bad).await.status,
            400,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn history_has_every_version_with_its_author_and_reason() {
    let sandbox = started().await;
    let broker = Client::broker(&sandbox).with_reason("INC-7");
    let policy = broker
        .post("/v3/folders/42:getIamPolicy", &json!({}))
        .await
        .ok();
    let set = broker
        .post("/v3/folders/42:setIamPolicy", &json!({"policy": policy}))
        .await
        .ok();
    let history = broker
        .get("/sandbox/policies/folders/42/history")
        .await
        .ok();
    let versions = history["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[0]["method"], "seed");
    let last = &versions[1];
    assert_eq!(
        (&last["etag_before"], &last["etag_after"]),
        (&policy["etag"], &set["etag"])
    );
    assert_eq!(
        (&last["reason"], &last["method"]),
        (&json!("INC-7"), &json!("setIamPolicy"))
    );
    assert_eq!(
        last["actor"],
        "serviceAccount:daypass@acme-access.iam.gserviceaccount.com"
    );
    assert_eq!(last["policy"], set);
    assert_eq!(
        broker
            .get("/sandbox/policies/folders/7/history")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_raw_policy_comes_back_as_it_was_put() {
    let sandbox = started().await;
    let broker = Client::broker(&sandbox);
    let raw = json!({
        "bindings": [
            {"role": "roles/made.up", "members": ["user:Somebody@elsewhere.example", "deleted:user:x@example.com?uid=1"], "tier": 2},
            {"role": "roles/viewer", "members": []},
        ],
        "rules": [{"a": null}],
    });
    let path = "/sandbox/policies/projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com";
    broker.put(path, &raw).await.ok();
    broker
        .put("/sandbox/policies/projects/acme-dev", &raw)
        .await
        .ok();
    let mut shown = broker
        .post("/v1/projects/acme-dev:getIamPolicy", &json!({}))
        .await
        .ok();
    let fields = shown.as_object_mut().unwrap();
    fields.remove("etag");
    fields.remove("version");
    assert_eq!(shown, raw);
}

#[tokio::test]
async fn requests_are_recorded_with_their_caller_and_without_secrets() {
    let sandbox = started().await;
    let broker = Client::broker(&sandbox).with_reason("why");
    broker
        .post(
            "/v1/projects/acme-prod:getIamPolicy?alt=json",
            &json!({"options": {"requestedPolicyVersion": 3}}),
        )
        .await
        .ok();
    let seen = broker.get("/sandbox/requests").await;
    assert!(!seen.text.contains(&broker.token));
    let requests = seen.ok();
    let request = &requests["requests"][0];
    assert_eq!(request["operation"], "getIamPolicy");
    assert_eq!(
        (&request["method"], &request["query"], &request["status"]),
        (&json!("POST"), &json!("alt=json"), &json!(200))
    );
    assert_eq!(
        request["principal"],
        "serviceAccount:daypass@acme-access.iam.gserviceaccount.com"
    );
    assert_eq!(
        (
            &request["reason"],
            &request["body"]["options"]["requestedPolicyVersion"]
        ),
        (&json!("why"), &json!(3))
    );
    let index = request["index"].as_u64().unwrap();
    assert_eq!(
        broker
            .get(&format!("/sandbox/requests?since={index}"))
            .await
            .ok()["requests"],
        json!([])
    );
    broker.delete("/sandbox/requests").await.ok();
    assert_eq!(
        broker.get("/sandbox/requests").await.ok()["requests"],
        json!([])
    );
}

#[tokio::test]
async fn a_deleted_principal_is_renamed_in_policies_and_its_tokens_die() {
    let sandbox = started().await;
    let mallory = Client::new(&sandbox, "user:mallory@example.com");
    mallory.get("/v1/projects/acme-dev").await.ok();
    mallory
        .post(
            "/sandbox/principals",
            &json!({"delete": "user:mallory@example.com"}),
        )
        .await
        .ok();
    assert_eq!(mallory.get("/v1/projects/acme-dev").await.status, 401);
    let policy = sandbox.cloud().policy("projects/acme-dev").unwrap();
    let member = policy["bindings"][1]["members"][0].as_str().unwrap();
    let uid = member
        .strip_prefix("deleted:user:mallory@example.com?uid=")
        .unwrap();
    assert_eq!(uid.len(), 21);

    let added = json!({"add": {"member": "user:nina@example.com", "name": "Nina", "groups": ["sre@example.com"]}});
    mallory.post("/sandbox/principals", &added).await.ok();
    let check = json!({"principal": "user:nina@example.com", "resource": "projects/acme-prod", "permission": "storage.buckets.get"});
    assert_eq!(
        mallory
            .post("/sandbox/permissions/check", &check)
            .await
            .ok()["allowed"],
        true
    );
}

#[tokio::test]
async fn unknown_paths_and_broken_json_look_like_googles() {
    let sandbox = started().await;
    let client = Client::broker(&sandbox);
    let page = client.get("/v1/<nothing>").await;
    assert_eq!(page.status, 404);
    assert!(
        page.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    assert!(
        page.text.contains("was not found on this server"),
        "{}",
        page.text
    );
    let broken = client
        .http
        .post(format!(
            "{}/v1/projects/acme-prod:getIamPolicy",
            client.base
        ))
        .bearer_auth(&client.token);
    let broken = broken.body("{\"options\": ").send().await.unwrap();
    assert_eq!(broken.status(), 400);
    assert!(
        broken
            .text()
            .await
            .unwrap()
            .contains("Invalid JSON payload received.")
    );
}

#[tokio::test]
async fn the_environment_is_private_and_its_credentials_work() {
    let sandbox = started().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("environment");
    let variables = daypass_sandbox::environment(&sandbox.base_url(), "bob@example.com", &folder)
        .await
        .unwrap();
    let value = |name: &str| {
        variables
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .unwrap()
    };
    assert_eq!(value("DAYPASS_SANDBOX"), sandbox.base_url());
    assert_eq!(
        value("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE"),
        format!("{}/storage/v1/", sandbox.base_url())
    );
    let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&value("CLOUDSDK_CONFIG")), 0o700);
    let token_file = value("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE");
    assert_eq!(
        (
            mode(&token_file),
            mode(&value("GOOGLE_APPLICATION_CREDENTIALS"))
        ),
        (0o600, 0o600)
    );
    let bob = Client::broker(&sandbox).with_token(&std::fs::read_to_string(token_file).unwrap());
    bob.get("/v1/projects/acme-prod").await.ok();
    assert_eq!(
        sandbox.cloud().requests(0)[0].principal.as_deref(),
        Some("user:bob@example.com")
    );
    let nobody =
        daypass_sandbox::environment(&sandbox.base_url(), "nobody@example.com", &folder).await;
    assert!(
        nobody
            .unwrap_err()
            .to_string()
            .contains("nobody@example.com")
    );
}
