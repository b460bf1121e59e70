//! A whole Daypass in process over a running sandbox: the engine, its record on SQLite, and the way to Google.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use daypass_core::audit::Channel;
use daypass_core::email::Email;
use daypass_core::entitlement::{Catalogue, EntitlementId, Source, load};
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::keyring::{Key, KeyId, Keyring};
use daypass_core::person::Person;
use daypass_core::request::Ask;
use daypass_core::state::State;
use daypass_engine::ports::Random as _;
use daypass_engine::testing::Groups;
use daypass_engine::{Caller, Engine, Judgement, Ports, Settings, Wish};
use daypass_google::{Google, Options, OsRandom, SandboxClock};
use daypass_sandbox::Sandbox;
use daypass_store_sqlite::SqliteStore;
use jiff::SignedDuration;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Who writes the policies, as a member.
pub const BROKER: &str = "serviceAccount:daypass@acme-access.iam.gserviceaccount.com";

/// The groups of the sandbox's built-in world, as a directory would tell them.
const GROUPS: [(&str, &[&str]); 5] = [
    ("sre", &["alice", "bob", "dave"]),
    ("leads", &["carol"]),
    ("storage", &["dave"]),
    ("security", &["erin"]),
    ("platform", &["alice", "carol"]),
];

/// How long a state, or a policy, may take to come about.
const PATIENCE: Duration = Duration::from_mins(1);

/// A sandbox and a Daypass over it.
pub struct World {
    /// The emulated cloud.
    pub sandbox: Sandbox,
    /// The engine; its reconcilers run.
    pub engine: Engine,
    clock: Arc<SandboxClock>,
    stop: oneshot::Sender<()>,
    reconcilers: JoinHandle<()>,
    store: SqliteStore,
    _folder: TempDir,
}

impl World {
    /// Starts both. The text is an entitlement file.
    pub async fn start(entitlements: &str) -> Self {
        Self::start_with(entitlements, Settings::default()).await
    }

    /// Starts both, with settings of the engine.
    pub async fn start_with(entitlements: &str, settings: Settings) -> Self {
        let sandbox = crate::sandbox().await;
        let folder = TempDir::new().expect("a temporary folder");
        let google = connect(&sandbox, folder.path()).await;
        let clock = google.sandbox_clock().expect("a sandbox has a clock");
        let store = SqliteStore::open(&folder.path().join("daypass.db"))
            .await
            .expect("the store opens");
        let google = Arc::new(google);
        let ports = Ports {
            store: Arc::new(store.clone()),
            clock: google.clock(),
            projects: google.clone(),
            permissions: google.clone(),
            tokens: google.clone(),
            iam: google,
            directory: Arc::new(groups()),
            random: Arc::new(OsRandom),
        };
        let engine = Engine::new(ports, keyring(), catalogue(entitlements), settings);
        let (stop, stopped) = oneshot::channel::<()>();
        let running = engine.clone();
        let reconcilers = tokio::spawn(async move {
            // A dropped sender means the same: the test is over.
            running.run(async { drop(stopped.await) }).await;
        });
        Self {
            sandbox,
            engine,
            clock,
            stop,
            reconcilers,
            store,
            _folder: folder,
        }
    }

    /// One of the sandbox's people, signed in; `alice` stands for `alice@example.com`.
    pub fn caller(&self, name: &str) -> Caller {
        Caller {
            person: self.person(name),
            channel: Channel::Api,
        }
    }

    /// The same person, without a channel.
    pub fn person(&self, name: &str) -> Person {
        let email = Email::parse(&format!("{name}@example.com")).expect("an address");
        Person {
            issuer: self.sandbox.base_url(),
            subject: email.as_str().to_owned(),
            email,
        }
    }

    /// Asks for an entitlement on its default terms.
    pub async fn request(&self, who: &str, entitlement: &str) -> Grant {
        let mut ask = Ask::new(EntitlementId::parse(entitlement).expect("an entitlement's id"));
        ask.justification = Some("INC-1 disk full".to_owned());
        let asked = self
            .engine
            .request(&self.caller(who), Wish::Ask(ask), None)
            .await;
        asked.unwrap_or_else(|error| panic!("{who} may ask for {entitlement}: {error:?}"))
    }

    /// Approves what waits for a decision.
    pub async fn approve(&self, who: &str, id: GrantId) -> Grant {
        let approved = self
            .engine
            .approve(&self.caller(who), id, Judgement::default())
            .await;
        approved.unwrap_or_else(|error| panic!("{who} may approve {id}: {error:?}"))
    }

    /// Gives a grant back, or takes it away.
    pub async fn revoke(&self, who: &str, id: GrantId) -> Grant {
        let revoked = self.engine.revoke(&self.caller(who), id, None).await;
        revoked.unwrap_or_else(|error| panic!("{who} may revoke {id}: {error:?}"))
    }

    /// Waits until the grant of this person is in the state.
    pub async fn until(&self, who: &str, id: GrantId, state: State) -> Grant {
        let (person, started) = (self.person(who), Instant::now());
        loop {
            let grant = self
                .engine
                .grant(&person, id)
                .await
                .expect("the grant is recorded")
                .grant;
            if grant.state == state {
                return grant;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "{id} is {:?} and not {state:?}: {grant:#?}",
                grant.state
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the policy of a resource, by the sandbox's name, fits.
    pub async fn until_policy(&self, resource: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let policy = self
                .sandbox
                .cloud()
                .policy(resource)
                .expect("the resource is there");
            if fits(&policy) {
                return policy;
            }
            assert!(started.elapsed() < PATIENCE, "{resource}: {policy:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets the sandbox's time go on, and Daypass with it.
    pub async fn advance(&self, by: SignedDuration) {
        self.sandbox.cloud().advance(by);
        self.clock.refresh().await;
        self.engine.wake();
    }

    /// Ends Daypass, then the sandbox.
    pub async fn stop(self) {
        // The other end is gone only if the reconcilers died, and the next line tells.
        let _ = self.stop.send(());
        self.reconcilers
            .await
            .expect("the reconcilers end in peace");
        self.store.close().await;
        self.sandbox.stop().await;
    }
}

async fn connect(sandbox: &Sandbox, folder: &Path) -> Google {
    let variables =
        daypass_sandbox::environment(&sandbox.base_url(), BROKER, &folder.join("broker")).await;
    let variables = variables.expect("the sandbox knows the broker");
    let file = variables
        .iter()
        .find(|(name, _)| name == "GOOGLE_APPLICATION_CREDENTIALS");
    let options = Options {
        credentials_file: file.map(|(_, path)| path.into()),
        sandbox: true,
        sandbox_url: Some(sandbox.base_url()),
        ..Options::default()
    };
    Google::connect(options)
        .await
        .expect("Daypass connects to the sandbox")
}

fn groups() -> Groups {
    let groups = Groups::default();
    for (group, members) in GROUPS {
        for member in members {
            groups.add(
                &format!("{group}@example.com"),
                &format!("{member}@example.com"),
            );
        }
    }
    groups
}

fn keyring() -> Keyring {
    let mut secret = [0; 32];
    OsRandom.fill(&mut secret);
    Keyring::new(
        Key::new(KeyId::parse("w1").expect("a key id"), secret),
        Vec::new(),
    )
}

/// Reads an entitlement file.
pub fn catalogue(text: &str) -> Catalogue {
    let source = Source {
        name: "scenario.yaml".to_owned(),
        text: text.to_owned(),
    };
    load(&[source]).unwrap_or_else(|findings| panic!("the scenario's entitlements: {findings:#?}"))
}
