//! What is read of a scope.

use std::sync::Arc;

use daypass_engine::ports::IamError;
use daypass_google::{Google, Options, ScopePolicies};
use daypass_sandbox::{CustomRole, Fault, FaultKind, FaultMatch, Sandbox};
use serde_json::json;
use tempfile::TempDir;

use crate::fake::credentials;

const BROKER: &str = "serviceAccount:daypass@acme-access.iam.gserviceaccount.com";

async fn connect(sandbox: &Sandbox, principal: &str) -> (Arc<Google>, TempDir) {
    let folder = TempDir::new().unwrap();
    let subject = sandbox.cloud().subject_token(principal).unwrap();
    let options = Options {
        credentials_file: Some(credentials(&folder, &sandbox.base_url(), &subject)),
        sandbox: true,
        sandbox_url: Some(sandbox.base_url()),
        ..Options::default()
    };
    (Arc::new(Google::connect(options).await.unwrap()), folder)
}

async fn start() -> Sandbox {
    Sandbox::start(daypass_sandbox::Options::default())
        .await
        .unwrap()
}

fn shown(read: &ScopePolicies) -> Vec<String> {
    let chain = |(_, chain): &(_, Vec<daypass_core::resource::ResourceName>)| {
        let names: Vec<&str> = chain
            .iter()
            .map(daypass_core::resource::ResourceName::as_str)
            .collect();
        names.join(" < ")
    };
    read.projects.iter().map(chain).collect()
}

#[tokio::test]
async fn everything_below_an_organization_on_all_pages() {
    let sandbox = start().await;
    sandbox.cloud().set_largest_page(Some(1));
    let (google, _folder) = connect(&sandbox, BROKER).await;
    let read = google
        .scope_policies(&"organizations/1".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        shown(&read),
        [
            "projects/acme-access < organizations/1",
            "projects/acme-dev < folders/43 < organizations/1",
            "projects/acme-pay < folders/42 < organizations/1",
            "projects/acme-prod < folders/42 < organizations/1",
        ]
    );
    assert_eq!(read.policies.len(), 7);
    assert!(read.unread.is_empty());
    let prod = &read.policies[&"projects/acme-prod".parse().unwrap()];
    assert!(
        prod.bindings().iter().any(|one| one.condition().is_some()),
        "read with its conditions"
    );
}

#[tokio::test]
async fn a_scope_ends_where_it_ends() {
    let sandbox = start().await;
    let (google, _folder) = connect(&sandbox, BROKER).await;
    for (scope, expected) in [
        (
            "folders/42",
            &[
                "projects/acme-pay < folders/42",
                "projects/acme-prod < folders/42",
            ][..],
        ),
        ("projects/acme-prod", &["projects/acme-prod"]),
        ("projects/100000000001", &["projects/acme-prod"]),
    ] {
        let read = google
            .scope_policies(&scope.parse().unwrap())
            .await
            .unwrap();
        assert_eq!(shown(&read), expected, "{scope}");
    }
    for scope in ["folders/99", "projects/acme-none"] {
        let error = google.scope_policies(&scope.parse().unwrap()).await;
        assert!(
            matches!(
                error,
                Err(IamError::NotFound { .. } | IamError::Forbidden { .. })
            ),
            "{scope}: {error:?}"
        );
    }
}

/// A part that fails is never a smaller whole.
#[tokio::test]
async fn a_policy_that_fails_fails_the_scope() {
    let sandbox = start().await;
    let (google, _folder) = connect(&sandbox, BROKER).await;
    let scope = "organizations/1".parse().unwrap();
    let fault = |kind, times| Fault {
        matches: FaultMatch {
            path_contains: Some("projects/acme-pay:getIamPolicy".into()),
            ..FaultMatch::default()
        },
        kind,
        times,
        probability: None,
    };
    let cloud = sandbox.cloud();
    // Twice in trouble, then well: patience is enough.
    cloud.add_fault(fault(FaultKind::Unavailable, Some(1)));
    cloud.add_fault(fault(FaultKind::Reset, Some(1)));
    let read = google.scope_policies(&scope).await.unwrap();
    assert_eq!(read.projects.len(), 4);
    cloud.clear_faults();
    cloud.add_fault(fault(FaultKind::Unavailable, None));
    let error = google.scope_policies(&scope).await;
    assert!(
        matches!(error, Err(IamError::Unavailable { .. })),
        "{error:?}"
    );
}

/// A folder's policy that is not for Daypass to read may only take markers away: the rest is served, and it is told.
#[tokio::test]
async fn what_is_denied_within_a_scope_is_told() {
    let sandbox = start().await;
    let cloud = sandbox.cloud();
    cloud.add_role(&CustomRole {
        name: "organizations/1/roles/organizationReader".into(),
        title: "Reader of one policy".into(),
        permissions: vec!["resourcemanager.organizations.getIamPolicy".into()],
    });
    let mut policy = cloud.policy("organizations/1").unwrap();
    policy["bindings"].as_array_mut().unwrap().push(json!({
        "role": "organizations/1/roles/organizationReader", "members": ["user:bob@example.com"],
    }));
    cloud.put_policy("organizations/1", policy).unwrap();
    let (google, _folder) = connect(&sandbox, "user:bob@example.com").await;
    let read = google
        .scope_policies(&"organizations/1".parse().unwrap())
        .await
        .unwrap();
    let unread: Vec<&str> = read.unread.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(unread, ["folders/42", "folders/43"]);
    assert_eq!(read.projects.len(), 4);
}

#[tokio::test]
async fn who_may_not_read_the_scope_is_told_so() {
    let sandbox = start().await;
    let (google, _folder) = connect(&sandbox, "user:gina@gmail.com").await;
    let error = google
        .scope_policies(&"organizations/1".parse().unwrap())
        .await;
    assert!(
        matches!(error, Err(IamError::Forbidden { .. })),
        "{error:?}"
    );
}
