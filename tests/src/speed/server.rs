//! The program itself, started as an operator would.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::organisation::{self, Size};
use crate::storm::world::{BROKER, World};

/// A server that is not ready by then has failed.
const LONGEST_START: Duration = Duration::from_mins(1);
/// How often it is asked whether it is ready.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Configuration, entitlements, keys, database.
#[derive(Debug)]
pub struct Installation {
    program: PathBuf,
    folder: TempDir,
    /// The tokens of those who are signed in.
    pub tokens: Vec<String>,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// From the start of the process to the first 200 of `/readyz`.
    pub ready_after: Duration,
    /// Where it answers.
    pub url: String,
}

impl Installation {
    /// Writes everything that a server with a long past needs.
    pub async fn make(program: &Path, world: &World, size: Size, signed_in: &[&str]) -> Self {
        let files = organisation::entitlements(size);
        Self::of(program, world, &files, None, size, signed_in).await
    }

    /// Writes everything that a server with these entitlements and groups needs.
    pub async fn of(
        program: &Path,
        world: &World,
        entitlements: &[String],
        groups: Option<&str>,
        past: Size,
        signed_in: &[&str],
    ) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| {
            std::fs::write(path(name), text).expect("the folder can be written");
        };
        std::fs::create_dir(path("entitlements")).expect("the folder can be written");
        for (number, file) in entitlements.iter().enumerate() {
            write(&format!("entitlements/{number}.yaml"), file);
        }
        let tokens =
            organisation::past(&path("daypass.db"), past, signed_in, world.cloud.now()).await;
        let keys = command(program)
            .args(["keys", "new", "--dir"])
            .arg(path("keys"))
            .output()
            .await;
        assert!(
            keys.is_ok_and(|output| output.status.success()),
            "a key can be made"
        );
        write("client-secret", "sandbox-secret");
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path("client-secret"), private).expect("the file is ours");
        let broker = BROKER.trim_start_matches("serviceAccount:");
        let variables =
            daypass_sandbox::environment(&world.base_url, broker, &path("broker")).await;
        let variables = variables.expect("the sandbox knows the broker");
        let credentials = variables
            .into_iter()
            .find(|(name, _)| name == "GOOGLE_APPLICATION_CREDENTIALS");
        let groups = groups.map_or("", |groups| {
            write("groups.yaml", groups);
            "groups: {file: groups.yaml}\n"
        });
        let (sandbox, credentials) = (&world.base_url, credentials.expect("credentials").1);
        write(
            "daypass.yaml",
            &format!(
                "listen: 127.0.0.1:0
public_url: http://127.0.0.1:8080
store: sqlite:daypass.db
keys: {{dir: keys/}}
entitlements: [{{path: entitlements/}}]
{groups}login: {{issuer: '{sandbox}', client_id: daypass-sandbox, client_secret_file: client-secret, allowed_domains: [example.com]}}
google: {{sandbox_url: '{sandbox}', credentials_file: '{credentials}'}}
requests: {{open: 100000, an_hour: 100000}}
sandbox: true
"
            ),
        );
        Self {
            program: program.to_owned(),
            folder,
            tokens,
        }
    }

    /// Starts the server and waits until it is ready.
    pub async fn start(&self) -> Server {
        let began = Instant::now();
        let mut child = command(&self.program)
            .arg("serve")
            .arg("--config")
            .arg(self.folder.path().join("daypass.yaml"))
            .current_dir(self.folder.path())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let mut said = String::new();
        let url = loop {
            let line = lines.next_line().await.expect("the program talks");
            let Some(line) = line else {
                panic!("the server ended: {said}");
            };
            said += &line;
            if let Some((_, url)) = line.split_once("listens on ") {
                break url.trim().to_owned();
            }
        };
        // What else it says is of no interest, but the pipe must not fill up.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let client = client();
        loop {
            let answer = client.get(format!("{url}/readyz")).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            assert!(began.elapsed() < LONGEST_START, "the server is not ready");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Server {
            ready_after: began.elapsed(),
            child,
            url,
        }
    }
}

impl Server {
    /// The most memory that it ever had, in KiB: `VmHWM` of Linux.
    pub fn most_memory_kib(&self) -> u64 {
        let id = self.child.id().expect("it runs");
        let status =
            std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs on Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.expect("a number of KiB")
    }

    /// One GET, which must succeed; how many there are in the list that comes back.
    pub async fn count(
        &self,
        client: &reqwest::Client,
        token: &str,
        path: &str,
        list: &str,
    ) -> usize {
        let response = client
            .get(format!("{}{path}", self.url))
            .bearer_auth(token)
            .send()
            .await;
        let response = response.expect("the server answers");
        assert!(
            response.status().is_success(),
            "{path}: {}",
            response.status()
        );
        let body: Value = response.json().await.expect("JSON");
        body[list].as_array().map_or(0, Vec::len)
    }

    /// Ends it.
    pub async fn stop(mut self) {
        // An error means that it has ended by itself.
        let _ = self.child.kill().await;
    }
}

/// A client that keeps its connection.
pub fn client() -> reqwest::Client {
    let client = reqwest::Client::builder()
        .no_proxy()
        .tcp_nodelay(true)
        .build();
    client.expect("a client")
}

/// The program, without anything that the machine's environment would tell it.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}
