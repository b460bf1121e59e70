//! Real gcloud as the judge: what it lists is what these commands ask about, and its project is theirs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use daypass_sandbox::{Options, Sandbox, Seed};
use serde_json::{Value, json};

use crate::person::Person;

/// gcloud, or the rule by which a test is skipped.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn gcloud() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("gcloud"))
        .find(|file| file.is_file());
    assert!(
        found.is_some() || std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "gcloud is not on PATH, and under CI=true nothing is skipped"
    );
    if found.is_none() {
        eprintln!("skipped: gcloud is not on PATH");
    }
    found
}

/// What gcloud prints, in the person's own environment.
fn asked(gcloud: &PathBuf, person: &Person, arguments: &[&str]) -> String {
    let output = Command::new(gcloud)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", person.home())
        .envs(person.variables().iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "gcloud {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn ours(person: &Person, arguments: &[&str]) -> Value {
    let done = person.run(&[arguments, &["-o", "json"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    serde_json::from_str(&done.stdout).unwrap()
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one.as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_those_that_gcloud_lists_as_testable() {
    let Some(gcloud) = gcloud() else { return };
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let alice = Person::of(&sandbox, "alice@example.com").await;
    sandbox.cloud().set_largest_page(Some(60));
    for (name, arguments) in [
        (
            "//cloudresourcemanager.googleapis.com/projects/acme-prod",
            &["project", "acme-prod"][..],
        ),
        (
            "//pubsub.googleapis.com/projects/acme-prod/topics/orders",
            &["pubsub-topic", "orders"],
        ),
    ] {
        let list = [
            "iam",
            "list-testable-permissions",
            name,
            "--format=value(name)",
        ];
        let listed: BTreeSet<String> = asked(&gcloud, &alice, &list)
            .lines()
            .map(str::to_owned)
            .collect();
        let answer = ours(&alice, &[&["query-permissions"], arguments].concat());
        let (granted, missing) = (texts(&answer["granted"]), texts(&answer["missing"]));
        let told: BTreeSet<String> = granted.chain(missing).collect();
        assert_eq!(told, listed, "{name}");
        assert!(!told.is_empty());
    }
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_those_that_gcloud_lists() {
    let Some(gcloud) = gcloud() else { return };
    let mut seed = Seed::default();
    for index in 0..25 {
        let email = format!("robot-{index}@acme-prod.iam.gserviceaccount.com");
        let robot = json!({"email": email, "project": "acme-prod", "display_name": format!("Robot {index}")});
        let robot = serde_json::from_value(robot).unwrap();
        seed.service_accounts.push(robot);
    }
    let options = Options {
        seed,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.cloud().set_largest_page(Some(10));
    let project = "projects/acme-prod";
    let mut policy = sandbox.cloud().policy(project).unwrap();
    let every = json!({"role": "roles/iam.serviceAccountTokenCreator", "members": ["user:olivia@example.com"]});
    policy["bindings"].as_array_mut().unwrap().push(every);
    sandbox.cloud().put_policy(project, policy).unwrap();
    let olivia = Person::of(&sandbox, "olivia@example.com").await;
    let listed = asked(
        &gcloud,
        &olivia,
        &["iam", "service-accounts", "list", "--format=json"],
    );
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let pairs = |list: &Value, description: &str| -> BTreeSet<(String, String)> {
        let list = list.as_array().unwrap().iter();
        let text = |one: &Value, field: &str| one[field].as_str().unwrap().to_owned();
        list.map(|one| (text(one, "email"), text(one, description)))
            .collect()
    };
    let answer = ours(&olivia, &["list-service-accounts"]);
    let told = pairs(&answer["service_accounts"], "description");
    assert_eq!(told, pairs(&listed, "displayName"));
    assert_eq!(told.len(), 26);
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_project_is_that_of_gclouds_active_configuration() {
    let Some(gcloud) = gcloud() else { return };
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let olivia = Person::of(&sandbox, "olivia@example.com").await;
    let mut olivia = olivia.without("CLOUDSDK_CORE_PROJECT");
    for (configuration, project) in [("work", "acme-pay"), ("spare", "acme-dev")] {
        asked(
            &gcloud,
            &olivia,
            &["config", "configurations", "create", configuration],
        );
        asked(&gcloud, &olivia, &["config", "set", "project", project]);
    }
    for (variable, value, expected) in [
        ("X", "", "acme-dev"),
        ("CLOUDSDK_ACTIVE_CONFIG_NAME", "work", "acme-pay"),
        ("CLOUDSDK_CORE_PROJECT", "acme-access", "acme-access"),
    ] {
        olivia = olivia.and(variable, value);
        let theirs = asked(&gcloud, &olivia, &["config", "get", "project"]);
        assert_eq!(theirs.trim(), expected);
        let answer = ours(&olivia, &["query-permissions", "project"]);
        assert_eq!(answer["resource"], format!("projects/{expected}"));
    }
    sandbox.stop().await;
}
