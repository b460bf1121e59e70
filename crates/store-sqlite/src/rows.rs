//! What is stored, read back into the core's types.

use daypass_core::audit::{ChainHash, Recorded};
use daypass_core::grant::Grant;
use daypass_core::resource::ResourceName;
use daypass_engine::ports::StoreError;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::store_error;

/// The grant of a document.
pub(crate) fn grant(document: &str) -> Result<Grant, StoreError> {
    serde_json::from_str(document)
        .map_err(|error| StoreError::Malformed(format!("a grant: {error}")))
}

/// The grants of documents, in their order.
pub(crate) fn grants(documents: &[String]) -> Result<Vec<Grant>, StoreError> {
    documents.iter().map(|document| grant(document)).collect()
}

/// The resources of names, in their order.
pub(crate) fn resources(names: Vec<String>) -> Result<Vec<ResourceName>, StoreError> {
    let read = |name: String| {
        ResourceName::try_from(name).map_err(|error| StoreError::Malformed(error.to_string()))
    };
    names.into_iter().map(read).collect()
}

/// An entry of the audit trail: sequence, entry, chain.
pub(crate) fn recorded(row: &SqliteRow) -> Result<Recorded, StoreError> {
    let sequence = unsigned(row.try_get(0).map_err(store_error)?)?;
    let text: &str = row.try_get(1).map_err(store_error)?;
    let entry = serde_json::from_str(text)
        .map_err(|error| StoreError::Malformed(format!("audit entry {sequence}: {error}")))?;
    Ok(Recorded {
        sequence,
        entry,
        chain: ChainHash(hash(row.try_get(2).map_err(store_error)?)?),
    })
}

/// 32 bytes.
pub(crate) fn hash(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes
        .try_into()
        .map_err(|_| StoreError::Malformed("a hash that is not 32 bytes long".to_owned()))
}

/// SQLite's integers have a sign; ours that count have none.
pub(crate) fn unsigned(number: i64) -> Result<u64, StoreError> {
    number
        .try_into()
        .map_err(|_| StoreError::Malformed(format!("a count of {number}")))
}

/// The other way round.
pub(crate) fn signed(number: u64) -> Result<i64, StoreError> {
    number
        .try_into()
        .map_err(|_| StoreError::Malformed(format!("a count of {number}")))
}

/// A limit, as SQLite takes it.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
