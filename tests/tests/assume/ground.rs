//! A sandbox in which Alice may mint tokens of the deployer, and a home that nothing else uses.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use daypass_sandbox::{Options, Sandbox};
use daypass_tests::crash::Program;
use daypass_tests::process::{Environment, Finished, finished};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

pub(crate) const DEPLOYER: &str = "deployer@acme-prod.iam.gserviceaccount.com";
pub(crate) const AS_DEPLOYER: &str = "serviceAccount:deployer@acme-prod.iam.gserviceaccount.com";

/// The user's own credentials, which no program of a session may ever use.
pub(crate) const CANARY: &str = "canary-of-the-users-own-credentials";

/// The program, as it is released.
pub(crate) fn binary() -> &'static str {
    static BINARY: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    BINARY.get_or_init(|| Program::plain().path().to_str().unwrap().to_owned())
}

pub(crate) struct Ground {
    pub(crate) sandbox: Sandbox,
    pub(crate) environment: Environment,
    pub(crate) runtime: TempDir,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        Self::of(daypass_tests::sandbox().await, false).await
    }

    /// The same for tools with addresses of their own: they reach the sandbox by its tunnel.
    pub(crate) async fn with_tunnel() -> Self {
        let options = Options {
            tunnel: true,
            ..Options::default()
        };
        Self::of(Sandbox::start(options).await.unwrap(), true).await
    }

    async fn of(sandbox: Sandbox, is_tunnelled: bool) -> Self {
        let cloud = &sandbox.cloud();
        add(
            cloud,
            &format!("projects/acme-prod/serviceAccounts/{DEPLOYER}"),
            "roles/iam.serviceAccountTokenCreator",
            "user:alice@example.com",
        );
        for role in ["roles/browser", "roles/storage.admin"] {
            add(cloud, "projects/acme-prod", role, AS_DEPLOYER);
        }
        let (url, person) = (sandbox.base_url(), "alice@example.com");
        let environment = if is_tunnelled {
            Environment::through_tunnel(&url, person).await
        } else {
            Environment::of_person(&url, person).await
        };
        let runtime = TempDir::new().unwrap();
        std::fs::set_permissions(runtime.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let gcloud = environment.home().join(".config/gcloud");
        std::fs::create_dir_all(&gcloud).unwrap();
        let canary = json!({
            "type": "authorized_user", "client_id": CANARY, "client_secret": CANARY, "refresh_token": CANARY,
        });
        std::fs::write(
            gcloud.join("application_default_credentials.json"),
            canary.to_string(),
        )
        .unwrap();
        Self {
            sandbox,
            environment,
            runtime,
        }
    }

    /// `daypass`, not started yet.
    pub(crate) fn daypass(&self, arguments: &[&str]) -> Command {
        let mut command = self.environment.command(Path::new(binary()));
        command
            .env("XDG_RUNTIME_DIR", self.runtime.path())
            .env("SHELL", "/bin/sh")
            .args(arguments);
        command
    }

    /// `daypass assume` as the deployer, with this after it.
    pub(crate) fn assume(&self, rest: &[&str]) -> Command {
        let mut command = self.daypass(&["assume", "-s", DEPLOYER, "-R", "INC-1 disk full"]);
        command.args(rest);
        command
    }

    /// The same to its end.
    pub(crate) async fn run(&self, rest: &[&str]) -> Finished {
        finished(self.assume(rest)).await
    }

    /// One script of the shell inside a session, which must succeed; what it printed.
    pub(crate) async fn inside(&self, script: &str) -> String {
        let finished = self.run(&["--", "sh", "-c", script]).await;
        assert_eq!(finished.code, Some(0), "{finished:?}");
        finished.stdout
    }

    /// What a terminal shows of a command in which these keys are pressed, one portion after the other, and its exit code.
    pub(crate) async fn typed(
        &self,
        shell: &str,
        command: &str,
        keys: &[String],
    ) -> (Option<i32>, String) {
        let mut script = self.environment.command(Path::new("/usr/bin/script"));
        script
            .args(["-qec", command, "/dev/null"])
            .env("XDG_RUNTIME_DIR", self.runtime.path())
            .env("SHELL", shell)
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = script.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        for portion in keys {
            tokio::time::sleep(Duration::from_millis(700)).await;
            input.write_all(portion.as_bytes()).await.unwrap();
        }
        let output = child.wait_with_output().await.unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    }

    /// A file with an access token of one of the sandbox's people.
    pub(crate) fn token_of(&self, person: &str) -> PathBuf {
        let minted = self
            .sandbox
            .cloud()
            .mint_token(person, jiff::SignedDuration::from_mins(30))
            .unwrap();
        let file = self.environment.home().join("token-of-somebody");
        std::fs::write(&file, minted.access_token).unwrap();
        file
    }

    /// All that is left in the runtime folder: nothing, when no session is alive.
    pub(crate) fn left(&self) -> Vec<PathBuf> {
        files(&self.runtime.path().join("daypass"))
    }

    /// Waits for the folder of the one session that is being opened, until it tells about itself.
    pub(crate) async fn session(&self) -> (PathBuf, Value) {
        let sessions = self.runtime.path().join("daypass/sessions");
        until("a session is open", || {
            let folder = std::fs::read_dir(&sessions).ok()?.next()?.ok()?.path();
            let text = std::fs::read_to_string(folder.join("session.json")).ok()?;
            Some((folder, serde_json::from_str(&text).ok()?))
        })
        .await
    }

    /// What callers asked the cloud: who, what and with which reason.
    pub(crate) fn calls(&self, operation: &str) -> Vec<(String, Option<String>)> {
        let requests = self.sandbox.cloud().requests(0);
        let of_operation = requests
            .into_iter()
            .filter(|request| request.operation == operation);
        of_operation
            .map(|request| (request.principal.unwrap_or_default(), request.reason))
            .collect()
    }
}

/// Adds a binding to a policy of the sandbox.
pub(crate) fn add(cloud: &daypass_sandbox::Cloud, resource: &str, role: &str, member: &str) {
    let mut policy = cloud.policy(resource).unwrap();
    let bindings = policy["bindings"].as_array_mut();
    let binding = json!({ "role": role, "members": [member] });
    match bindings {
        Some(bindings) => bindings.push(binding),
        None => policy["bindings"] = json!([binding]),
    }
    cloud.put_policy(resource, policy).unwrap();
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Waits for something, a few seconds at most.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "waited in vain: {what}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The living processes whose command line begins with these words.
pub(crate) fn processes_of(words: &[&str]) -> Vec<i32> {
    let wanted: Vec<u8> = words
        .iter()
        .flat_map(|word| [word.as_bytes(), b"\0"].concat())
        .collect();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if line.starts_with(&wanted) {
            found.push(id);
        }
    }
    found
}
