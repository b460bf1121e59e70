//! Tokens of service accounts: chains of delegates, lifetimes, and refusals in Google's words.

use crate::client::{Client, started};
use daypass_sandbox::Sandbox;
use serde_json::{Value, json};

const DEPLOYER: &str = "deployer@acme-prod.iam.gserviceaccount.com";
const SCHEDULER: &str = "scheduler@acme-access.iam.gserviceaccount.com";
const BROKER: &str = "daypass@acme-access.iam.gserviceaccount.com";

fn path(account: &str) -> String {
    format!("/v1/projects/-/serviceAccounts/{account}:generateAccessToken")
}

fn wanted(lifetime: &str, delegates: &[&str]) -> Value {
    let delegates = delegates.iter();
    let delegates: Vec<String> = delegates
        .map(|email| format!("projects/-/serviceAccounts/{email}"))
        .collect();
    json!({
        "scope": ["https://www.googleapis.com/auth/cloud-platform"],
        "lifetime": lifetime,
        "delegates": delegates,
    })
}

fn lets(sandbox: &Sandbox, account: &str, member: &str, role: &str) {
    let project = account.split(['@', '.']).nth(1).unwrap();
    let resource = format!("projects/{project}/serviceAccounts/{account}");
    let policy = json!({"bindings": [{"role": role, "members": [member]}]});
    sandbox.cloud().put_policy(&resource, policy).unwrap();
}

#[tokio::test]
async fn bob_may_mint_for_the_deployer_and_not_even_an_owner_besides() {
    let sandbox = started().await;
    let body = wanted("600s", &[]);
    let bob = Client::new(&sandbox, "user:bob@example.com");
    bob.post(&path(DEPLOYER), &body).await.ok();
    for member in ["user:olivia@example.com", "user:alice@example.com"] {
        let refused = Client::new(&sandbox, member)
            .post(&path(DEPLOYER), &body)
            .await;
        let expected = json!({"error": {
            "code": 403,
            "message": "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
            "status": "PERMISSION_DENIED",
            "details": [{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "IAM_PERMISSION_DENIED",
                "domain": "iam.googleapis.com",
                "metadata": {"permission": "iam.serviceAccounts.getAccessToken"},
            }],
        }});
        assert_eq!(
            (refused.status, refused.json()),
            (403, expected),
            "{member}"
        );
    }
    let absent = bob
        .post(&path("nobody@acme-prod.iam.gserviceaccount.com"), &body)
        .await;
    assert_eq!(absent.status, 403);
}

#[tokio::test]
async fn a_chain_holds_if_each_link_does() {
    let sandbox = started().await;
    let creator = "roles/iam.serviceAccountTokenCreator";
    lets(&sandbox, SCHEDULER, "user:alice@example.com", creator);
    lets(
        &sandbox,
        BROKER,
        &format!("serviceAccount:{SCHEDULER}"),
        creator,
    );
    lets(
        &sandbox,
        DEPLOYER,
        &format!("serviceAccount:{BROKER}"),
        creator,
    );
    let alice = Client::new(&sandbox, "user:alice@example.com");
    let whole = wanted("600s", &[SCHEDULER, BROKER]);
    let minted = alice.post(&path(DEPLOYER), &whole).await.ok();
    let deployer = alice.with_token(minted["accessToken"].as_str().unwrap());
    let asked = json!({"permissions": ["run.services.update"]});
    let tested = deployer
        .post("/v1/projects/acme-prod:testIamPermissions", &asked)
        .await;
    assert_eq!(tested.ok(), asked);
    for (chain, missing) in [
        (vec![], "getAccessToken"),
        (vec![SCHEDULER], "getAccessToken"),
        (vec![BROKER], "implicitDelegation"),
        (vec![BROKER, SCHEDULER], "implicitDelegation"),
    ] {
        let refused = alice.post(&path(DEPLOYER), &wanted("600s", &chain)).await;
        assert_eq!(refused.status, 403, "{chain:?}");
        assert!(
            refused.text.contains(missing),
            "{chain:?}: {}",
            refused.text
        );
    }
    let mut malformed = whole.clone();
    malformed["delegates"] = json!([SCHEDULER]);
    assert_eq!(alice.post(&path(DEPLOYER), &malformed).await.status, 400);
}

#[tokio::test]
async fn what_google_signs_for_an_account_its_keys_verify() {
    let sandbox = started().await;
    let bob = Client::new(&sandbox, "user:bob@example.com");
    let verb = |verb: &str| format!("/v1/projects/-/serviceAccounts/{DEPLOYER}:{verb}");
    let end = sandbox.cloud().now().as_second() + 600;
    let claims = json!({"iss": DEPLOYER, "aud": "https://example.com", "exp": end});
    let body = json!({"payload": claims.to_string()});
    let signed = bob.post(&verb("signJwt"), &body).await.ok();
    let keys = format!("/service_accounts/v1/metadata/jwk/{DEPLOYER}");
    let keys = bob.get(&keys).await.ok();
    let key = serde_json::from_value(keys["keys"][0].clone()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_audience(&["https://example.com"]);
    let token = signed["signedJwt"].as_str().unwrap();
    let read = jsonwebtoken::decode::<Value>(token, &key, &rules).unwrap();
    assert_eq!(read.claims, claims);
    assert_eq!(read.header.kid.as_deref(), signed["keyId"].as_str());

    let blob = bob
        .post(&verb("signBlob"), &json!({"payload": "aGVsbG8="}))
        .await
        .ok();
    assert_eq!(blob["keyId"], signed["keyId"]);
    let raw = format!("/service_accounts/v1/metadata/raw/{DEPLOYER}");
    let raw = bob.get(&raw).await.ok();
    let pem = raw[signed["keyId"].as_str().unwrap()].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----"), "{pem}");
    let late = json!({"payload": json!({"exp": end + 43_200}).to_string()});
    assert_eq!(bob.post(&verb("signJwt"), &late).await.status, 400);
    let olivia = Client::new(&sandbox, "user:olivia@example.com");
    let refused = olivia.post(&verb("signJwt"), &body).await;
    assert!(refused.status == 403 && refused.text.contains("iam.serviceAccounts.signJwt"));
}

#[tokio::test]
async fn twelve_hours_are_for_accounts_that_a_policy_lists() {
    let sandbox = started().await;
    let bob = Client::new(&sandbox, "user:bob@example.com");
    let long = wanted("43200s", &[]);
    let refused = bob.post(&path(DEPLOYER), &long).await;
    assert_eq!(refused.status, 400);
    let constraint = "constraints/iam.allowServiceAccountCredentialLifetimeExtension";
    assert!(refused.text.contains(constraint), "{}", refused.text);
    let lifetime = json!({"lifetime": {"email": DEPLOYER, "is_extended": true}});
    bob.post("/sandbox/principals", &lifetime).await.ok();
    let minted = bob.post(&path(DEPLOYER), &long).await.ok();
    let end: jiff::Timestamp = minted["expireTime"].as_str().unwrap().parse().unwrap();
    assert!(end.duration_since(sandbox.cloud().now()) > jiff::SignedDuration::from_secs(43_190));
    assert_eq!(
        bob.post(&path(DEPLOYER), &wanted("43201s", &[]))
            .await
            .status,
        400
    );
    sandbox.cloud().set_extended_lifetime(DEPLOYER, false);
    assert_eq!(bob.post(&path(DEPLOYER), &long).await.status, 400);
}
