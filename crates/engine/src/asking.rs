//! One request of a person at a time: counting what they have open and adding to it is one step.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use tokio::sync::{Mutex, MutexGuard};

/// How many people can ask at the same time without any two sharing a turn, at best. The store writes the requests of
/// different people together, so they must not wait for each other.
const TURNS: usize = 64;

/// The turns. Two people may share one; one person never has two.
pub(crate) struct Turns(Vec<Mutex<()>>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Mutex::new(())).collect())
    }
}

impl Turns {
    /// Waits for the turn of this person, or grant, which lasts as long as the guard.
    pub(crate) async fn of<T: Hash + Sync>(&self, whose: &T) -> Option<MutexGuard<'_, ()>> {
        let mut hasher = DefaultHasher::new();
        whose.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % TURNS as u64).ok()?;
        match self.0.get(place) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        }
    }
}
