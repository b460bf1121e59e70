//! What the reconcilers ask.

use std::sync::Arc;

use daypass_core::grant::Grant;
use daypass_core::state::State;
use jiff::SignedDuration;

use super::fixtures::{HOUR, Sample, activate, at, changed, intend, new, observe_all, resource};
use super::{Check, check};
use crate::ports::Store;

pub(super) const CHECKS: &[Check] = &[
    check!(
        "due are those whose time has come, to the nanosecond, the earliest first",
        due_in_time
    ),
    check!(
        "grants in a state come oldest first, up to the limit",
        in_state_oldest_first
    ),
    check!(
        "a resource is open from the intent to the read-back, and again from the end",
        open_while_unsettled
    ),
    check!(
        "open grants of a resource come oldest first, up to the limit",
        open_oldest_first
    ),
    check!(
        "active are the resources of ACTIVE grants, each once",
        active_resources
    ),
];

fn numbers(grants: &[Grant]) -> Vec<i64> {
    grants
        .iter()
        .map(|grant| grant.created_at.as_second() - at(0).as_second())
        .collect()
}

async fn put(store: &dyn Store, sample: &Sample, state: State) -> Grant {
    let (grant, entries) = sample.make(state);
    store
        .commit(vec![new(grant.clone(), entries)])
        .await
        .unwrap();
    store.grant(grant.id).await.unwrap().unwrap()
}

async fn due_in_time(store: Arc<dyn Store>) {
    for (number, state) in [
        (30, State::Active),
        (10, State::ApprovalAwaited),
        (20, State::Scheduled),
        (5, State::Ended),
        (6, State::Activating),
    ] {
        put(&*store, &Sample::new(number), state).await;
    }
    let last = at(30) + HOUR.signed();
    let nanosecond = SignedDuration::from_nanos(1);
    // An active grant began a few seconds before it was asked, for the sake of clocks; its end is what counts.
    assert_eq!(numbers(&store.due(last, 10).await.unwrap()), [10, 20, 30]);
    assert_eq!(
        numbers(&store.due(last - nanosecond, 10).await.unwrap()),
        [10, 20]
    );
    assert_eq!(
        numbers(&store.due(at(10) + HOUR.signed(), 10).await.unwrap()),
        [10]
    );
    assert_eq!(
        numbers(
            &store
                .due(at(10) + HOUR.signed() - nanosecond, 10)
                .await
                .unwrap()
        ),
        [0_i64; 0]
    );
    assert_eq!(numbers(&store.due(last, 2).await.unwrap()), [10, 20]);
}

async fn in_state_oldest_first(store: Arc<dyn Store>) {
    for number in [3, 1, 2] {
        put(&*store, &Sample::new(number), State::Active).await;
        put(&*store, &Sample::new(number + 10), State::Ended).await;
    }
    assert_eq!(
        numbers(&store.in_state(State::Active, 10).await.unwrap()),
        [1, 2, 3]
    );
    assert_eq!(
        numbers(&store.in_state(State::Ended, 2).await.unwrap()),
        [11, 12]
    );
    assert_eq!(store.in_state(State::Revoking, 10).await.unwrap(), []);
}

async fn open_while_unsettled(store: Arc<dyn Store>) {
    let mut sample = Sample::new(1);
    sample.resources.push("projects/shop-test".to_owned());
    let (prod, test) = (
        resource("projects/shop-prod"),
        resource("projects/shop-test"),
    );
    let mut grant = put(&*store, &sample, State::Activating).await;
    assert_eq!(
        store.open_resources().await.unwrap(),
        [],
        "nothing is intended"
    );

    let entries = intend(&mut grant, at(2));
    grant = step(&*store, grant, entries).await;
    assert_eq!(
        sorted(store.open_resources().await.unwrap()),
        [prod.clone(), test.clone()]
    );
    assert_eq!(store.active_resources().await.unwrap(), []);

    let entries = grant.observe(&prod, |_| true, None, at(3)).unwrap();
    grant = step(&*store, grant, entries).await;
    assert_eq!(
        store.open_resources().await.unwrap(),
        std::slice::from_ref(&test)
    );
    assert_eq!(store.open_on(&prod, 10).await.unwrap(), []);
    assert_eq!(
        store.open_on(&test, 10).await.unwrap(),
        std::slice::from_ref(&grant)
    );

    let entries = grant.observe(&test, |_| true, None, at(3)).unwrap();
    grant = step(&*store, grant, entries).await;
    assert_eq!(grant.state, State::Active);
    assert_eq!(store.open_resources().await.unwrap(), []);

    let entries = grant.end(at(2) + HOUR.signed()).unwrap();
    grant = step(&*store, grant, entries).await;
    assert_eq!(
        store.open_resources().await.unwrap(),
        [],
        "left alone for the time of grace"
    );

    let over = grant.due_at().unwrap() + SignedDuration::from_secs(1);
    assert_eq!(
        store.due(over, 10).await.unwrap(),
        std::slice::from_ref(&grant)
    );
    let entries = grant.release(over).unwrap();
    grant = step(&*store, grant, entries).await;
    assert_eq!(
        sorted(store.open_resources().await.unwrap()),
        [prod, test],
        "what stands is to be removed"
    );

    let entries = observe_all(&mut grant, false, at(9_000));
    step(&*store, grant, entries).await;
    assert_eq!(store.open_resources().await.unwrap(), []);
}

async fn step(store: &dyn Store, grant: Grant, entries: Vec<daypass_core::audit::Entry>) -> Grant {
    let id = grant.id;
    store.commit(vec![changed(grant, entries)]).await.unwrap();
    store.grant(id).await.unwrap().unwrap()
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort();
    values
}

async fn open_oldest_first(store: Arc<dyn Store>) {
    for number in [3, 1, 2] {
        put(&*store, &Sample::new(number), State::Revoking).await;
        put(
            &*store,
            &Sample {
                resources: vec!["projects/shop-test".to_owned()],
                ..Sample::new(number + 10)
            },
            State::Revoking,
        )
        .await;
    }
    let prod = resource("projects/shop-prod");
    assert_eq!(numbers(&store.open_on(&prod, 10).await.unwrap()), [1, 2, 3]);
    assert_eq!(numbers(&store.open_on(&prod, 2).await.unwrap()), [1, 2]);
}

async fn active_resources(store: Arc<dyn Store>) {
    let both = |number| Sample {
        resources: vec!["projects/shop-prod".to_owned(), "folders/123".to_owned()],
        ..Sample::new(number)
    };
    put(&*store, &both(1), State::Active).await;
    put(&*store, &Sample::new(2), State::Active).await;
    put(
        &*store,
        &Sample {
            resources: vec!["projects/old".to_owned()],
            ..Sample::new(3)
        },
        State::Ended,
    )
    .await;
    let mut pending = put(
        &*store,
        &Sample {
            resources: vec!["projects/new".to_owned()],
            ..Sample::new(4)
        },
        State::Activating,
    )
    .await;
    assert_eq!(
        sorted(store.active_resources().await.unwrap()),
        sorted(vec![
            resource("projects/shop-prod"),
            resource("folders/123")
        ])
    );
    assert_eq!(
        sorted(numbers(
            &store
                .active_on(&resource("projects/shop-prod"))
                .await
                .unwrap()
        )),
        [1, 2]
    );
    assert_eq!(
        numbers(&store.active_on(&resource("folders/123")).await.unwrap()),
        [1]
    );
    assert_eq!(
        store.active_on(&resource("projects/old")).await.unwrap(),
        []
    );
    assert_eq!(
        store.active_on(&resource("projects/new")).await.unwrap(),
        []
    );
    let entries = activate(&mut pending, at(5));
    let pending = step(&*store, pending, entries).await;
    assert_eq!(
        store.active_on(&resource("projects/new")).await.unwrap(),
        [pending]
    );
}
