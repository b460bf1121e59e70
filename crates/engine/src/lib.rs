//! What Daypass does: the use cases around the pure core, and the ports that adapters fill.
//!
//! A verb of a person (one file each under `verbs`) decides, records and wakes the reconcilers; it never talks to
//! Google, but for `token`, which records what it will mint, mints, and records what came of it. The reconcilers (under `reconcile`) take no input, run by clock and by signal, are idempotent, and their
//! next run is their retry.

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod crash;
pub mod error;
pub mod ports;
#[cfg(feature = "testing")]
pub mod testing;

mod asking;
mod caller;
mod commit;
mod facts;
mod health;
mod own_project;
mod reconcile;
mod settings;
mod sources;
mod token_rate;
mod tokens_in_hand;
mod verbs;
mod view;
mod wish;
mod writer;

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use daypass_core::Timestamp;
use daypass_core::entitlement::Catalogue;
use daypass_core::ids::GrantId;
use daypass_core::keyring::Keyring;
use tokio::sync::Notify;

pub use caller::{Caller, SignedInPerson};
pub use error::Error;
pub use health::{Health, ReconcilerStatus};
pub use settings::Settings;
pub use sources::Degraded;
pub use token_rate::TOKENS_A_MINUTE;
pub use verbs::reload::{BadFiles, Difference, GoodFiles, Reloaded};
pub use verbs::sessions::SessionToken;
pub use verbs::token::{HandedToken, TokenWish};
pub use view::{EntitlementView, GrantScope, GrantView, GrantsQuery};
pub use wish::{GiveWish, Judgement, Wish};

use ports::{Clock, Directory, Iam, Permissions, Projects, Random, Store, Tokens};

/// The adapters that the engine works with.
#[derive(Clone)]
pub struct Ports {
    /// The durable record.
    pub store: Arc<dyn Store>,
    /// IAM.
    pub iam: Arc<dyn Iam>,
    /// Who is in which group.
    pub directory: Arc<dyn Directory>,
    /// Which projects there are.
    pub projects: Arc<dyn Projects>,
    /// What roles hold, and which policies are in force where.
    pub permissions: Arc<dyn Permissions>,
    /// Tokens of the service accounts that entitlements let people act as.
    pub tokens: Arc<dyn Tokens>,
    /// Google's time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// The engine. Clones share everything.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    ports: Ports,
    keyring: Keyring,
    settings: Settings,
    catalogue: RwLock<Arc<Catalogue>>,
    /// Counts the catalogues that were in force, from 1.
    catalogue_version: AtomicU64,
    /// Wakes the reconcilers; a wake that comes while they run is kept for the next run.
    wake: Notify,
    state: reconcile::Shared,
    asking: asking::Turns,
    sources: sources::Sources,
    tokens: tokens_in_hand::TokensInHand,
    token_rate: token_rate::TokenRate,
    /// Whoever changes a grant for its tokens, or revokes it, does so in turn: many who ask for tokens at once must not
    /// keep a revocation out.
    token_turns: asking::Turns,
}

impl Engine {
    /// An engine that is at rest: verbs work at once, reconcilers run in [`Engine::run`].
    pub fn new(ports: Ports, keyring: Keyring, catalogue: Catalogue, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            ports,
            keyring,
            settings,
            catalogue: RwLock::new(Arc::new(catalogue)),
            catalogue_version: AtomicU64::new(1),
            wake: Notify::new(),
            state: reconcile::Shared::default(),
            asking: asking::Turns::default(),
            sources: sources::Sources::default(),
            tokens: tokens_in_hand::TokensInHand::default(),
            token_rate: token_rate::TokenRate::default(),
            token_turns: asking::Turns::default(),
        }))
    }

    /// The entitlements in force. A decision takes this once and works with that one version (I32).
    pub fn catalogue(&self) -> Arc<Catalogue> {
        let guard = self
            .0
            .catalogue
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(&guard)
    }

    /// Puts a new version in force. What waits under an entitlement that changed is decided anew.
    pub fn replace_catalogue(&self, catalogue: Catalogue) {
        let mut guard = self
            .0
            .catalogue
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *guard = Arc::new(catalogue);
        drop(guard);
        self.0.catalogue_version.fetch_add(1, Ordering::AcqRel);
        self.wake();
    }

    /// Google's time.
    pub fn now(&self) -> Timestamp {
        self.0.ports.clock.now()
    }

    /// Runs the reconcilers until `stop` resolves; work that is under way is finished first.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        reconcile::run(self, stop).await;
    }

    /// Runs the reconcilers once, to the point where nothing is left to do, and looks at every policy. For tests: it
    /// takes one step after the other, in the same order each time.
    #[cfg(feature = "testing")]
    pub async fn reconcile_once(&self) -> Vec<Error> {
        reconcile::once(self).await
    }

    /// Tells the reconcilers that there may be work.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    fn store(&self) -> &dyn Store {
        &*self.0.ports.store
    }

    fn new_id(&self) -> GrantId {
        let mut random = [0; 10];
        self.0.ports.random.fill(&mut random);
        GrantId::new(self.now(), random)
    }

    fn random_number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.0.ports.random.fill(&mut bytes);
        u64::from_be_bytes(bytes)
    }
}
