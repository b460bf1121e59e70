//! The real flows, against the sandbox cloud.

use std::time::Duration;

use daypass_core::email::Email;
use daypass_core::iam_policy::{Binding, Condition, Policy};
use daypass_engine::ports::{Clock, Iam, IamError};
use daypass_google::{Broker, Google, Options};
use daypass_sandbox::{Fault, FaultKind, FaultMatch, Sandbox};
use jiff::SignedDuration;
use tempfile::TempDir;

use crate::failures::{kind, reason};
use crate::fake::credentials;

const BROKER: &str = "daypass@acme-access.iam.gserviceaccount.com";

pub(crate) async fn start() -> Sandbox {
    Sandbox::start(daypass_sandbox::Options::default())
        .await
        .unwrap()
}

pub(crate) async fn connect(
    sandbox: &Sandbox,
    principal: &str,
    brokers: Vec<Broker>,
) -> (Google, TempDir) {
    let folder = TempDir::new().unwrap();
    let subject = sandbox.cloud().subject_token(principal).unwrap();
    let options = Options {
        credentials_file: Some(credentials(&folder, &sandbox.base_url(), &subject)),
        sandbox: true,
        sandbox_url: Some(sandbox.base_url()),
        brokers,
        ..Options::default()
    };
    (Google::connect(options).await.unwrap(), folder)
}

pub(crate) async fn broker(sandbox: &Sandbox) -> (Google, TempDir) {
    connect(sandbox, &format!("serviceAccount:{BROKER}"), Vec::new()).await
}

/// The policy with one more binding.
fn with_grant(policy: &Policy, role: &str) -> Policy {
    let condition = Condition::new(
        "until the end",
        "request.time < timestamp(\"2999-01-01T00:00:00Z\")",
    );
    let binding = Binding::with_condition(role, "user:alice@example.com", &condition);
    policy.with_bindings([policy.bindings(), &[binding]].concat())
}

#[tokio::test]
async fn a_grant_comes_and_goes_on_every_kind() {
    let sandbox = start().await;
    let (google, _folder) = broker(&sandbox).await;
    for (name, role) in [
        ("projects/acme-prod", "roles/storage.admin"),
        ("folders/42", "roles/browser"),
        ("organizations/1", "roles/browser"),
        ("projects/_/buckets/logs-acme-prod", "roles/storage.admin"),
        (
            "projects/acme-prod/secrets/db-password",
            "roles/secretmanager.secretAccessor",
        ),
        (
            "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com",
            "roles/iam.serviceAccountUser",
        ),
    ] {
        let resource = name.parse().unwrap();
        assert!(google.takes_conditions(&resource).await.unwrap(), "{name}");
        let before = google.get_policy(&resource).await.unwrap();
        let stored = google
            .set_policy(&resource, &with_grant(&before, role), &reason())
            .await
            .unwrap();
        assert_eq!(
            stored.bindings().len(),
            before.bindings().len() + 1,
            "{name}"
        );
        assert_ne!(stored.etag(), before.etag(), "{name}");
        let stale = google
            .set_policy(&resource, &before, &reason())
            .await
            .unwrap_err();
        assert_eq!(kind(&stale), "conflict", "{name}");
        google
            .set_policy(
                &resource,
                &stored.with_bindings(before.bindings().to_vec()),
                &reason(),
            )
            .await
            .unwrap();
        assert_eq!(
            google.get_policy(&resource).await.unwrap().bindings(),
            before.bindings(),
            "{name}"
        );
    }
    assert!(
        !google
            .takes_conditions(&"buckets/legacy-acme-prod".parse().unwrap())
            .await
            .unwrap()
    );
    let reasons: Vec<String> = sandbox
        .cloud()
        .audit_entries()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        reasons
            .iter()
            .any(|entry| entry.contains(reason().as_str())),
        "the reason is in Google's audit log"
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn what_is_refused_and_what_is_not_there() {
    let sandbox = start().await;
    let (google, _folder) = broker(&sandbox).await;
    let project = "projects/acme-prod".parse().unwrap();
    let policy = google.get_policy(&project).await.unwrap();
    let stranger = Binding::with_condition(
        "roles/storage.admin",
        "user:nobody@example.com",
        &Condition::new("t", "true"),
    );
    let refused = google
        .set_policy(&project, &policy.with_bindings(vec![stranger]), &reason())
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, IamError::Refused { message } if message.contains("nobody@example.com does not exist")),
        "{refused}"
    );
    assert_eq!(
        google.canonical(&project).await.unwrap().0,
        "projects/100000000001"
    );
    assert!(
        google
            .role_exists(&"roles/storage.admin".parse().unwrap())
            .await
            .unwrap()
    );
    assert!(
        !google
            .role_exists(&"roles/storage.emperor".parse().unwrap())
            .await
            .unwrap()
    );
    let absent = google
        .get_policy(&"projects/acme-nowhere".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(kind(&absent), "forbidden");

    let (mallory, _folder) = connect(&sandbox, "user:mallory@example.com", Vec::new()).await;
    let denied = mallory
        .set_policy(&project, &policy, &reason())
        .await
        .unwrap_err();
    assert!(
        matches!(&denied, IamError::Forbidden { permission: Some(permission), .. } if permission == "resourcemanager.projects.setIamPolicy"),
        "{denied:?}"
    );
    let asked = [
        "resourcemanager.projects.setIamPolicy".to_owned(),
        "resourcemanager.projects.get".to_owned(),
    ];
    assert_eq!(
        google
            .test_permissions(&project, &asked)
            .await
            .unwrap()
            .len(),
        2
    );
    assert!(
        !mallory
            .test_permissions(&project, &asked)
            .await
            .unwrap()
            .contains(&asked[0])
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn a_broker_is_impersonated() {
    let sandbox = start().await;
    let (owner, _folder) = broker(&sandbox).await;
    let account = format!("projects/acme-access/serviceAccounts/{BROKER}")
        .parse()
        .unwrap();
    let policy = owner.get_policy(&account).await.unwrap();
    let may = Binding::with_condition(
        "roles/iam.serviceAccountTokenCreator",
        "user:erin@example.com",
        &Condition::new("t", "true"),
    );
    owner
        .set_policy(&account, &policy.with_bindings(vec![may]), &reason())
        .await
        .unwrap();

    let scope = Broker {
        scope: "organizations/1".parse().unwrap(),
        impersonate: Email::parse(BROKER).unwrap(),
    };
    let (google, _folder) = connect(&sandbox, "user:erin@example.com", vec![scope.clone()]).await;
    let project = "projects/acme-prod".parse().unwrap();
    let policy = google.get_policy(&project).await.unwrap();
    google
        .set_policy(
            &project,
            &with_grant(&policy, "roles/storage.admin"),
            &reason(),
        )
        .await
        .unwrap();
    let version = sandbox.cloud().history("projects/acme-prod").pop().unwrap();
    assert!(
        serde_json::to_string(&version).unwrap().contains(BROKER),
        "the broker wrote it"
    );
    let probe = google.probe().await.unwrap();
    assert_eq!(probe.identity.as_deref(), Some(BROKER));
    assert!(probe.latency < Duration::from_secs(5));

    // The same by the credentials file, as `gcloud iam workload-identity-pools create-cred-config` writes it.
    let folder = TempDir::new().unwrap();
    let subject = sandbox
        .cloud()
        .subject_token("user:erin@example.com")
        .unwrap();
    let path = credentials(&folder, &sandbox.base_url(), &subject);
    let mut file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let url = format!(
        "{}/v1/projects/-/serviceAccounts/{BROKER}:generateAccessToken",
        sandbox.base_url()
    );
    file["service_account_impersonation_url"] = url.into();
    std::fs::write(&path, file.to_string()).unwrap();
    let options = Options {
        credentials_file: Some(path),
        sandbox: true,
        sandbox_url: Some(sandbox.base_url()),
        ..Options::default()
    };
    let by_file = Google::connect(options).await.unwrap();
    let policy = by_file.get_policy(&project).await.unwrap();
    by_file
        .set_policy(&project, &policy, &reason())
        .await
        .unwrap();
    assert_eq!(
        by_file.probe().await.unwrap().identity.as_deref(),
        Some(BROKER)
    );

    let (mallory, _folder) = connect(&sandbox, "user:mallory@example.com", vec![scope]).await;
    assert_eq!(kind(&mallory.probe().await.unwrap_err()), "unauthenticated");
    sandbox.stop().await;
}

#[tokio::test]
async fn time_is_the_sandboxes() {
    let sandbox = start().await;
    let (google, _folder) = broker(&sandbox).await;
    let (clock, cloud) = (google.sandbox_clock().unwrap(), sandbox.cloud());
    let apart = |clock: &dyn Clock| clock.now().duration_since(cloud.now()).abs();
    assert!(apart(&*clock) < SignedDuration::from_secs(1));
    google
        .get_policy(&"projects/acme-prod".parse().unwrap())
        .await
        .unwrap();

    // Longer than a token lives: the next call finds its token refused, and gets a new one.
    cloud.advance(SignedDuration::from_hours(3));
    google
        .get_policy(&"projects/acme-prod".parse().unwrap())
        .await
        .unwrap();
    clock.refresh().await;
    assert!(apart(&*clock) < SignedDuration::from_secs(1));
    assert!(clock.skew().unwrap().abs() <= SignedDuration::from_secs(2));

    cloud.shift_date(45);
    for _ in 0..3 {
        clock.refresh().await;
    }
    assert!(
        apart(&*clock) < SignedDuration::from_secs(1),
        "only the header is shifted"
    );
    let skew = clock.skew().unwrap();
    assert!((-46..=-44).contains(&skew.as_secs()), "{skew}");

    cloud.freeze(true);
    cloud.advance(SignedDuration::from_mins(5));
    let waited = tokio::time::timeout(Duration::from_secs(5), async {
        while apart(google.clock().as_ref()) != SignedDuration::ZERO {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited
        .await
        .expect("the clock is followed without being asked");
    sandbox.stop().await;
}

#[tokio::test]
async fn an_effect_is_never_denied_nor_made_up() {
    let sandbox = start().await;
    let (google, _folder) = broker(&sandbox).await;
    let cloud = sandbox.cloud();
    let project = "projects/acme-prod".parse().unwrap();
    for (fault, expected, done) in [
        (FaultKind::Conflict, "conflict", false),
        (FaultKind::Precondition, "conflict", false),
        (
            FaultKind::Throttled {
                retry_after: Some(3),
            },
            "throttled",
            false,
        ),
        (FaultKind::Unavailable, "unavailable", false),
        (FaultKind::Internal, "ambiguous", false),
        (FaultKind::BadGateway, "ambiguous", false),
        (FaultKind::Reset, "ambiguous", false),
        (FaultKind::ResetMidBody, "ambiguous", true),
        (FaultKind::DoneButTimedOut, "ambiguous", true),
    ] {
        let policy = google.get_policy(&project).await.unwrap();
        let matches = FaultMatch {
            verb: Some("setIamPolicy".into()),
            ..FaultMatch::default()
        };
        cloud.add_fault(Fault {
            matches,
            kind: fault,
            times: Some(1),
            probability: None,
        });
        let versions = cloud.history("projects/acme-prod").len();
        let error = google
            .set_policy(&project, &policy, &reason())
            .await
            .unwrap_err();
        assert_eq!(kind(&error), expected, "{fault:?}: {error}");
        // The library below repeats nothing by itself: the fault was spent on the only request.
        assert_eq!(
            cloud.history("projects/acme-prod").len() > versions,
            done,
            "{fault:?}"
        );
    }
    sandbox.stop().await;
}
