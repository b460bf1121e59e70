//! Members that Google refuses, among many that it takes: a batch must not share their fate.

use std::time::Duration;

use daypass_core::grant::Grant;
use daypass_core::state::State;

use super::broker::Broker;
use super::world::{World, person};

/// Grants in all.
pub const GRANTS: usize = 100;
/// Where among them those stand whom Google does not know.
pub const UNKNOWN: [usize; 3] = [7, 48, 93];

/// What became of them.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Grants that are ACTIVE.
    pub active: usize,
    /// Why the others failed.
    pub failed: Vec<String>,
    /// Calls of `setIamPolicy` that the sandbox received.
    pub sets: usize,
    /// Bindings in the final policy.
    pub bindings: usize,
    /// From the first approval to the last settled grant.
    pub took: Duration,
}

/// The address of somebody whom Google does not know.
pub fn unknown(number: usize) -> String {
    format!("nobody-{number}@example.com")
}

/// Approves a hundred grants on one project at once.
///
/// # Panics
/// If a grant is lost.
pub async fn run(world: &World) -> Outcome {
    world.reset();
    let broker = Broker::start(world).await;
    let email = |number| {
        if UNKNOWN.contains(&number) {
            unknown(number)
        } else {
            person(number)
        }
    };
    let asked = broker
        .ask((0..GRANTS).map(|number| (email(number), 0)).collect())
        .await;
    let before = world.mark();
    let run = broker.approve_all(&asked).await;
    let grants = broker.grants(&asked).await;
    broker.stop().await;
    let failed: Vec<&Grant> = grants
        .iter()
        .filter(|grant| grant.state == State::ActivationFailed)
        .collect();
    Outcome {
        active: grants
            .iter()
            .filter(|grant| grant.state == State::Active)
            .count(),
        failed: failed
            .iter()
            .map(|grant| grant.failure.clone().unwrap_or_default())
            .collect(),
        sets: world.sets_since(before).0,
        bindings: super::oracle::check(world, &[Vec::new()], super::oracle::OURS).bindings,
        took: run.until_active,
    }
}
