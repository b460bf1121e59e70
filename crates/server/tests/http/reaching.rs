//! How far a grant reaches: who is told, and what the page makes of it.

use serde_json::{Value, json};

use crate::server::Server;

const WISH: &str = r#"{"entitlement":"prod-storage","justification":"INC-1 disk full"}"#;

/// Alice may read objects already; Storage Admin lets her do more; one policy above may not be read.
async fn start() -> Server {
    let server = Server::start().await;
    let (roles, iam) = (&server.fakes.roles, &server.fakes.iam);
    roles.put_below("projects/acme-prod", "folders/42");
    roles.set(
        "roles/storage.admin",
        &[
            "storage.buckets.get",
            "storage.buckets.setIamPolicy",
            "storage.objects.get",
        ],
    );
    roles.set("roles/storage.objectViewer", &["storage.objects.get"]);
    let held = json!({"role": "roles/storage.objectViewer", "members": ["group:sre@example.com"]});
    iam.put("projects/acme-prod", json!({ "bindings": [held] }));
    iam.always(
        "folders/42",
        Some(daypass_engine::testing::Script::Forbidden),
    );
    server
}

fn expected() -> Value {
    json!({
        "gained": ["storage.buckets.get", "storage.buckets.setIamPolicy"],
        "already": 1,
        "dangerous": [{
            "permission": "storage.buckets.setIamPolicy",
            "category": "access",
            "can": "change who has access there, for good",
            "on": ["projects/acme-prod"],
            "limited": true,
        }],
        "unknown": [{"about": "the policy of folders/42", "why": "Google denied it to Daypass: no"}],
    })
}

#[tokio::test]
async fn who_asks_and_who_decides_are_told_and_others_are_not() {
    let server = start().await;
    let alice = server.bearer("alice").await;
    let explained = server.post("/api/v1/grants:explain", &alice, WISH).await;
    assert_eq!(explained.json()["blast_radius"], expected());
    let denied = r#"{"entitlement":"prod-storage","duration":"9h","justification":"INC-1"}"#;
    let denied = server.post("/api/v1/grants:explain", &alice, denied).await;
    assert_eq!(denied.json()["decision"], "denied");
    assert_eq!(denied.json().get("blast_radius"), None);

    let asked = server.asked_by("alice", WISH).await;
    assert_eq!(asked.get("blast_radius"), None, "asking reads nothing");
    let path = format!("/api/v1/grants/{}", asked["id"].as_str().unwrap());
    let own = server.get(&path, &alice).await.json();
    assert_eq!(own.get("blast_radius"), None);
    let carol = server.bearer("carol").await;
    let seen = server.get(&path, &carol).await.json();
    assert_eq!(seen["blast_radius"], expected());
    let inbox = server
        .get("/api/v1/grants?scope=inbox", &carol)
        .await
        .json();
    assert_eq!(inbox["grants"][0].get("blast_radius"), None);
}

/// What somebody may do already is not told to whoever asks on their behalf. Who gives is told what the gift changes, as
/// if the receiver had no other grants.
#[tokio::test]
async fn nobody_learns_from_a_question_what_somebody_else_has() {
    let server = start().await;
    let alice = server.bearer("alice").await;
    let explain = "/api/v1/grants:explain";
    let wish = |who: &str| {
        let wish = json!({"entitlement": "shared-viewer", "beneficiary": format!("user:{who}@example.com")});
        wish.to_string()
    };
    let own = server.post(explain, &alice, &wish("alice")).await.json();
    assert_eq!(own["decision"], "granted", "{own}");
    assert!(own["blast_radius"].is_object(), "{own}");
    let other = server.post(explain, &alice, &wish("bob")).await.json();
    assert_eq!(other["decision"], "granted", "{other}");
    assert_eq!(other.get("blast_radius"), None);

    let lent = r#"{"entitlement":"shared-viewer"}"#;
    assert_eq!(
        server.asked_by("alice", lent).await["state"],
        "ACTIVATING",
        "something is lent to alice"
    );
    server.engine.reconcile_once().await;
    let again = server.post(explain, &alice, lent).await.json();
    assert_eq!(
        again["blast_radius"]["lent"][0]["permission"],
        "storage.objects.get"
    );
    let carol = server.bearer("carol").await;
    let gift = r#"{"give":{"role":"roles/storage.objectViewer","on":"acme-dev","to":"alice@example.com"},"justification":"x"}"#;
    let gift = server.post(explain, &carol, gift).await.json();
    assert_eq!(gift["decision"], "granted", "{gift}");
    let radius = &gift["blast_radius"];
    assert_eq!(radius["gained"], json!(["storage.objects.get"]), "{radius}");
    assert_eq!(radius.get("lent"), None, "{radius}");
}

#[tokio::test]
async fn the_approver_reads_it_beside_the_button() {
    let server = start().await;
    let id = server.request_by("alice").await;
    let path = format!("/grants/{id}");
    let carol = server.cookie("carol").await;
    let page = server
        .call("GET", &path, &[("cookie", &carol)], "")
        .await
        .body;
    let card = page.split("class=\"reach alarm\"").nth(1).unwrap();
    let (card, rest) = card.split_once("</div>").unwrap();
    for words in [
        "<strong>2 new permissions</strong>, 1 of them dangerous; 1 they have anyway",
        "<strong>change who has access there, for good</strong>",
        "only where its condition holds",
        "the policy of folders/42",
        "Deny policies are not looked at",
    ] {
        assert!(card.contains(words), "no '{words}' in {card}");
    }
    assert!(rest.contains(">Approve<"), "it stands before the button");
    let alice = server.cookie("alice").await;
    let own = server
        .call("GET", &path, &[("cookie", &alice)], "")
        .await
        .body;
    assert!(!own.contains("class=\"reach"));
}

#[tokio::test]
async fn an_account_to_act_as_is_told_with_what_it_may_do() {
    let server = Server::start().await;
    let (roles, iam) = (&server.fakes.roles, &server.fakes.iam);
    roles.set("roles/storage.objectViewer", &["storage.objects.get"]);
    roles.set(
        "roles/run.developer",
        &["run.services.get", "run.services.delete"],
    );
    roles.set(
        "roles/secretmanager.secretAccessor",
        &["secretmanager.versions.access"],
    );
    let deployer = "serviceAccount:deployer@acme-prod.iam.gserviceaccount.com";
    iam.put(
        "projects/acme-prod",
        json!({"bindings": [
            {"role": "roles/run.developer", "members": [deployer]},
            {"role": "roles/secretmanager.secretAccessor", "members": [deployer]},
        ]}),
    );
    let wish = r#"{"entitlement":"customer-data","justification":"x","input":{"ticket":"SUP-7","cause":"support"}}"#;
    let bearer = server.bearer("alice").await;
    let answer = server.post("/api/v1/grants:explain", &bearer, wish).await;
    assert_eq!(
        answer.json()["blast_radius"],
        json!({
            "gained": ["storage.objects.get"],
            "already": 0,
            "dangerous": [],
            "as_accounts": [{
                "service_account": "deployer@acme-prod.iam.gserviceaccount.com",
                "on": "projects/acme-prod",
                "gained": ["run.services.delete", "run.services.get", "secretmanager.versions.access"],
                "dangerous": [{
                    "permission": "secretmanager.versions.access",
                    "category": "secrets",
                    "can": "read the secrets",
                    "on": ["projects/acme-prod"],
                    "limited": false,
                }],
            }],
        }),
        "{}",
        answer.body
    );
}
