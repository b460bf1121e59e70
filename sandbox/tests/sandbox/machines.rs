//! Virtual machines, clusters and their API servers, and the administration of databases.

use crate::client::{Client, started};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daypass_sandbox::Sandbox;
use jiff::SignedDuration;
use serde_json::{Value, json};

const DEPLOYER: &str = "serviceAccount:deployer@acme-prod.iam.gserviceaccount.com";
const CLUSTER: &str = "/v1/projects/acme-prod/locations/europe-west1/clusters/main";
const DATABASE: &str = "/sql/v1beta4/projects/acme-prod/instances/orders-db";
const MACHINE: &str = "/compute/v1/projects/acme-prod/zones/europe-west1-b/instances/web-1";

/// A caller of the cluster's own API server, which trusts nothing but the authority that the cluster names.
async fn inside(sandbox: &Sandbox, member: &str) -> Client {
    let caller = Client::new(sandbox, member);
    let deployer = Client::new(sandbox, DEPLOYER);
    let cluster = deployer.get(CLUSTER).await.ok();
    let authority = cluster["masterAuth"]["clusterCaCertificate"]
        .as_str()
        .unwrap();
    let authority = STANDARD.decode(authority).unwrap();
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(&authority).unwrap()])
        .build()
        .unwrap();
    let base = format!("https://{}", cluster["endpoint"].as_str().unwrap());
    Client {
        http,
        base,
        ..caller
    }
}

#[tokio::test]
async fn an_api_server_knows_the_bearer_and_asks_iam() {
    let sandbox = started().await;
    let deployer = inside(&sandbox, DEPLOYER).await;
    let pods = deployer.get("/api/v1/namespaces/default/pods").await.ok();
    let names = pods["items"].as_array().unwrap().iter();
    let names: Vec<&str> = names
        .filter_map(|pod| pod["metadata"]["name"].as_str())
        .collect();
    assert_eq!(names, ["web-0", "web-1"]);
    let review = json!({"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1"});
    let who = deployer
        .post("/apis/authentication.k8s.io/v1/selfsubjectreviews", &review)
        .await;
    assert_eq!(
        who.ok()["status"]["userInfo"]["username"],
        "deployer@acme-prod.iam.gserviceaccount.com"
    );

    let map = json!({"metadata": {"name": "settings"}, "data": {"a": "1"}});
    let refused = deployer
        .post("/api/v1/namespaces/default/configmaps", &map)
        .await;
    assert_eq!(
        (refused.status, &refused.json()["reason"]),
        (403, &json!("Forbidden"))
    );
    let message = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("requires one of [\"container.configMaps.create\"] permission(s)"),
        "{message}"
    );
    let olivia = deployer.with_token(&Client::new(&sandbox, "user:olivia@example.com").token);
    let created = olivia
        .post("/api/v1/namespaces/default/configmaps", &map)
        .await;
    assert_eq!(created.status, 201);
    let again = olivia
        .post("/api/v1/namespaces/default/configmaps", &map)
        .await;
    assert_eq!(
        (again.status, &again.json()["reason"]),
        (409, &json!("AlreadyExists"))
    );
    let read = deployer
        .get("/api/v1/namespaces/default/configmaps/settings")
        .await
        .ok();
    assert_eq!(read["data"], json!({"a": "1"}));

    let expired = sandbox
        .cloud()
        .mint_token(DEPLOYER, SignedDuration::from_secs(1))
        .unwrap();
    sandbox.cloud().advance(SignedDuration::from_secs(2));
    let late = deployer
        .with_token(&expired.access_token)
        .get("/api/v1/pods")
        .await;
    assert_eq!((late.status, &late.json()["kind"]), (401, &json!("Status")));
    let last = sandbox
        .cloud()
        .requests(0)
        .into_iter()
        .find(|request| request.operation == "pods.list");
    assert_eq!(last.unwrap().principal.as_deref(), Some(DEPLOYER));
    // Google's APIs are not to be had there, nor the sandbox's own.
    assert_eq!(olivia.get("/v1/projects/acme-prod").await.status, 404);
    assert_eq!(olivia.get("/sandbox/clock").await.status, 404);
}

#[tokio::test]
async fn machines_are_listed_and_keep_policies() {
    let sandbox = started().await;
    let deployer = Client::new(&sandbox, DEPLOYER);
    let all = deployer
        .get("/compute/v1/projects/acme-prod/aggregated/instances")
        .await
        .ok();
    let zone = &all["items"]["zones/europe-west1-b"]["instances"];
    assert_eq!(zone[0]["name"], "web-1");
    let olivia = Client::new(&sandbox, "user:olivia@example.com");
    let condition =
        json!({"title": "t", "expression": "request.time < timestamp('2031-01-01T00:00:00Z')"});
    let binding = json!({"role": "roles/compute.osLogin", "members": ["user:alice@example.com"], "condition": condition});
    let policy = json!({"policy": {"version": 3, "bindings": [binding]}});
    olivia
        .post(&format!("{MACHINE}/setIamPolicy"), &policy)
        .await
        .ok();
    let read = olivia
        .get(&format!(
            "{MACHINE}/getIamPolicy?optionsRequestedPolicyVersion=3"
        ))
        .await
        .ok();
    assert_eq!(read["bindings"], policy["policy"]["bindings"]);
    let alice = Client::new(&sandbox, "user:alice@example.com");
    let asked = json!({"permissions": ["compute.instances.osLogin", "compute.instances.delete"]});
    let tested = alice
        .post(&format!("{MACHINE}/testIamPermissions"), &asked)
        .await
        .ok();
    assert_eq!(
        tested,
        json!({"permissions": ["compute.instances.osLogin"]})
    );
    let refused = alice.delete(MACHINE).await;
    assert_eq!(refused.status, 404);
    let refused = Client::new(&sandbox, "user:gina@gmail.com")
        .get(MACHINE)
        .await
        .json();
    assert_eq!(refused["error"]["errors"][0]["reason"], "forbidden");
}

#[tokio::test]
async fn a_database_signs_keys_of_those_who_may_connect() {
    let sandbox = started().await;
    let deployer = Client::new(&sandbox, DEPLOYER);
    let public_key = rcgen::KeyPair::generate().unwrap().public_key_pem();
    let body = json!({"public_key": public_key});
    for (path, at) in [
        ("/createEphemeral", "/cert"),
        (":generateEphemeralCert", "/ephemeralCert/cert"),
    ] {
        for root in [DATABASE.to_owned(), DATABASE.replace("/sql/v1beta4", "/v1")] {
            let signed = deployer.post(&format!("{root}{path}"), &body).await.ok();
            let pem = signed.pointer(at).and_then(Value::as_str).unwrap();
            assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
        }
    }
    let settings = deployer
        .get(&format!("{DATABASE}/connectSettings"))
        .await
        .ok();
    assert_eq!(settings["region"], "europe-west1");
    let no_key = json!({"public_key": "mine"});
    assert_eq!(
        deployer
            .post(&format!("{DATABASE}/createEphemeral"), &no_key)
            .await
            .status,
        400
    );
    let alice = Client::new(&sandbox, "user:alice@example.com");
    assert_eq!(alice.get(DATABASE).await.status, 200);
    let refused = alice
        .post(&format!("{DATABASE}/createEphemeral"), &body)
        .await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.json()["error"]["errors"][0]["reason"],
        "notAuthorized"
    );
}
