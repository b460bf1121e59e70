//! Fakes of the ports that tests turn by hand: a clock that stands still, randomness that repeats, groups from a list,
//! and IAM in memory with Google's rules about etags. What they do is plain to see; the sandbox is the faithful one.

mod clock;
mod directory;
mod iam;
mod people;
mod permissions;
mod projects;
mod tokens;

use std::sync::Arc;

use daypass_core::keyring::{Key, KeyId, Keyring};

pub use clock::{HandClock, Repeatable};
pub use directory::Groups;
pub use iam::{MemoryIam, Script};
pub use people::{DAYPASS, person_token};
pub use permissions::Roles;
pub use projects::Selections;
pub use tokens::Mint;

use crate::Ports;
use crate::ports::Store;

/// A keyring whose key every test knows.
pub fn keyring() -> Keyring {
    #[expect(clippy::expect_used, reason = "a constant of the right form")]
    let id = KeyId::parse("t1").expect("a key id");
    Keyring::new(Key::new(id, [7; 32]), Vec::new())
}

/// The fakes in one place, so that a test can turn each.
#[derive(Clone)]
pub struct Fakes {
    /// The clock.
    pub clock: Arc<HandClock>,
    /// Who is in which group.
    pub groups: Arc<Groups>,
    /// IAM.
    pub iam: Arc<MemoryIam>,
    /// Which projects there are.
    pub projects: Arc<Selections>,
    /// What roles hold.
    pub roles: Arc<Roles>,
    /// Who mints tokens.
    pub mint: Arc<Mint>,
}

impl Fakes {
    /// Fakes at a fixed moment, and the ports around a real store.
    pub fn with_store(store: Arc<dyn Store>) -> (Self, Ports) {
        let iam = Arc::<MemoryIam>::default();
        let clock = Arc::<HandClock>::default();
        let fakes = Self {
            mint: Arc::new(Mint::by(clock.clone())),
            clock,
            groups: Arc::default(),
            iam: Arc::clone(&iam),
            projects: Arc::default(),
            roles: Arc::new(Roles::beside(iam)),
        };
        let ports = Ports {
            store,
            iam: fakes.iam.clone(),
            directory: fakes.groups.clone(),
            projects: fakes.projects.clone(),
            permissions: fakes.roles.clone(),
            tokens: fakes.mint.clone(),
            clock: fakes.clock.clone(),
            random: Arc::new(Repeatable::default()),
        };
        (fakes, ports)
    }
}
