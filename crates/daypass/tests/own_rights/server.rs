//! `daypass serve` over a sandbox.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use daypass_sandbox::{Options, Sandbox, environment};
use serde_json::json;
use tempfile::TempDir;

/// Daypass's own account.
pub(crate) const BROKER: &str = "daypass@acme-access.iam.gserviceaccount.com";

const ENTITLEMENTS: &str = "
apiVersion: daypass/v1
entitlements:
  - id: lent-storage
    requesters: ['group:sre@example.com']
    privileges: [{resource: projects/acme-prod, roles: [roles/storage.admin]}]
    duration: {max: 1h}
    approval: {identity: approver, steps: [{approvers: ['group:leads@example.com']}]}
  - id: vouched-storage
    requesters: ['group:sre@example.com']
    privileges: [{resource: projects/acme-prod, roles: [roles/storage.objectViewer]}]
    duration: {max: 1h}
    approval: {authority: google, steps: [{approvers: ['group:leads@example.com']}]}
  - id: deployer
    requesters: ['group:sre@example.com']
    privileges: [{impersonate: deployer@acme-prod.iam.gserviceaccount.com}]
    duration: {max: 1h}
    approval: {steps: [{approvers: ['group:leads@example.com']}]}
";

const GROUPS: &str = "
groups:
  sre@example.com: [alice@example.com]
  leads@example.com: [carol@example.com, dave@example.com]
";

/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server. It ends with this.
pub(crate) struct Server {
    pub(crate) sandbox: Sandbox,
    pub(crate) url: String,
    child: Child,
    folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; the test has said why then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts both. Carol may set every policy, dave none.
    pub(crate) async fn start() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let cloud = sandbox.cloud();
        let mut policy = cloud.policy("organizations/1").unwrap();
        let own = json!({"role": "roles/iam.securityAdmin", "members": ["user:carol@example.com"]});
        policy["bindings"].as_array_mut().unwrap().push(own);
        cloud.put_policy("organizations/1", policy).unwrap();

        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let url = format!("http://{address}");
        write_files(folder.path(), &sandbox.base_url(), &url).await;
        let log = File::create(folder.path().join("log")).unwrap();
        let child = daypass(folder.path())
            .args(["serve", "--config", "daypass.yaml"])
            .env("RUST_LOG", "debug")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self {
            sandbox,
            url,
            child,
            folder,
        };
        server.until_it_listens().await;
        server
    }

    async fn until_it_listens(&self) {
        let started = Instant::now();
        while !self.log().contains("Daypass listens on ") {
            assert!(started.elapsed() < PATIENCE, "{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// All files of the server, the database and the log among them.
    pub(crate) fn everything_written(&self) -> String {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files
            .map(|file| file.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned())
            .collect()
    }
}

fn daypass(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daypass"));
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", std::env::var("PATH").unwrap())
        .stdin(Stdio::null());
    command
}

async fn write_files(folder: &Path, sandbox: &str, url: &str) {
    let made = daypass(folder)
        .args(["keys", "new", "--dir", "keys"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let variables = environment(sandbox, BROKER, &folder.join("broker"))
        .await
        .unwrap();
    let (_, credentials) = variables
        .iter()
        .find(|(name, _)| name == "GOOGLE_APPLICATION_CREDENTIALS")
        .unwrap();
    let configuration = json!({
        "listen": url.trim_start_matches("http://"),
        "public_url": url,
        "store": "sqlite:daypass.db",
        "keys": {"dir": "keys"},
        "entitlements": [{"path": "entitlements.yaml"}],
        "login": {"issuer": sandbox, "client_id": "daypass-sandbox", "client_secret_file": "client-secret", "allowed_domains": ["example.com"]},
        "groups": {"file": "groups.yaml"},
        "google": {"sandbox_url": sandbox, "credentials_file": credentials},
        "auditors": ["user:carol@example.com"],
        "sandbox": true,
    });
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("entitlements.yaml", ENTITLEMENTS);
    write("groups.yaml", GROUPS);
    // JSON is YAML.
    write("daypass.yaml", &configuration.to_string());
    write("client-secret", "sandbox-secret");
    let secret = folder.join("client-secret");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(secret, mode).unwrap();
}
