//! How a database is opened, for writing and for reading.

use std::path::Path;
use std::time::Duration;

use daypass_engine::ports::StoreError;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::error::store_error;

/// How long a statement waits for a lock that another program (a backup, a shell) holds on the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a caller waits for a free connection before the store counts as unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections for reading; they never wait for the writer, nor it for them.
const READERS: u32 = 4;

/// The connections of a store: one that writes, and those that read.
#[derive(Debug, Clone)]
pub(crate) struct Pools {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

impl Pools {
    /// Opens the file, which must exist.
    pub(crate) async fn of_file(path: &Path) -> Result<Self, StoreError> {
        let writing = options().filename(path);
        let reading = options().filename(path).pragma("query_only", "ON");
        Ok(Self {
            writer: pool(1).connect_with(writing).await.map_err(store_error)?,
            readers: pool(READERS).connect_lazy_with(reading),
        })
    }

    /// Opens a database in memory. It lives in one connection, which reads and writes in turn.
    pub(crate) async fn in_memory() -> Result<Self, StoreError> {
        let only = pool(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options().in_memory(true))
            .await
            .map_err(store_error)?;
        Ok(Self {
            writer: only.clone(),
            readers: only,
        })
    }

    /// Closes all connections; the last one to go folds the write-ahead log into the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
}

/// Full synchronisation: what was committed survives a loss of power, not only a crash of the process.
fn options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
}
