//! What a store is: named checks that any implementation of [`Store`](crate::ports::Store) must pass.
//!
//! The tests of each store call [`run`] with a function that makes an empty one.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a check fails by a panic, which says where"
)]

mod audit;
mod chance;
mod commits;
pub mod fixtures;
mod kept;
mod pages;
mod queries;
mod sessions;

use std::future::Future;
use std::sync::Arc;

use futures::future::BoxFuture;

pub use audit::verify;

use crate::ports::Store;

/// One check, to be run on a store that is empty.
#[derive(Clone, Copy)]
pub struct Check {
    /// What it shows.
    pub name: &'static str,
    /// The check; it panics when the store fails it.
    pub run: fn(Arc<dyn Store>) -> BoxFuture<'static, ()>,
}

/// Names a check after what it shows.
macro_rules! check {
    ($name:literal, $run:path) => {
        $crate::conformance::Check {
            name: $name,
            run: |store| Box::pin($run(store)),
        }
    };
}
use check;

/// All checks.
pub fn checks() -> Vec<Check> {
    [
        commits::CHECKS,
        audit::CHECKS,
        queries::CHECKS,
        pages::CHECKS,
        sessions::CHECKS,
        kept::CHECKS,
    ]
    .concat()
}

/// Runs every check on a store of its own, and then says which failed.
///
/// # Panics
/// If a check failed, with the name of each that did.
pub async fn run<Make, Made>(make_store: Make)
where
    Make: Fn() -> Made,
    Made: Future<Output = Arc<dyn Store>>,
{
    let mut failed = Vec::new();
    for check in checks() {
        let store = make_store().await;
        // In a task of its own, so that one failure does not hide the next.
        if tokio::spawn((check.run)(store)).await.is_err() {
            failed.push(check.name);
        }
    }
    assert!(
        failed.is_empty(),
        "the store fails {} of {} checks: {failed:#?}",
        failed.len(),
        checks().len()
    );
}
