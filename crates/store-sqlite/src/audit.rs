//! The audit trail's end, where entries are added.

use daypass_core::audit::{ChainHash, Entry, canonical};
use daypass_engine::ports::StoreError;
use sqlx::{Row, SqliteConnection};

use crate::error::store_error;
use crate::rows;

/// Number and hash of the last entry. It is read in the transaction that adds to it, so it is never stale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trail {
    sequence: u64,
    chain: ChainHash,
}

impl Trail {
    /// Reads the end of the trail.
    pub(crate) async fn read(connection: &mut SqliteConnection) -> Result<Self, StoreError> {
        let last = sqlx::query("SELECT sequence, chain FROM audit ORDER BY sequence DESC LIMIT 1")
            .fetch_optional(connection)
            .await
            .map_err(store_error)?;
        match last {
            Some(row) => Ok(Self {
                sequence: rows::unsigned(row.try_get(0).map_err(store_error)?)?,
                chain: ChainHash(rows::hash(row.try_get(1).map_err(store_error)?)?),
            }),
            None => Ok(Self {
                sequence: 0,
                chain: ChainHash::START,
            }),
        }
    }

    /// Adds an entry.
    pub(crate) async fn append(
        &mut self,
        connection: &mut SqliteConnection,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let bytes = canonical(entry);
        let sequence = self.sequence + 1;
        let chain = self.chain.after(sequence, &bytes);
        let text =
            String::from_utf8(bytes).map_err(|error| StoreError::Malformed(error.to_string()))?;
        sqlx::query("INSERT INTO audit (sequence, grant_id, entry, chain) VALUES (?, ?, ?, ?)")
            .bind(rows::signed(sequence)?)
            .bind(entry.grant.map(|id| id.to_string()))
            .bind(text)
            .bind(chain.0.as_slice())
            .execute(connection)
            .await
            .map_err(store_error)?;
        *self = Self { sequence, chain };
        Ok(())
    }
}
