//! A full disk and a file that refuses writing: refused whole, told apart, and over when the cause is gone.

use std::path::Path;

use daypass_core::state::State;
use daypass_engine::conformance::fixtures::{Sample, new};
use daypass_engine::conformance::verify;
use daypass_engine::ports::{AuditFilter, Store, StoreError};
use sqlx::AssertSqlSafe;

use crate::SqliteStore;

async fn pragma(store: &SqliteStore, statement: &str) {
    sqlx::query(AssertSqlSafe(format!("PRAGMA {statement}")))
        .execute(&store.pools.writer)
        .await
        .unwrap();
}

async fn put(store: &SqliteStore, number: u64) -> Result<(), StoreError> {
    let (grant, entries) = Sample::new(number).make(State::Active);
    store.commit(vec![new(grant, entries)]).await
}

/// The stored grants, after a check that the trail is whole.
async fn count(store: &SqliteStore) -> usize {
    let filter = AuditFilter {
        limit: usize::MAX,
        ..AuditFilter::default()
    };
    verify(&store.audit_entries(&filter).await.unwrap());
    store
        .in_state(State::Active, usize::MAX)
        .await
        .unwrap()
        .len()
}

#[tokio::test]
async fn a_full_disk_refuses_whole_commits_until_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("daypass.db"))
        .await
        .unwrap();
    // SQLite answers a write beyond this bound as it answers ENOSPC.
    pragma(&store, "max_page_count = 60").await;
    let mut stored = 0;
    let error = loop {
        match put(&store, stored).await {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full(Some(_))), "{error:?}");
    assert!(stored > 5, "some fit before: {stored}");
    let refused = futures::future::join_all((1_000..1_008).map(|number| put(&store, number))).await;
    assert!(
        refused
            .iter()
            .all(|result| matches!(result, Err(StoreError::Full(_)))),
        "{refused:?}"
    );
    assert_eq!(
        count(&store).await as u64,
        stored,
        "reading works, and nothing is half there"
    );

    pragma(&store, "max_page_count = 100000").await;
    for number in 2_000..2_020 {
        put(&store, number).await.unwrap();
    }
    assert_eq!(count(&store).await as u64, stored + 20);
}

#[tokio::test]
async fn a_file_that_refuses_writing_is_noticed_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("daypass.db"))
        .await
        .unwrap();
    put(&store, 1).await.unwrap();
    store.check().await.unwrap();
    // SQLite answers as it does for a file system that is mounted read-only.
    pragma(&store, "query_only = ON").await;
    for refused in [put(&store, 2).await, store.check().await] {
        assert!(
            matches!(refused, Err(StoreError::Unavailable(Some(_)))),
            "{refused:?}"
        );
    }
    assert_eq!(count(&store).await, 1);
    pragma(&store, "query_only = OFF").await;
    store.check().await.unwrap();
    put(&store, 2).await.unwrap();
    assert_eq!(count(&store).await, 2);
}

#[tokio::test]
async fn a_place_without_a_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for path in [
        folder.path(),
        &folder.path().join("missing/daypass.db"),
        Path::new("/proc/daypass.db"),
    ] {
        let refused = SqliteStore::open(path).await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable(Some(_)))),
            "{}: {refused:?}",
            path.display()
        );
    }
}
