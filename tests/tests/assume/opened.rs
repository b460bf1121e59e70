//! A session that stays open while a test looks at it from outside, with all that it takes to play its programs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use daypass_tests::process::{Finished, finished};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::ground::{Ground, processes_of, until};

/// How long a server may take over an answer, and may wait for a request that never becomes whole.
const PATIENCE: Duration = Duration::from_secs(1);

/// The session.
pub(crate) struct Opened {
    holder: Child,
    folder: PathBuf,
    token_file: PathBuf,
    /// The environment of its one program.
    inside: BTreeMap<String, String>,
}

impl Opened {
    /// Opens it with this command, which needs no program yet. The number tells its program from those of other tests.
    pub(crate) async fn with(ground: &Ground, mut assume: Command, number: &str) -> Self {
        let holder = assume.args(["--", "sleep", number]).spawn().unwrap();
        let (folder, description) = ground.session().await;
        let inside = until("its program runs", || {
            let id = *processes_of(&["sleep", number]).first()?;
            let bytes = std::fs::read(format!("/proc/{id}/environ")).ok()?;
            let variables: BTreeMap<String, String> = String::from_utf8_lossy(&bytes)
                .split('\0')
                .filter_map(|variable| variable.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            variables
                .contains_key("DAYPASS_SESSION")
                .then_some(variables)
        })
        .await;
        Self {
            holder,
            folder,
            token_file: description["token_file"].as_str().unwrap().into(),
            inside,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.holder.id().unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn token_file(&self) -> &Path {
        &self.token_file
    }

    /// The present token.
    pub(crate) fn token(&self) -> String {
        std::fs::read_to_string(&self.token_file).unwrap()
    }

    /// The session's own credential file: the address of the token endpoint, and its secret.
    pub(crate) fn endpoint(&self) -> (String, String) {
        let path = &self.inside["GOOGLE_APPLICATION_CREDENTIALS"];
        let text = std::fs::read_to_string(path).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let secret = file["credential_source"]["file"].as_str().unwrap();
        let secret = std::fs::read_to_string(secret).unwrap();
        (file["token_url"].as_str().unwrap().to_owned(), secret)
    }

    /// The metadata server, with its secret if it has one.
    pub(crate) fn metadata(&self) -> &str {
        &self.inside["GCE_METADATA_HOST"]
    }

    /// The proxy's secret.
    pub(crate) fn proxy_secret(&self) -> &str {
        let (user, _) = self.inside["HTTPS_PROXY"].rsplit_once('@').unwrap();
        user.rsplit_once(':').unwrap().1
    }

    pub(crate) fn proxy_port(&self) -> u16 {
        port(&self.inside["HTTPS_PROXY"])
    }

    pub(crate) fn metadata_port(&self) -> u16 {
        port(self.metadata().split('/').next().unwrap())
    }

    pub(crate) fn endpoint_port(&self) -> u16 {
        port(self.endpoint().0.strip_suffix("/v1/token").unwrap())
    }

    /// All of its ports, and that it has no others.
    pub(crate) fn ports(&self) -> Vec<u16> {
        let mut known = vec![self.endpoint_port()];
        if self.inside.contains_key("GCE_METADATA_HOST") {
            known.push(self.metadata_port());
        }
        if self.inside.contains_key("HTTPS_PROXY") {
            known.push(self.proxy_port());
        }
        known.sort_unstable();
        assert_eq!(listening(self.id()), known);
        known
    }

    /// A program of the session.
    pub(crate) async fn run(&self, program: &str, arguments: &[&str]) -> Finished {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(&self.inside);
        finished(command).await
    }

    pub(crate) async fn end(mut self) {
        let process = Pid::from_raw(i32::try_from(self.id()).unwrap()).unwrap();
        kill_process(process, Signal::TERM).unwrap();
        self.holder.wait().await.unwrap();
    }
}

fn port(address: &str) -> u16 {
    address.rsplit_once(':').unwrap().1.parse().unwrap()
}

/// The ports that a process listens on, all of them on loopback (proc_net_tcp: local address, state, socket).
fn listening(process: u32) -> Vec<u16> {
    let open = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let own: Vec<String> = open
        .flatten()
        .filter_map(|entry| Some(std::fs::read_link(entry.path()).ok()?.display().to_string()))
        .collect();
    let mut ports = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        for line in text.lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            if columns[3] == "0A" && own.contains(&format!("socket:[{}]", columns[9])) {
                let (address, port) = columns[1].split_once(':').unwrap();
                assert_eq!(address, "0100007F", "on 127.0.0.1 and nowhere else");
                ports.push(u16::from_str_radix(port, 16).unwrap());
            }
        }
    }
    ports.sort_unstable();
    ports
}

/// Says this to a port, and returns what comes back.
pub(crate) async fn say(port: u16, request: &str) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Whoever waits for more than was said is not waited for.
    let _ = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}
