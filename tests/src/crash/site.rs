//! A sandbox, and the files of a server that works on it: they outlive the server.

use std::path::{Path, PathBuf};

use daypass_sandbox::{Cloud, Options, Sandbox, environment};
use serde_json::json;
use tempfile::TempDir;

use super::Program;

/// The policies that the entitlements are about.
pub const RESOURCES: [&str; 3] = [
    "projects/acme-prod",
    "projects/acme-pay",
    "projects/acme-dev",
];

/// The service account that writes policies.
const BROKER: &str = "daypass@acme-access.iam.gserviceaccount.com";

/// What ID tokens for the server are for.
pub(super) const AUDIENCE: &str = "http://127.0.0.1:1";

const ENTITLEMENTS: &str = r#"
apiVersion: daypass/v1
defaults: {duration: {default: 30m, max: 8h}}
entitlements:
  - id: one-open
    title: One place, nobody needs to agree
    requesters: &people ['user:alice@example.com', 'user:bob@example.com', 'user:dave@example.com']
    privileges: [{resource: projects/acme-prod, roles: [roles/compute.viewer]}]
    duration: &duration {min: 1m, default: 30m, max: 8h}
    justification: {required: false}
    approval: none
  - id: one-approved
    title: One place, somebody must agree
    requesters: *people
    privileges:
      - resource: projects/acme-prod
        roles: [roles/storage.admin]
        condition: 'resource.name.startsWith("projects/_/buckets/logs-")'
    duration: *duration
    justification: {required: false}
    approval: &approval {expires: 4h, steps: [{approvers: ['user:carol@example.com'], needed: 1}]}
  - id: three-open
    title: Three places at once, nobody needs to agree
    requesters: *people
    privileges: &three
      - {resource: projects/acme-prod, roles: [roles/pubsub.editor]}
      - {resource: projects/acme-pay, roles: [roles/compute.instanceAdmin.v1, roles/logging.viewer]}
      - {resource: projects/acme-dev, roles: [roles/run.admin]}
    duration: *duration
    justification: {required: false}
    approval: none
  - id: three-approved
    title: Three places at once, somebody must agree
    requesters: *people
    privileges: *three
    duration: *duration
    justification: {required: false}
    approval: *approval
  - id: deployer-open
    title: Acting as the deployer, nobody needs to agree
    requesters: *people
    privileges: [{impersonate: deployer@acme-prod.iam.gserviceaccount.com}]
    duration: *duration
    justification: {required: false}
    approval: none
  - id: deployer-approved
    title: Acting as the deployer, somebody must agree
    requesters: *people
    privileges: [{impersonate: deployer@acme-prod.iam.gserviceaccount.com}]
    duration: *duration
    justification: {required: false}
    approval: *approval
"#;

/// A sandbox and a folder.
#[derive(Debug)]
pub struct Site {
    sandbox: Sandbox,
    folder: TempDir,
    database: PathBuf,
}

impl Site {
    /// Starts the sandbox and writes the server's files.
    pub async fn start(program: &Program) -> Self {
        Self::with_database(program, None).await
    }

    /// The same, with the database in another folder.
    pub async fn with_database(program: &Program, database: Option<&Path>) -> Self {
        let sandbox = Sandbox::start(Options::default())
            .await
            .expect("the sandbox starts");
        let folder = tempfile::Builder::new()
            .prefix("daypass-test-")
            .tempdir()
            .expect("a temporary folder");
        let database = database.unwrap_or(folder.path()).join("daypass.db");
        let site = Self {
            sandbox,
            folder,
            database,
        };
        site.write_files(program).await;
        site.let_somebody_else_write();
        site
    }

    /// The emulated cloud.
    pub fn cloud(&self) -> Cloud {
        self.sandbox.cloud()
    }

    /// The server's files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The server's database.
    pub fn database(&self) -> &Path {
        &self.database
    }

    /// An ID token of this person for the server, which ends after an hour.
    pub fn id_token(&self, email: &str) -> String {
        self.cloud()
            .mint_id_token(email, AUDIENCE, jiff::SignedDuration::from_hours(1))
            .expect("the sandbox knows the person")
    }

    /// The server's configuration.
    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("daypass.yaml")
    }

    async fn write_files(&self, program: &Program) {
        let folder = self.folder.path();
        let url = self.sandbox.base_url();
        let made = std::process::Command::new(program.path())
            .args(["keys", "new", "--dir"])
            .arg(folder.join("keys"))
            .output()
            .expect("the program starts");
        assert!(made.status.success(), "a key is made");
        let variables = environment(&url, BROKER, &folder.join("broker")).await;
        let variables = variables.expect("the sandbox knows the broker");
        let (_, credentials) = variables
            .iter()
            .find(|(name, _)| name == "GOOGLE_APPLICATION_CREDENTIALS")
            .expect("the environment names credentials");
        let accounts: Vec<String> = ["alice", "bob", "carol", "dave"]
            .map(|name| format!("{name}@example.com"))
            .into();
        let configuration = json!({
            "listen": "127.0.0.1:0",
            "public_url": AUDIENCE,
            "store": format!("sqlite:{}", self.database.display()),
            "keys": {"dir": "keys"},
            "entitlements": [{"path": "entitlements.yaml"}],
            "machines": [{"issuer": url, "audience": AUDIENCE, "accounts": accounts}],
            "google": {"sandbox_url": url, "credentials_file": credentials},
            "requests": {"open": 100_000, "an_hour": 100_000},
            "sandbox": true,
        });
        let write = |name: &str, text: &str| {
            std::fs::write(folder.join(name), text).expect("the folder can be written");
        };
        write("entitlements.yaml", ENTITLEMENTS);
        // JSON is YAML.
        write("daypass.yaml", &configuration.to_string());
    }

    /// olivia may set every policy, besides the broker.
    fn let_somebody_else_write(&self) {
        let cloud = self.cloud();
        let mut policy = cloud.policy("organizations/1").expect("it has a policy");
        let own =
            json!({"role": "roles/iam.securityAdmin", "members": ["user:olivia@example.com"]});
        policy["bindings"]
            .as_array_mut()
            .expect("it has bindings")
            .push(own);
        cloud
            .put_policy("organizations/1", policy)
            .expect("the policy is one");
    }
}
