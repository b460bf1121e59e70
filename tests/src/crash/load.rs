//! A mixed load: people who ask, agree, refuse, end and extend, each at their own moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tokio::task::JoinSet;

use super::{Deed, Ledger, Person, Site};

/// Who asks. Each is a task of their own.
const PEOPLE: [&str; 3] = ["alice", "bob", "dave"];

/// Who decides.
const APPROVER: &str = "carol";

/// What is asked for; the load prefers what touches three policies.
const ENTITLEMENTS: [&str; 5] = [
    "one-open",
    "one-approved",
    "three-open",
    "three-approved",
    "three-approved",
];

/// Grants that are looked at again: older ones are left to their end.
const RECENT: usize = 25;

/// People at work on one life of the server. What is acknowledged is in the ledger, whatever becomes of the rest.
#[derive(Debug)]
pub struct Load {
    tasks: JoinSet<()>,
}

/// The ledger, shared by everybody.
pub type Shared = Arc<Mutex<Ledger>>;

fn locked(ledger: &Shared) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Load {
    /// Sets everybody to work.
    pub fn begin(site: &Site, url: &str, ledger: &Shared, chance: &mut StdRng) -> Self {
        let mut tasks = JoinSet::new();
        let approver = Person::at(url, &site.cloud(), APPROVER);
        for name in PEOPLE {
            let person = Person::at(url, &site.cloud(), name);
            let chance = StdRng::seed_from_u64(chance.random());
            tasks.spawn(asking(person, ledger.clone(), chance));
        }
        for _ in 0..2 {
            let chance = StdRng::seed_from_u64(chance.random());
            tasks.spawn(deciding(approver.clone(), ledger.clone(), chance));
        }
        Self { tasks }
    }

    /// Lets everybody stop. To be called when the server is dead: a call that is under way then fails, and is not
    /// taken for acknowledged.
    pub async fn end(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn asking(person: Person, ledger: Shared, mut chance: StdRng) {
    loop {
        match chance.random_range(0..10) {
            0..5 => {
                let entitlement = ENTITLEMENTS.choose(&mut chance).unwrap_or(&"one-open");
                let minutes = chance.random_range(5..60);
                if let Ok(made) = person.ask(entitlement, minutes).await {
                    locked(&ledger).note(&made.id, Deed::Made);
                }
            }
            5..7 => {
                if let Some(grant) = some(&ledger, &mut chance)
                    && let Ok(made) = person.extend(&grant, chance.random_range(5..60)).await
                {
                    locked(&ledger).note(&made.id, Deed::Made);
                }
            }
            7..9 => act(&person, &ledger, &mut chance, "revoke", Deed::Revoked).await,
            _ => act(&person, &ledger, &mut chance, "withdraw", Deed::Withdrawn).await,
        }
        pause(&mut chance).await;
    }
}

async fn deciding(person: Person, ledger: Shared, mut chance: StdRng) {
    loop {
        if chance.random_bool(0.75) {
            act(&person, &ledger, &mut chance, "approve", Deed::Approved).await;
        } else if chance.random_bool(0.5) {
            act(&person, &ledger, &mut chance, "deny", Deed::Denied).await;
        } else {
            act(&person, &ledger, &mut chance, "revoke", Deed::Revoked).await;
        }
        pause(&mut chance).await;
    }
}

async fn act(person: &Person, ledger: &Shared, chance: &mut StdRng, verb: &str, deed: Deed) {
    let Some(grant) = some(ledger, chance) else {
        return;
    };
    // The answer names the grant that it was done to: of a chain of extensions, the last.
    if let Ok(done) = person.decide(&grant, verb).await {
        locked(ledger).note(&done.id, deed);
    }
}

fn some(ledger: &Shared, chance: &mut StdRng) -> Option<String> {
    locked(ledger).latest(RECENT).choose(chance).cloned()
}

async fn pause(chance: &mut StdRng) {
    tokio::time::sleep(Duration::from_millis(chance.random_range(1..25))).await;
}
