//! What a session costs where nothing else does: the sandbox answers at once, and Alice may mint tokens of the deployer.

use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use daypass_sandbox::Sandbox;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::Environment;

/// Whose tokens are minted.
pub const ACCOUNT: &str = "deployer@acme-prod.iam.gserviceaccount.com";

/// A sandbox, and the environment of a person in it.
pub struct Ground {
    sandbox: Sandbox,
    environment: Environment,
    runtime: TempDir,
}

impl Ground {
    /// One of its own.
    pub async fn new() -> Self {
        let sandbox = crate::sandbox().await;
        let resource = format!("projects/acme-prod/serviceAccounts/{ACCOUNT}");
        let policy = json!({ "version": 1, "bindings": [{
            "role": "roles/iam.serviceAccountTokenCreator", "members": ["user:alice@example.com"],
        }] });
        let written = sandbox.cloud().put_policy(&resource, policy);
        written.expect("the sandbox has the account");
        let environment = Environment::of_person(&sandbox.base_url(), "alice@example.com").await;
        let runtime = TempDir::new().expect("a temporary folder");
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(runtime.path(), private).expect("the folder is ours");
        Self {
            sandbox,
            environment,
            runtime,
        }
    }

    /// A program in this environment.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = self.environment.command(program);
        command.env("XDG_RUNTIME_DIR", self.runtime.path());
        command
    }

    /// `daypass assume`, with this inside.
    pub fn assume(&self, program: &Path, inside: &[&OsStr]) -> Command {
        let mut command = self.command(program);
        command
            .args(["assume", "-s", ACCOUNT, "-R", "INC-1 disk full", "--"])
            .args(inside);
        command
    }

    /// What the sandbox was asked since it began, operation by operation.
    pub fn asked(&self) -> Vec<String> {
        let requests = self.sandbox.cloud().requests(0).into_iter();
        requests.map(|request| request.operation).collect()
    }
}

/// The token's own round trip, by a process that does nothing else: the one call, as it is sent by a session. What it
/// took from the first byte of the connection to the last of the answer.
///
/// The address and the caller's token come from the sandbox's variables.
pub async fn mint() -> Duration {
    let variable = |name| std::env::var(name).expect("the sandbox's variables are set");
    let token = std::fs::read_to_string(variable("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"));
    let token = token.expect("the file is there");
    let url = format!(
        "{}/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken",
        variable("DAYPASS_SANDBOX")
    );
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("a client can be set up");
    let request = client
        .post(url)
        .bearer_auth(token.trim())
        .header("x-goog-request-reason", "INC-1 disk full")
        .json(&json!({
            "scope": ["https://www.googleapis.com/auth/cloud-platform"], "lifetime": "600s",
        }));
    let began = std::time::Instant::now();
    let response = request.send().await.expect("the sandbox answers");
    let answer = response.text().await.expect("the sandbox answers");
    let taken = began.elapsed();
    let answer: Value = serde_json::from_str(&answer).expect("it answers in JSON");
    assert!(answer["accessToken"].is_string(), "{answer}");
    taken
}

/// The plugin of the session's kubeconfig, as kubectl calls it; what it took.
pub fn credential() -> Duration {
    let file = std::env::var_os("KUBECONFIG").expect("this is inside a session");
    let config = std::fs::read(file).expect("the session has a kubeconfig");
    let config: Value = serde_json::from_slice(&config).expect("ours is JSON");
    let exec = &config["users"][0]["user"]["exec"];
    let arguments = exec["args"].as_array().into_iter().flatten();
    let about = json!({
        "apiVersion": exec["apiVersion"], "kind": "ExecCredential", "spec": { "interactive": false },
    });
    let mut command = std::process::Command::new(exec["command"].as_str().unwrap_or_default());
    command
        .args(arguments.filter_map(Value::as_str))
        .env("KUBERNETES_EXEC_INFO", about.to_string())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped());
    let began = std::time::Instant::now();
    let mut child = command.spawn().expect("the plugin starts");
    let mut answer = String::new();
    let mut output = child.stdout.take().expect("its output is read");
    output
        .read_to_string(&mut answer)
        .expect("the plugin answers");
    let status = child.wait().expect("the plugin ends");
    let taken = began.elapsed();
    assert!(status.success(), "{status}");
    let answer: Value = serde_json::from_str(&answer).expect("it answers in JSON");
    assert!(answer["status"]["token"].is_string(), "it is a credential");
    taken
}
