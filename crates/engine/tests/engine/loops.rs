//! The loop that the server runs: by signal, by clock, and to its end.

use std::time::Duration;

use daypass_core::state::State;
use daypass_engine::Settings;

use crate::support::{ONE, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wake_is_enough_and_stopping_finishes_what_is_under_way() {
    // By the clock alone nothing would happen within this test.
    let settings = Settings {
        reconcile_every: Duration::from_hours(1),
        gather: Duration::from_millis(1),
        ..Settings::default()
    };
    let world = World::with(settings).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let engine = world.engine.clone();
    let running = tokio::spawn(async move {
        engine
            .run(async {
                let _ = stopped.await;
            })
            .await;
    });
    let grant = world.requested("ann", "self-serve").await;
    let active = async {
        while world.state(grant.id).await != State::Active {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), active)
        .await
        .unwrap();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(20), running)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(world.ours(ONE).len(), 1);
    let health = world.engine.health().await;
    assert!(
        health.ready
            && health
                .reconcilers
                .iter()
                .all(|one| one.last_error.is_none()),
        "{health:?}"
    );
}
