//! Answers of Google that do not come: they delay what needs them, and nothing else. No end waits for a beginning.

use std::time::Duration;

use daypass_core::ids::GrantId;
use daypass_core::request::Ask;
use daypass_core::state::State;
use daypass_engine::Settings;
use jiff::SignedDuration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{ENTITLEMENTS, ONE, THREE, World, ask, caller, catalogue};

async fn world() -> World {
    with_writers(16).await
}

async fn with_writers(concurrent_resources: usize) -> World {
    let settings = Settings {
        concurrent_resources,
        reconcile_every: Duration::from_millis(20),
        gather: Duration::from_millis(1),
        ..Settings::default()
    };
    World::with(settings).await
}

/// The loop that the server runs.
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    fn of(world: &World) -> Self {
        let (stop, stopped) = oneshot::channel();
        let engine = world.engine.clone();
        let task = tokio::spawn(async move {
            engine
                .run(async {
                    let _ = stopped.await;
                })
                .await;
        });
        Self { stop, task }
    }

    /// Stops it: what hangs does not hold that up either.
    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), self.task)
            .await
            .unwrap()
            .unwrap();
    }
}

async fn becomes(world: &World, id: GrantId, state: State) {
    let there = async {
        while world.state(id).await != state {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let within = tokio::time::timeout(Duration::from_secs(10), there).await;
    assert!(
        within.is_ok(),
        "{:?} instead of {state}",
        world.grant(id).await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_that_does_not_answer_delays_only_what_is_on_it() {
    let world = world().await;
    let standing = world.active("ann", "self-serve").await;
    world.witness.hang(THREE[1]);
    let stuck = world.requested("ann", "prod-three").await;
    let beside = world.requested("abe", "self-serve").await;
    let running = Running::of(&world);
    becomes(&world, beside.id, State::Active).await;
    world
        .engine
        .revoke(&caller("ann"), standing.id, None)
        .await
        .unwrap();
    becomes(&world, standing.id, State::Revoked).await;
    let later = world.requested("lea", "self-serve").await;
    becomes(&world, later.id, State::Active).await;
    assert_eq!(world.state(stuck.id).await, State::Activating);
    world.fakes.clock.advance(3_600);
    becomes(&world, later.id, State::Ended).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_cannot_be_decided_anew_delays_neither_ends_nor_the_others() {
    let world = world().await;
    let standing = world.active("ann", "self-serve").await;
    let stuck = world.requested("abe", "two-yes").await;
    let other = world.requested("ann", "two-yes").await;
    world.fakes.groups.hold("abe@example.com");
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("roles/compute.admin", "roles/compute.viewer"),
    ));
    let running = Running::of(&world);
    world
        .engine
        .revoke(&caller("ann"), standing.id, None)
        .await
        .unwrap();
    becomes(&world, standing.id, State::Revoked).await;
    let decided = async {
        while world.grant(other.id).await.decided_anew_at.is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), decided)
        .await
        .unwrap();
    assert!(world.grant(stuck.id).await.decided_anew_at.is_none());
    assert!(world.ours(ONE).is_empty());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_waits_for_the_directory_delays_neither_ends_nor_other_starts() {
    let world = world().await;
    let standing = world.active("lea", "self-serve").await;
    let mut scheduled = Vec::new();
    for who in ["abe", "ann"] {
        let later = Ask {
            start_at: Some(world.engine.now() + SignedDuration::from_hours(1)),
            ..ask("prod-one")
        };
        let grant = world.try_ask(who, later).await.unwrap();
        world.approve("leo", grant.id).await.unwrap();
        scheduled.push(grant.id);
    }
    world.fakes.groups.hold("abe@example.com");
    let running = Running::of(&world);
    world.fakes.clock.advance(3_600);
    becomes(&world, standing.id, State::Ended).await;
    becomes(&world, scheduled[1], State::Active).await;
    assert_eq!(world.state(scheduled[0]).await, State::Scheduled);
    running.stop().await;
}

/// Policies that hang in the middle of a write take the places of writers; a revocation finds one all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_finds_a_writer_when_all_are_busy() {
    let world = with_writers(1).await;
    let standing = world.active("ann", "self-serve").await;
    world.witness.hang_policy(THREE[0]);
    let stuck = world.requested("ann", "prod-three").await;
    let running = Running::of(&world);
    while world.grant(stuck.id).await.bindings.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    world
        .engine
        .revoke(&caller("ann"), standing.id, None)
        .await
        .unwrap();
    becomes(&world, standing.id, State::Revoked).await;
    running.task.abort();
}
