//! The durable record on SQLite, embedded in the server.
//!
//! One connection writes. Concurrent commits queue for it and share a transaction, each behind its own savepoint, so
//! that the disk is synchronised once for all of them and a conflict of one is no matter to the others; nobody is
//! answered before the transaction is durable. Readers have connections of their own. One process at a time has the
//! file: a second one is refused when it opens it.

mod audit;
mod connect;
mod error;
mod grants;
mod instant;
mod kept;
mod lock;
mod page;
mod queries;
mod rows;
mod schema;
mod sessions;
mod store;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;

use daypass_engine::ports::StoreError;

use crate::connect::Pools;
use crate::error::{file_error, store_error};
use crate::lock::ProcessLock;
use crate::writer::Writer;

/// The name that stands for a database in memory, which is gone when the store is dropped.
pub const IN_MEMORY: &str = ":memory:";

/// The store. Clones share it.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    pools: Pools,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the database at `path`, or makes it, readable by its owner only. [`IN_MEMORY`] keeps it in memory.
    ///
    /// # Errors
    /// [`StoreError::InUse`] at once if another process, or another store of this one, has the file;
    /// [`StoreError::Malformed`] if it is not a database of Daypass, or of a later version;
    /// [`StoreError::Full`] and [`StoreError::Unavailable`] if it cannot be written.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        if path.as_os_str() == IN_MEMORY {
            return Self::start(Pools::in_memory().await?, None).await;
        }
        lock::open_private(path).map_err(file_error)?;
        // Links to one file must meet at one lock.
        let path = path.canonicalize().map_err(file_error)?;
        let lock = ProcessLock::take(&path)?;
        Self::start(Pools::of_file(&path).await?, Some(lock)).await
    }

    async fn start(pools: Pools, lock: Option<ProcessLock>) -> Result<Self, StoreError> {
        let mut connection = pools.writer.acquire().await.map_err(store_error)?;
        schema::migrate(&mut connection).await?;
        drop(connection);
        let writer = Writer::start(pools.clone(), lock);
        Ok(Self { pools, writer })
    }

    /// Finishes the writes that are queued, then closes the file and lets go of its lock. Later calls on clones are
    /// answered with [`StoreError::Unavailable`].
    ///
    /// Dropping the store does the same, some time after.
    pub async fn close(self) {
        self.writer.stop().await;
    }
}
