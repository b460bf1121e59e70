//! Daypass itself in the storm: the engine, SQLite in a file, Google over HTTP.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use daypass_core::audit::Channel;
use daypass_core::email::Email;
use daypass_core::entitlement::{EntitlementId, Source, load};
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::keyring::{KEY_BYTES, Key, KeyId, Keyring};
use daypass_core::person::Person;
use daypass_core::request::Ask;
use daypass_core::state::State;
use daypass_engine::ports::Store;
use daypass_engine::testing::Groups;
use daypass_engine::{Caller, Engine, Judgement, Ports, Settings, Wish};
use daypass_google::{Google, Options, OsRandom};
use daypass_store_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::world::{BROKER, World, person, project};

/// Says yes to everything.
const APPROVER: &str = "carol@example.com";
/// How often the record is asked whether all is done.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// A storm that takes longer has lost something.
const LONGEST: Duration = Duration::from_mins(2);

/// A running Daypass.
pub struct Broker {
    engine: Engine,
    store: SqliteStore,
    reconcilers: JoinHandle<()>,
    end: oneshot::Sender<()>,
    projects: usize,
    of_each_project: usize,
    _folder: TempDir,
}

/// How long the storm took, from the first approval.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Until the last approval was recorded.
    pub approvals: Duration,
    /// Until no grant was on its way any more.
    pub until_active: Duration,
}

impl Broker {
    /// Starts it on a new database.
    pub async fn start(world: &World) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let store = SqliteStore::open(&folder.path().join("storm.db"))
            .await
            .expect("a database");
        let google = google(world, &folder).await;
        let google = Arc::new(google);
        let ports = Ports {
            store: Arc::new(store.clone()),
            clock: google.clock(),
            projects: google.clone(),
            permissions: google.clone(),
            tokens: google.clone(),
            iam: google,
            directory: Arc::new(Groups::default()),
            random: Arc::new(OsRandom),
        };
        let key = Key::new(KeyId::parse("k1").expect("a key id"), [7; KEY_BYTES]);
        let catalogue = load(&[entitlements(world.scale.projects)]).expect("entitlements");
        let engine = Engine::new(
            ports,
            Keyring::new(key, Vec::new()),
            catalogue,
            Settings::default(),
        );
        let (end, ended) = oneshot::channel::<()>();
        let background = engine.clone();
        let reconcilers = tokio::spawn(async move {
            background
                .run(async move {
                    // An error means that the broker was dropped, which is the end as well.
                    let _ = ended.await;
                })
                .await;
        });
        Self {
            engine,
            store,
            reconcilers,
            end,
            projects: world.scale.projects,
            of_each_project: world.of_each_project(),
            _folder: folder,
        }
    }

    /// Requests of as many people as there are grants, each waiting for approval.
    pub async fn ask_for_all(&self) -> Vec<GrantId> {
        let numbers = 0..self.projects * self.of_each_project;
        let wishes = numbers.map(|number| (person(number), number / self.of_each_project));
        self.ask(wishes.collect()).await
    }

    /// Requests of these people for these projects.
    pub async fn ask(&self, wishes: Vec<(String, usize)>) -> Vec<GrantId> {
        let mut requests = JoinSet::new();
        for (email, project) in wishes {
            let engine = self.engine.clone();
            requests.spawn(async move {
                let id = EntitlementId::parse(&format!("storm-{project}")).expect("an entitlement");
                let grant = engine
                    .request(&caller(&email), Wish::Ask(Ask::new(id)), None)
                    .await;
                grant.expect("the request is recorded").id
            });
        }
        requests.join_all().await
    }

    /// Approves all at once, and waits until none of them is on its way any more.
    pub async fn approve_all(&self, grants: &[GrantId]) -> Run {
        let began = Instant::now();
        let mut approvals = JoinSet::new();
        for id in grants.iter().copied() {
            let engine = self.engine.clone();
            approvals.spawn(async move {
                let approved = engine
                    .approve(&caller(APPROVER), id, Judgement::default())
                    .await;
                approved.expect("the approval is recorded");
            });
        }
        approvals.join_all().await;
        let approvals = began.elapsed();
        while !self
            .store
            .in_state(State::Activating, 1)
            .await
            .expect("the store")
            .is_empty()
        {
            assert!(began.elapsed() < LONGEST, "grants are still on their way");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Run {
            approvals,
            until_active: began.elapsed(),
        }
    }

    /// How many of these are ACTIVE.
    pub async fn active(&self, grants: &[GrantId]) -> usize {
        let grants = self.grants(grants).await;
        grants
            .iter()
            .filter(|grant| grant.state == State::Active)
            .count()
    }

    /// The grants as they are recorded.
    pub async fn grants(&self, grants: &[GrantId]) -> Vec<Grant> {
        let mut found = Vec::with_capacity(grants.len());
        for id in grants {
            let grant = self.store.grant(*id).await.expect("the store");
            found.push(grant.expect("no grant is lost"));
        }
        found
    }

    /// Ends it in order.
    pub async fn stop(self) {
        // An error means that the reconcilers are gone already, which the next line tells.
        let _ = self.end.send(());
        self.reconcilers
            .await
            .expect("the reconcilers do not panic");
        self.store.close().await;
    }
}

async fn google(world: &World, folder: &TempDir) -> Google {
    let broker = BROKER.trim_start_matches("serviceAccount:");
    let variables =
        daypass_sandbox::environment(&world.base_url, broker, &folder.path().join("broker")).await;
    let variables = variables.expect("the sandbox knows the broker");
    let file = variables
        .into_iter()
        .find(|(name, _)| name == "GOOGLE_APPLICATION_CREDENTIALS");
    let options = Options {
        credentials_file: file.map(|(_, path)| path.into()),
        sandbox: true,
        sandbox_url: Some(world.base_url.clone()),
        ..Options::default()
    };
    Google::connect(options).await.expect("the sandbox answers")
}

fn entitlements(projects: usize) -> Source {
    let mut text = "apiVersion: daypass/v1\nentitlements:\n".to_owned();
    for number in 0..projects {
        let name = project(number);
        let written = write!(
            text,
            "  - id: storm-{number}
    title: Storage of {name}
    requesters: [domain:example.com]
    privileges: [{{resource: {name}, roles: [roles/storage.admin]}}]
    duration: {{default: 1h, max: 1h}}
    justification: {{required: false}}
    approval: {{steps: [{{approvers: ['user:{APPROVER}']}}]}}
"
        );
        written.expect("a string takes any text");
    }
    Source {
        name: "storm.yaml".into(),
        text,
    }
}

fn caller(email: &str) -> Caller {
    Caller {
        person: Person {
            issuer: "https://issuer.example.com".into(),
            subject: email.to_owned(),
            email: Email::parse(email).expect("an address"),
        },
        channel: Channel::Api,
    }
}
