//! Whose token a call bears.

use std::sync::Arc;

use daypass_core::email::Email;
use daypass_engine::ports::{AccessToken, Iam, IamError};
use daypass_google::{Broker, ConnectError, Google, Options};
use serde_json::json;

use crate::failures::{kind, project, reason};
use crate::fake::{Fake, Reply, Seen};

fn broker(scope: &str, name: &str) -> Broker {
    Broker {
        scope: scope.parse().unwrap(),
        impersonate: Email::parse(&format!("{name}@p.iam.gserviceaccount.com")).unwrap(),
    }
}

/// An organization with a folder and two projects; tokens are named after their account.
fn organization(request: &Seen) -> Reply {
    if let Some(rest) = request
        .target
        .strip_prefix("/v1/projects/-/serviceAccounts/")
    {
        assert_eq!(request.token(), "own-1");
        assert_eq!(
            request.json(),
            json!({"scope": ["https://www.googleapis.com/auth/cloud-platform"], "lifetime": "3600s"})
        );
        let account = rest.split("%40").next().unwrap();
        return Reply::Json(
            200,
            json!({"accessToken": format!("as-{account}"), "expireTime": "2999-01-01T00:00:00Z"}),
        );
    }
    Reply::Json(
        200,
        match request.target.as_str() {
            "/v3/projects/acme-prod" | "/v3/projects/11" => {
                json!({"name": "projects/11", "projectId": "acme-prod", "parent": "folders/42"})
            }
            "/v3/projects/acme-dev" => {
                json!({"name": "projects/12", "projectId": "acme-dev", "parent": "organizations/1"})
            }
            "/v3/projects/foreign" => json!({"name": "projects/13", "projectId": "foreign"}),
            "/v3/folders/42" => json!({"name": "folders/42", "parent": "organizations/1"}),
            "/storage/v1/b/logs" => json!({"projectNumber": "11"}),
            _ => json!({"etag": "ACAB"}),
        },
    )
}

#[tokio::test]
async fn the_most_specific_scope_wins() {
    let fake = Fake::start(organization).await;
    let brokers = vec![
        broker("organizations/1", "org"),
        broker("folders/42", "folder"),
        broker("projects/acme-pay", "pay"),
        broker("projects/acme-pay/secrets/key", "secret"),
    ];
    let google = Google::connect(Options {
        brokers,
        ..fake.options()
    })
    .await
    .unwrap();
    for (resource, expected) in [
        ("organizations/1", "as-org"),
        ("folders/42", "as-folder"),
        ("projects/acme-prod", "as-folder"),
        ("projects/11", "as-folder"),
        ("projects/acme-prod/topics/orders", "as-folder"),
        ("buckets/logs", "as-folder"),
        ("projects/acme-dev", "as-org"),
        ("projects/acme-pay", "as-pay"),
        ("projects/acme-pay/secrets/other", "as-pay"),
        ("projects/acme-pay/secrets/key", "as-secret"),
        ("projects/foreign", "own-1"),
    ] {
        for _ in 0..2 {
            google.get_policy(&resource.parse().unwrap()).await.unwrap();
            assert_eq!(fake.seen().last().unwrap().token(), expected, "{resource}");
        }
    }
    let minted = fake
        .seen()
        .iter()
        .filter(|request| request.target.ends_with(":generateAccessToken"))
        .count();
    assert_eq!(minted, 4, "each token is fetched once");
}

#[tokio::test]
async fn one_organization_needs_no_way_up() {
    let fake = Fake::start(organization).await;
    let google = Google::connect(Options {
        brokers: vec![broker("organizations/1", "org")],
        ..fake.options()
    })
    .await
    .unwrap();
    google
        .get_policy(&"buckets/logs".parse().unwrap())
        .await
        .unwrap();
    let seen = fake.seen();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert_eq!(seen[1].token(), "as-org");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let fake = Fake::start(|request| {
        if request.token() == "own-2" {
            Reply::Json(200, json!({"etag": "ACAB"}))
        } else {
            Reply::Json(401, json!({}))
        }
    })
    .await;
    let google = fake.google().await;
    let policy = google.get_policy(&project()).await.unwrap();
    google
        .set_policy(&project(), &policy, &reason())
        .await
        .unwrap();
    let tokens: Vec<String> = fake
        .seen()
        .iter()
        .map(|request| request.token().to_owned())
        .collect();
    assert_eq!(tokens, ["own-1", "own-2", "own-2"]);

    let never =
        Fake::start(|_| Reply::Json(401, json!({"error": {"message": "Invalid Credentials"}})))
            .await;
    let error = never
        .google()
        .await
        .get_policy(&project())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, IamError::Unauthenticated { message } if message == "Invalid Credentials"),
        "{error}"
    );
    assert_eq!(never.seen().len(), 2);
}

#[tokio::test]
async fn many_calls_refused_at_once_fetch_one_new_token() {
    let fake = Fake::start(|request| {
        if request.token() == "own-1" {
            Reply::Json(401, json!({}))
        } else {
            Reply::Json(200, json!({"etag": "ACAB"}))
        }
    })
    .await;
    let google = std::sync::Arc::new(fake.google().await);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let google = std::sync::Arc::clone(&google);
        calls.spawn(async move { google.get_policy(&project()).await });
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
    assert!(
        fake.seen()
            .iter()
            .all(|request| matches!(request.token(), "own-1" | "own-2"))
    );
}

#[tokio::test]
async fn brokers_side_by_side_read_the_way_up_each_for_its_own() {
    let fake = Fake::start(|request| {
        if request.target == "/v3/projects/acme-dev" {
            return match request.token() {
                "as-dev" => Reply::Json(
                    200,
                    json!({"name": "projects/12", "projectId": "acme-dev", "parent": "folders/43"}),
                ),
                _ => Reply::Json(
                    403,
                    json!({"error": {"message": "The caller does not have permission"}}),
                ),
            };
        }
        assert_ne!(
            request.target, "/v3/folders/43",
            "a scope is the end of the way"
        );
        organization(request)
    })
    .await;
    let brokers = vec![broker("folders/42", "prod"), broker("folders/43", "dev")];
    let google = Google::connect(Options {
        brokers,
        ..fake.options()
    })
    .await
    .unwrap();
    google
        .get_policy(&"projects/acme-dev".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(fake.seen().last().unwrap().token(), "as-dev");
}

#[tokio::test]
async fn a_broker_that_cannot_be_had() {
    let fake = Fake::start(|_| {
        Reply::Json(
            403,
            json!({"error": {"message": "Permission 'iam.serviceAccounts.getAccessToken' denied"}}),
        )
    })
    .await;
    let google = Google::connect(Options {
        brokers: vec![broker("organizations/1", "org")],
        ..fake.options()
    })
    .await
    .unwrap();
    let error = google.get_policy(&project()).await.unwrap_err();
    assert_eq!(kind(&error), "unauthenticated");
    assert!(
        error
            .to_string()
            .contains("cannot act as org@p.iam.gserviceaccount.com: Permission"),
        "{error}"
    );
}

#[tokio::test]
async fn credentials_that_are_refused_show_googles_words_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start(|_| {
        Reply::Json(400, json!({"error": "invalid_grant", "error_description": "bad token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"}))
    })
    .await;
    // The server answers token requests itself at /v1/token only.
    let path = crate::fake::credentials(
        &folder,
        &format!("{}/other", fake.url),
        "eyJzdWJqZWN0.c3ViamVjdC1zZWNyZXQtb2YtdGVzdA.x",
    );
    let options = Options {
        credentials_file: Some(path),
        ..fake.options()
    };
    let google = Google::connect(options).await.unwrap();
    for calls in 1..=2 {
        let error = google.get_policy(&project()).await.unwrap_err();
        assert_eq!(kind(&error), "unauthenticated", "{error}");
        assert!(error.to_string().contains("invalid_grant"), "{error}");
        assert!(!error.to_string().contains("eyJ"), "{error}");
        assert!(
            fake.seen().len() >= calls,
            "a failure is not remembered for ever"
        );
    }
}

#[tokio::test]
async fn settings_that_cannot_be_meant() {
    let fake = Fake::start(|_| Reply::Reset).await;
    let connect = async |options: Options| Google::connect(options).await.unwrap_err();
    let outside = connect(Options {
        sandbox: false,
        ..fake.options()
    })
    .await;
    assert!(matches!(outside, ConnectError::OverrideOutsideSandbox));
    let mut mistyped = fake.options();
    mistyped
        .endpoints
        .insert("storrage".into(), fake.url.clone());
    assert!(
        matches!(connect(mistyped).await, ConnectError::Service { key, .. } if key == "storrage")
    );
    let plain = connect(Options {
        sandbox: false,
        endpoints: std::collections::BTreeMap::new(),
        ..fake.options()
    })
    .await;
    assert!(matches!(plain, ConnectError::Credentials(_)), "{plain}");
}

/// What is done as a person is done with their token alone; when Google refuses it, no other one is tried.
#[tokio::test]
async fn a_persons_own_token() {
    let fake = Fake::start(|request| {
        if request.token() == "over" {
            let words = json!({"code": 401, "status": "UNAUTHENTICATED", "message": "Request had invalid authentication credentials."});
            return Reply::Json(401, json!({"error": words}));
        }
        Reply::Json(
            200,
            json!({"etag": "ACAB", "permissions": ["resourcemanager.projects.setIamPolicy"], "name": "projects/11"}),
        )
    })
    .await;
    let google = Arc::new(Google::connect(fake.options()).await.unwrap());
    let token = |text: &str| AccessToken::new(text.to_owned().into(), jiff::Timestamp::MAX);
    let person = google.clone().as_person(token("lent"));
    let policy = person.get_policy(&project()).await.unwrap();
    person
        .set_policy(&project(), &policy, &reason())
        .await
        .unwrap();
    let asked = ["resourcemanager.projects.setIamPolicy".to_owned()];
    let held = person.test_permissions(&project(), &asked).await.unwrap();
    assert_eq!(held, asked);
    let tokens: Vec<String> = fake
        .seen()
        .iter()
        .map(|seen| seen.token().to_owned())
        .collect();
    assert_eq!(tokens, ["lent"; 3]);

    // Names are Daypass's own knowledge.
    person.canonical(&project()).await.unwrap();
    assert_eq!(fake.seen().last().unwrap().token(), "own-1");

    let before = fake.seen().len();
    let refused = google
        .clone()
        .as_person(token("over"))
        .set_policy(&project(), &policy, &reason())
        .await
        .unwrap_err();
    assert_eq!(kind(&refused), "unauthenticated");
    assert_eq!(fake.seen().len(), before + 1, "asked once");
}
