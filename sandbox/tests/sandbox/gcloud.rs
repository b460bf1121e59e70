//! Real gcloud against the sandbox, with nothing but the variables that the sandbox gives out.

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::client::started;
use serde_json::Value;

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn gcloud() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("gcloud"))
        .find(|file| file.is_file());
    assert!(
        found.is_some() || std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "gcloud has vanished from PATH"
    );
    if found.is_none() {
        eprintln!("skipped: gcloud is not on PATH");
    }
    found
}

struct Shell {
    gcloud: PathBuf,
    variables: Vec<(String, String)>,
    home: PathBuf,
}

impl Shell {
    async fn run(&self, arguments: &[&str]) -> Output {
        tokio::process::Command::new(&self.gcloud)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &self.home)
            .envs(self.variables.iter().cloned())
            .output()
            .await
            .unwrap()
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--format=json"]].concat()).await;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "gcloud {}: {errors}",
            arguments.join(" ")
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

async fn shell(sandbox: &daypass_sandbox::Sandbox, person: &str, folder: &Path) -> Option<Shell> {
    let gcloud = gcloud()?;
    let variables =
        daypass_sandbox::environment(&sandbox.base_url(), person, &folder.join("environment"))
            .await
            .unwrap();
    Some(Shell {
        gcloud,
        variables,
        home: folder.to_owned(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_reads_every_kind_and_edits_a_policy() {
    let sandbox = started().await;
    let folder = tempfile::tempdir().unwrap();
    let Some(shell) = shell(&sandbox, "olivia@example.com", folder.path()).await else {
        return;
    };
    let account = "deployer@acme-prod.iam.gserviceaccount.com";
    let reads: [(&[&str], &str); 8] = [
        (
            &["projects", "get-iam-policy", "acme-prod"],
            "projects/acme-prod",
        ),
        (
            &["resource-manager", "folders", "get-iam-policy", "42"],
            "folders/42",
        ),
        (&["organizations", "get-iam-policy", "1"], "organizations/1"),
        (
            &[
                "storage",
                "buckets",
                "get-iam-policy",
                "gs://logs-acme-prod",
            ],
            "buckets/logs-acme-prod",
        ),
        (
            &["secrets", "get-iam-policy", "db-password"],
            "projects/acme-prod/secrets/db-password",
        ),
        (
            &["pubsub", "topics", "get-iam-policy", "orders"],
            "projects/acme-prod/topics/orders",
        ),
        (
            &["iam", "service-accounts", "get-iam-policy", account],
            "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com",
        ),
        (&["projects", "describe", "acme-prod"], ""),
    ];
    for (arguments, resource) in reads {
        let shown = shell.json(arguments).await;
        if resource.is_empty() {
            assert_eq!(shown["projectNumber"], "100000000001");
        } else {
            let stored = sandbox.cloud().policy(resource).unwrap();
            assert_eq!(shown["bindings"], stored["bindings"], "{resource}");
            // gcloud prints bytes in the URL-safe alphabet.
            let etag = stored["etag"]
                .as_str()
                .unwrap()
                .replace('+', "-")
                .replace('/', "_");
            assert_eq!(shown["etag"], etag, "{resource}");
        }
    }
    let projects = shell
        .json(&["projects", "list", "--filter=labels.env=prod"])
        .await;
    let ids: Vec<&str> = projects
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|found| found["projectId"].as_str())
        .collect();
    assert_eq!(ids, ["acme-pay", "acme-prod"]);

    let condition =
        "--condition=title=for a day,expression=request.time < timestamp(\"2031-01-01T00:00:00Z\")";
    let binding = [
        "--member=user:bob@example.com",
        "--role=roles/storage.admin",
        condition,
    ];
    let added = shell
        .json(
            &[
                &["projects", "add-iam-policy-binding", "acme-prod"],
                &binding[..],
            ]
            .concat(),
        )
        .await;
    assert_eq!(added["version"], 3);
    assert!(
        sandbox
            .cloud()
            .check(
                "user:bob@example.com",
                "buckets/logs-acme-prod",
                "storage.buckets.delete",
                None
            )
            .allowed
    );
    let removed = shell
        .json(
            &[
                &["projects", "remove-iam-policy-binding", "acme-prod"],
                &binding[..],
            ]
            .concat(),
        )
        .await;
    assert_eq!(
        removed["bindings"],
        sandbox.cloud().history("projects/acme-prod")[0].policy["bindings"]
    );
    assert!(
        !sandbox
            .cloud()
            .check(
                "user:bob@example.com",
                "buckets/logs-acme-prod",
                "storage.buckets.delete",
                None
            )
            .allowed
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_writes_back_the_policy_of_a_bucket() {
    let sandbox = started().await;
    let folder = tempfile::tempdir().unwrap();
    let Some(shell) = shell(&sandbox, "olivia@example.com", folder.path()).await else {
        return;
    };
    let read = [
        "storage",
        "buckets",
        "get-iam-policy",
        "gs://logs-acme-prod",
    ];
    let policy = shell.json(&read).await;
    let file = folder.path().join("policy.json");
    std::fs::write(&file, policy.to_string()).unwrap();
    let file = file.display().to_string();
    let write = [
        "storage",
        "buckets",
        "set-iam-policy",
        "gs://logs-acme-prod",
        &file,
    ];
    let written = shell.json(&write).await;
    assert_eq!(written["bindings"], policy["bindings"]);
    assert_eq!(sandbox.cloud().history("buckets/logs-acme-prod").len(), 2);
    let stale = shell.run(&write).await;
    let errors = String::from_utf8_lossy(&stale.stderr);
    assert!(
        !stale.status.success() && errors.contains("412"),
        "{errors}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_says_what_the_sandbox_refuses() {
    let sandbox = started().await;
    let folder = tempfile::tempdir().unwrap();
    let Some(shell) = shell(&sandbox, "olivia@example.com", folder.path()).await else {
        return;
    };
    let add = [
        "projects",
        "add-iam-policy-binding",
        "acme-prod",
        "--role=roles/viewer",
        "--condition=None",
    ];
    let output = shell
        .run(&[&add[..], &["--member=user:nobody@example.com"]].concat())
        .await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("User nobody@example.com does not exist."),
        "{errors}"
    );
    assert_eq!(output.status.code(), Some(1));

    let fault = r#"{"match": {"verb": "setIamPolicy"}, "kind": "conflict", "times": 1}"#;
    sandbox
        .cloud()
        .add_fault(serde_json::from_str(fault).unwrap());
    let output = shell
        .run(&[&add[..], &["--member=user:bob@example.com"]].concat())
        .await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("concurrent policy changes"), "{errors}");
    assert_eq!(output.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_reads_nested_groups() {
    let sandbox = started().await;
    let folder = tempfile::tempdir().unwrap();
    let Some(shell) = shell(&sandbox, "olivia@example.com", folder.path()).await else {
        return;
    };
    sandbox.cloud().set_largest_page(Some(2));
    let memberships = ["identity", "groups", "memberships"];
    let label = "--labels=cloudidentity.googleapis.com/groups.discussion_forum";
    let groups = shell
        .json(
            &[
                &memberships[..],
                &[
                    "search-transitive-groups",
                    "--member-email=bob@example.com",
                    label,
                ],
            ]
            .concat(),
        )
        .await;
    let text = groups.to_string();
    assert!(
        text.contains("engineering@example.com") && text.contains("sre@example.com"),
        "{text}"
    );
    let direct = shell
        .json(
            &[
                &memberships[..],
                &["list", "--group-email=engineering@example.com"],
            ]
            .concat(),
        )
        .await;
    assert_eq!(direct.as_array().unwrap().len(), 3, "{direct}");
    let absent = shell
        .run(&["identity", "groups", "describe", "nobody@example.com"])
        .await;
    let errors = String::from_utf8_lossy(&absent.stderr);
    assert!(
        !absent.status.success() && errors.contains("There is no such a group"),
        "{errors}"
    );
}
