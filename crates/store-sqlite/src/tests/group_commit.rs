//! Concurrent commits share a transaction.

use daypass_core::state::State;
use daypass_engine::conformance::fixtures::{Sample, new};
use daypass_engine::ports::{Store, StoreError};

use crate::SqliteStore;

/// Pages of the write-ahead log so far: each transaction adds those it changed, once.
async fn log_pages(store: &SqliteStore) -> i64 {
    let (_, pages, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(NOOP)")
        .fetch_one(&store.pools.writer)
        .await
        .unwrap();
    pages
}

async fn put(store: &SqliteStore, number: u64) -> Result<(), StoreError> {
    let (grant, entries) = Sample::new(number).make(State::ApprovalAwaited);
    store.commit(vec![new(grant, entries)]).await
}

#[tokio::test]
async fn commits_at_once_cost_less_than_one_by_one_and_fail_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("daypass.db"))
        .await
        .unwrap();
    sqlx::query("PRAGMA wal_autocheckpoint = 0")
        .execute(&store.pools.writer)
        .await
        .unwrap();

    let start = log_pages(&store).await;
    for number in 0..60 {
        put(&store, number).await.unwrap();
    }
    let one_by_one = log_pages(&store).await - start;

    let start = log_pages(&store).await;
    // Every fourth repeats a grant that is there already.
    let commits = (0..80_u64).map(|number| {
        put(
            &store,
            if number % 4 == 0 {
                number / 4
            } else {
                1_000 + number
            },
        )
    });
    let results = futures::future::join_all(commits).await;
    let at_once = log_pages(&store).await - start;

    for (number, result) in results.iter().enumerate() {
        match result {
            Ok(()) => assert_ne!(number % 4, 0),
            Err(StoreError::Conflict) => assert_eq!(number % 4, 0),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(
        store
            .in_state(State::ApprovalAwaited, 1_000)
            .await
            .unwrap()
            .len(),
        120
    );
    assert!(
        at_once * 3 < one_by_one,
        "60 commits wrote {one_by_one} pages one by one, and {at_once} at once"
    );
}

#[tokio::test]
async fn a_caller_who_stops_waiting_undoes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("daypass.db"))
        .await
        .unwrap();
    {
        let mut commit = Box::pin(put(&store, 1));
        // Polled once, it is queued; then the caller goes away.
        assert!(futures::poll!(&mut commit).is_pending());
    }
    put(&store, 2).await.unwrap();
    assert_eq!(
        store
            .in_state(State::ApprovalAwaited, 10)
            .await
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn a_closed_store_finishes_what_is_queued_and_then_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daypass.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let clone = store.clone();
    let commits = futures::future::join_all((0..20).map(|number| put(&clone, number)));
    let (results, ()) = futures::join!(commits, store.close());
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert!(matches!(
        put(&clone, 99).await,
        Err(StoreError::Unavailable(_))
    ));

    let again = SqliteStore::open(&path).await.unwrap();
    assert_eq!(
        again
            .in_state(State::ApprovalAwaited, 100)
            .await
            .unwrap()
            .len(),
        20
    );
}
