//! The file: its mode, its version, and what it lets nobody do.

use std::path::Path;

use daypass_core::state::State;
use daypass_engine::conformance::fixtures::{Sample, new};
use daypass_engine::ports::{Store, StoreError};
use sqlx::AssertSqlSafe;

use crate::{IN_MEMORY, SqliteStore};

async fn execute(store: &SqliteStore, statement: &str) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(statement.to_owned()))
        .execute(&store.pools.writer)
        .await
        .map(|_| ())
}

#[tokio::test]
async fn the_trail_is_append_only_even_for_who_holds_the_file() {
    let store = SqliteStore::open(Path::new(IN_MEMORY)).await.unwrap();
    let (grant, entries) = Sample::new(1).make(State::Active);
    store.commit(vec![new(grant, entries)]).await.unwrap();
    for statement in [
        "UPDATE audit SET entry = '{}' WHERE sequence = 1",
        "DELETE FROM audit WHERE sequence = 1",
        "DELETE FROM audit",
        "INSERT INTO audit (sequence, entry, chain) VALUES (99, '{}', zeroblob(32))",
        "INSERT OR REPLACE INTO audit (sequence, entry, chain) VALUES (1, '{}', zeroblob(32))",
    ] {
        let error = execute(&store, statement).await.unwrap_err().to_string();
        assert!(error.contains("the audit trail"), "{statement}: {error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("daypass.db"))
        .await
        .unwrap();
    store.check().await.unwrap();
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{} has mode {mode:o}", file.path().display());
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(
        names,
        [
            "daypass.db",
            "daypass.db-shm",
            "daypass.db-wal",
            "daypass.db.lock"
        ]
    );
}

#[tokio::test]
async fn the_file_is_synchronised_fully() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("daypass.db"))
        .await
        .unwrap();
    let text: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&store.pools.writer)
        .await
        .unwrap();
    assert_eq!(text, "wal");
    for (pragma, value) in [
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5_000),
    ] {
        let query = sqlx::query_scalar(AssertSqlSafe(format!("PRAGMA {pragma}")));
        let found: i64 = query.fetch_one(&store.pools.writer).await.unwrap();
        assert_eq!(found, value, "{pragma}");
    }
}

#[tokio::test]
async fn files_of_others_and_of_later_versions_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daypass.db");
    let store = SqliteStore::open(&path).await.unwrap();
    execute(&store, "PRAGMA user_version = 999").await.unwrap();
    store.close().await;
    let refused = SqliteStore::open(&path).await;
    assert!(
        matches!(&refused, Err(StoreError::Malformed(why)) if why.contains("999")),
        "{refused:?}"
    );

    let foreign = folder.path().join("foreign.db");
    let store = SqliteStore::open(&foreign).await.unwrap();
    execute(&store, "PRAGMA application_id = 7").await.unwrap();
    store.close().await;
    let refused = SqliteStore::open(&foreign).await;
    assert!(
        matches!(&refused, Err(StoreError::Malformed(why)) if why.contains("not one of Daypass")),
        "{refused:?}"
    );

    let text = folder.path().join("notes.txt");
    let words = "These are notes, and no database at all. ".repeat(100);
    std::fs::write(&text, &words).unwrap();
    let refused = SqliteStore::open(&text).await;
    assert!(
        matches!(refused, Err(StoreError::Malformed(_))),
        "{refused:?}"
    );
    assert_eq!(std::fs::read_to_string(&text).unwrap(), words);
}

#[tokio::test]
async fn a_file_of_the_first_version_is_brought_forward_with_all_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daypass.db");
    let first = sqlx::SqlitePool::connect_with(
        sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true),
    )
    .await
    .unwrap();
    let script = format!(
        "{}; PRAGMA application_id = {}; PRAGMA user_version = 1; \
         INSERT INTO grants (id, revision, state, entitlement, beneficiary, document) \
         VALUES ('0a', 1, 'ENDED', 'prod-logs', 'user:alice@example.com', '{{}}');",
        include_str!("../schema.sql"),
        0x6461_7970
    );
    sqlx::raw_sql(AssertSqlSafe(script))
        .execute(&first)
        .await
        .unwrap();
    first.close().await;

    let store = SqliteStore::open(&path).await.unwrap();
    store.keep("name", "text", Vec::new()).await.unwrap();
    assert_eq!(store.kept("name").await.unwrap().as_deref(), Some("text"));
    let (grant, entries) = Sample {
        emergency: true,
        ..Sample::new(1)
    }
    .make(State::Active);
    store.commit(vec![new(grant, entries)]).await.unwrap();
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT state, review_owed FROM grants ORDER BY review_owed")
            .fetch_all(&store.pools.readers)
            .await
            .unwrap();
    assert_eq!(rows, [("ENDED".to_owned(), 0), ("ACTIVE".to_owned(), 1)]);
    store.close().await;
    // What was brought forward is not brought forward again.
    let again = SqliteStore::open(&path).await.unwrap();
    assert_eq!(again.kept("name").await.unwrap().as_deref(), Some("text"));
}
