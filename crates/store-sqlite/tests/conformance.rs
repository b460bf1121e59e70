//! The checks that any store must pass, on a file and in memory.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use daypass_engine::conformance;
use daypass_engine::ports::Store;
use daypass_store_sqlite::{IN_MEMORY, SqliteStore};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    conformance::run(async || {
        let name = format!(
            "{}.db",
            number.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        );
        Arc::new(SqliteStore::open(&folder.path().join(name)).await.unwrap()) as Arc<dyn Store>
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_memory() {
    conformance::run(async || {
        Arc::new(SqliteStore::open(Path::new(IN_MEMORY)).await.unwrap()) as Arc<dyn Store>
    })
    .await;
}
