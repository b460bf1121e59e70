//! Google's own Rust crates against the sandbox.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::time::Duration;

use daypass_sandbox::Sandbox;
use daypass_tests::process::Environment;
use google_cloud_auth::credentials::{Credentials, anonymous, external_account};
use google_cloud_gax::error::rpc::{Code, StatusDetails};
use google_cloud_gax::options::RequestOptionsBuilder as _;
use google_cloud_gax::paginator::ItemPaginator as _;
use google_cloud_iam_v1::client::IAMPolicy;
use google_cloud_iam_v1::model::{Binding, GetPolicyOptions, Policy};
use google_cloud_resourcemanager_v3::client::{Folders, Organizations, Projects};
use google_cloud_resourcemanager_v3::model::project::State;
use google_cloud_type::model::Expr;
use serde_json::{Value, json};

const PROJECT: &str = "projects/acme-prod";

/// Through the credential file of the sandbox's environment, and so through its token endpoint.
fn credentials(environment: &Environment) -> Credentials {
    let file = environment
        .variable("GOOGLE_APPLICATION_CREDENTIALS")
        .expect("the environment names a file");
    let contents: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let scope = ["https://www.googleapis.com/auth/cloud-platform"];
    external_account::Builder::new(contents)
        .with_scopes(scope)
        .build()
        .expect("Google's crate takes the file")
}

async fn projects(sandbox: &Sandbox, person: &str) -> (Projects, Environment) {
    let environment = Environment::of_person(&sandbox.base_url(), person).await;
    let builder = Projects::builder()
        .with_endpoint(sandbox.base_url())
        .with_credentials(credentials(&environment));
    (builder.build().await.unwrap(), environment)
}

async fn read(projects: &Projects) -> Policy {
    let options = GetPolicyOptions::new().set_requested_policy_version(3);
    projects
        .get_iam_policy()
        .set_resource(PROJECT)
        .set_options(options)
        .send()
        .await
        .unwrap()
}

fn conditional() -> Binding {
    let condition = Expr::new()
        .set_title("until 2031")
        .set_expression("request.time < timestamp(\"2031-01-01T00:00:00Z\")");
    Binding::new()
        .set_role("roles/storage.admin")
        .set_members(["user:alice@example.com"])
        .set_condition(condition)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binding_comes_and_goes_and_a_conflict_is_typed() {
    let sandbox = daypass_tests::sandbox().await;
    let (projects, _environment) = projects(&sandbox, "olivia@example.com").await;
    let before = read(&projects).await;
    assert_eq!(before.version, 3);
    assert!(
        before
            .bindings
            .iter()
            .any(|binding| binding.condition.is_some()),
        "the seed has one"
    );

    let mut changed = before.clone();
    changed.bindings.push(conditional());
    let write = |policy: &Policy| {
        projects
            .set_iam_policy()
            .set_resource(PROJECT)
            .set_policy(policy.clone())
            .send()
    };
    let after = write(&changed).await.unwrap();
    assert_eq!(after.bindings, changed.bindings);
    assert_ne!(after.etag, before.etag);

    let conflict = write(&changed).await.expect_err("the etag is stale");
    let status = conflict.status().expect("the service answered");
    assert_eq!(status.code, Code::Aborted);
    assert_eq!(
        status.message,
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
    );
    assert_eq!(conflict.http_status_code(), Some(409));

    let mut restored = after.clone();
    restored.bindings.pop();
    assert_eq!(write(&restored).await.unwrap().bindings, before.bindings);
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_nobody_knows_survive_a_round_trip() {
    let sandbox = daypass_tests::sandbox().await;
    let (projects, _environment) = projects(&sandbox, "olivia@example.com").await;
    let mut policy = sandbox.cloud().policy(PROJECT).unwrap();
    policy["rules"] = json!([{ "novel": true }]);
    policy["bindings"][0]["bindingId"] = json!("b-7");
    policy["bindings"][4]["condition"]["language"] = json!({ "name": "CEL", "level": 2 });
    sandbox.cloud().put_policy(PROJECT, policy.clone()).unwrap();

    let seen = read(&projects).await;
    let mut changed = seen.clone();
    changed.bindings.push(conditional());
    projects
        .set_iam_policy()
        .set_resource(PROJECT)
        .set_policy(changed)
        .send()
        .await
        .unwrap();
    let mut restored = read(&projects).await;
    restored.bindings.pop();
    projects
        .set_iam_policy()
        .set_resource(PROJECT)
        .set_policy(restored)
        .send()
        .await
        .unwrap();
    daypass_tests::examples::assert_same(
        &policy,
        &sandbox.cloud().policy(PROJECT).unwrap(),
        "unknown fields",
    );
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_iam_crate_reaches_each_resource_by_its_name() {
    let sandbox = daypass_tests::sandbox().await;
    let environment = Environment::of_person(&sandbox.base_url(), "olivia@example.com").await;
    let builder = IAMPolicy::builder()
        .with_endpoint(sandbox.base_url())
        .with_credentials(credentials(&environment));
    let client = builder.build().await.unwrap();
    // The crate knows one URL for every service, `v1/{resource}:verb`: of the kinds here, projects and
    // organizations answer there.
    for resource in [PROJECT, "organizations/1"] {
        let options = GetPolicyOptions::new().set_requested_policy_version(3);
        let policy = client
            .get_iam_policy()
            .set_resource(resource)
            .set_options(options)
            .send()
            .await
            .unwrap();
        let stored = sandbox.cloud().policy(resource).unwrap();
        let roles: Vec<Value> = policy
            .bindings
            .iter()
            .map(|binding| json!(binding.role))
            .collect();
        let expected: Vec<Value> = stored["bindings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|binding| binding["role"].clone())
            .collect();
        assert_eq!(roles, expected, "{resource}");
    }
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_tested_by_the_clock_and_found_by_search() {
    let sandbox = daypass_tests::sandbox().await;
    let (projects, environment) = projects(&sandbox, "mallory@example.com").await;
    let asked = ["compute.instances.list", "compute.instances.delete"];
    let test = || {
        projects
            .test_iam_permissions()
            .set_resource(PROJECT)
            .set_permissions(asked)
            .send()
    };
    assert_eq!(
        test().await.unwrap().permissions,
        ["compute.instances.list"],
        "the seed's condition holds"
    );
    let found: Vec<String> = {
        let mut items = projects
            .search_projects()
            .set_query("labels.env:*")
            .by_item();
        let mut ids = Vec::new();
        while let Some(project) = items.next().await {
            let project = project.unwrap();
            assert_eq!(
                project.state,
                State::Active,
                "enums are numbers for this crate"
            );
            ids.push(project.project_id);
        }
        ids
    };
    assert!(found.contains(&"acme-dev".to_owned()), "{found:?}");

    let folders = Folders::builder()
        .with_endpoint(sandbox.base_url())
        .with_credentials(credentials(&environment));
    let folder = folders
        .build()
        .await
        .unwrap()
        .get_folder()
        .set_name("folders/42")
        .send()
        .await
        .unwrap();
    assert_eq!(folder.display_name, "production");
    let organizations = Organizations::builder()
        .with_endpoint(sandbox.base_url())
        .with_credentials(credentials(&environment));
    let organization = organizations
        .build()
        .await
        .unwrap()
        .get_organization()
        .set_name("organizations/1")
        .send();
    assert_eq!(organization.await.unwrap().display_name, "example.com");

    // The contract of the seed ends; the crate holds no token that is still good by then.
    sandbox
        .cloud()
        .set_time("2031-03-31T22:00:00Z".parse().unwrap());
    let (projects, _environment) = self::projects(&sandbox, "mallory@example.com").await;
    let after = projects
        .test_iam_permissions()
        .set_resource(PROJECT)
        .set_permissions(asked)
        .send()
        .await
        .unwrap();
    assert!(after.permissions.is_empty(), "{:?}", after.permissions);
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn denials_are_typed() {
    let sandbox = daypass_tests::sandbox().await;
    let (mallory, _environment) = projects(&sandbox, "mallory@example.com").await;
    let denied = mallory
        .set_iam_policy()
        .set_resource(PROJECT)
        .set_policy(Policy::new())
        .send()
        .await
        .unwrap_err();
    let status = denied.status().unwrap();
    assert_eq!(status.code, Code::PermissionDenied);
    let info = status.details.iter().find_map(|detail| match detail {
        StatusDetails::ErrorInfo(info) => Some(info),
        _ => None,
    });
    assert_eq!(info.expect("an ErrorInfo").reason, "IAM_PERMISSION_DENIED");

    let nobody = Projects::builder()
        .with_endpoint(sandbox.base_url())
        .with_credentials(anonymous::Builder::new().build());
    let nobody = nobody.build().await.unwrap();
    let request = nobody
        .get_iam_policy()
        .set_resource(PROJECT)
        .with_attempt_timeout(Duration::from_secs(10));
    assert_eq!(
        request.send().await.unwrap_err().status().unwrap().code,
        Code::Unauthenticated
    );
    sandbox.stop().await;
}
