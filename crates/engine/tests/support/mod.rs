//! A small world for the engine: an organisation, its entitlements, fakes that a test turns by hand, and a witness that
//! watches every write.

pub(crate) mod scenarios;
mod witness;

use std::path::Path;
use std::sync::Arc;

use daypass_core::audit::{Action, Channel, Recorded};
use daypass_core::email::Email;
use daypass_core::entitlement::{Catalogue, EntitlementId, Source, load};
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::person::Person;
use daypass_core::request::Ask;
use daypass_core::state::State;
use daypass_engine::ports::{AuditFilter, Store};
use daypass_engine::testing::{Fakes, keyring};
use daypass_engine::{Caller, Engine, Error, Judgement, Settings, Wish};
use daypass_store_sqlite::{IN_MEMORY, SqliteStore};
use serde_json::Value;

pub(crate) use witness::{Witness, is_ours, title};

/// The project that most grants are on.
pub(crate) const ONE: &str = "projects/acme-one";
/// The resources of the entitlement on three.
pub(crate) const THREE: [&str; 3] = [
    "projects/acme-three-a",
    "projects/acme-three-b",
    "projects/acme-three-c",
];

/// The organisation: `sre` (ann, abe, lea) ask, `leads` (lea, leo) approve, greta gives.
pub(crate) const ENTITLEMENTS: &str = r"
apiVersion: daypass/v1
entitlements:
  - id: prod-one
    requesters: [group:sre@example.com]
    grantors: [user:greta@example.com]
    beneficiaries: ['user:new@example.com', 'user:a@example.com', 'group:night@example.com', 'serviceAccount:job@acme-one.iam.gserviceaccount.com']
    privileges: [{resource: projects/acme-one, roles: [roles/storage.admin]}]
    duration: {default: 1h, max: 4h}
    start: {latest: 14d}
    approval: {expires: 4h, steps: [{approvers: [group:leads@example.com]}]}
  - id: prod-three
    requesters: [group:sre@example.com]
    privileges:
      - {resource: projects/acme-three-a, roles: [roles/storage.admin]}
      - {resource: projects/acme-three-b, roles: [roles/storage.admin]}
      - {resource: projects/acme-three-c, roles: [roles/storage.admin]}
    duration: {default: 1h, max: 4h}
    approval: none
  - id: two-yes
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/compute.admin]}]
    duration: {default: 1h, max: 4h}
    approval: {expires: 4h, steps: [{approvers: [group:leads@example.com], needed: 2}]}
  - id: self-serve
    requesters: ['domain:example.com']
    privileges: [{resource: projects/acme-one, roles: [roles/logging.viewer]}]
    duration: {default: 1h, max: 4h}
    approval: none
";

/// The entitlements of a text.
pub(crate) fn catalogue(text: &str) -> Catalogue {
    load(&[Source {
        name: "entitlements.yaml".into(),
        text: text.into(),
    }])
    .unwrap()
}

/// Somebody of the organisation, signed in at the terminal.
pub(crate) fn caller(name: &str) -> Caller {
    let person = Person {
        issuer: "https://accounts.example.com".into(),
        subject: format!("subject-of-{name}"),
        email: Email::parse(&format!("{name}@example.com")).unwrap(),
    };
    Caller {
        person,
        channel: Channel::Cli,
    }
}

/// A plain request for an entitlement.
pub(crate) fn ask(entitlement: &str) -> Ask {
    Ask {
        justification: Some("INC-1 the disk is full".into()),
        ..Ask::new(EntitlementId::parse(entitlement).unwrap())
    }
}

/// The engine in its world. When it is dropped, the witness must have seen nothing wrong: no test can forget to ask.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) fakes: Fakes,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) witness: Arc<Witness>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let settings = Settings {
            read_back_for: std::time::Duration::ZERO,
            ..Settings::default()
        };
        Self::with(settings).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(Path::new(IN_MEMORY)).await.unwrap());
        let (fakes, mut ports) = Fakes::with_store(Arc::clone(&store));
        let witness = Arc::new(Witness::new(Arc::clone(&fakes.iam), Arc::clone(&store)));
        ports.iam = witness.clone();
        for (group, members) in [
            ("sre@example.com", &["ann", "abe", "lea"][..]),
            ("leads@example.com", &["lea", "leo"]),
        ] {
            for member in members {
                fakes.groups.add(group, &format!("{member}@example.com"));
            }
        }
        let engine = Engine::new(ports, keyring(), catalogue(ENTITLEMENTS), settings);
        Self {
            engine,
            fakes,
            store,
            witness,
        }
    }

    pub(crate) async fn try_ask(&self, who: &str, ask: Ask) -> Result<Grant, Error> {
        self.engine
            .request(&caller(who), Wish::Ask(ask), None)
            .await
    }

    pub(crate) async fn requested(&self, who: &str, entitlement: &str) -> Grant {
        self.try_ask(who, ask(entitlement)).await.unwrap()
    }

    pub(crate) async fn approve(&self, who: &str, id: GrantId) -> Result<Grant, Error> {
        self.engine
            .approve(&caller(who), id, Judgement::default())
            .await
    }

    /// Asks, has it approved where that is needed, and brings it to ACTIVE.
    pub(crate) async fn active(&self, who: &str, entitlement: &str) -> Grant {
        let grant = self.requested(who, entitlement).await;
        if grant.state == State::ApprovalAwaited {
            self.approve("leo", grant.id).await.unwrap();
        }
        self.quiet().await;
        let grant = self.grant(grant.id).await;
        assert_eq!(grant.state, State::Active, "{:?}", grant.failure);
        grant
    }

    /// Runs the reconcilers; what went wrong, in words.
    pub(crate) async fn reconcile(&self) -> Vec<String> {
        self.engine
            .reconcile_once()
            .await
            .iter()
            .map(|error| daypass_engine::error::chain(error))
            .collect()
    }

    /// Runs the reconcilers, and nothing goes wrong.
    pub(crate) async fn quiet(&self) {
        let failures = self.reconcile().await;
        assert!(failures.is_empty(), "{failures:?}");
    }

    pub(crate) async fn grant(&self, id: GrantId) -> Grant {
        self.store.grant(id).await.unwrap().unwrap()
    }

    pub(crate) async fn state(&self, id: GrantId) -> State {
        self.grant(id).await.state
    }

    /// The whole trail.
    pub(crate) async fn trail(&self) -> Vec<Recorded> {
        self.store
            .audit_entries(&AuditFilter {
                limit: usize::MAX,
                ..AuditFilter::default()
            })
            .await
            .unwrap()
    }

    /// How often this was recorded.
    pub(crate) async fn count(&self, action: Action) -> usize {
        self.trail()
            .await
            .iter()
            .filter(|recorded| recorded.entry.action == action)
            .count()
    }

    /// The bindings in a policy that bear our title.
    pub(crate) fn ours(&self, resource: &str) -> Vec<Value> {
        bindings(&self.fakes.iam.policy(resource))
            .into_iter()
            .filter(is_ours)
            .collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(
                self.witness.violations(),
                Vec::<String>::new(),
                "what the witness saw"
            );
            assert_eq!(self.fakes.iam.blind_writes(), 0, "writes without an etag");
        }
    }
}

/// The bindings of a policy.
pub(crate) fn bindings(policy: &Value) -> Vec<Value> {
    policy["bindings"].as_array().cloned().unwrap_or_default()
}
