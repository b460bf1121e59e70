//! What a server's database says, read from a copy of its files: so the server need not run, and does not notice.

use daypass_core::audit::Recorded;
use daypass_core::grant::Grant;
use daypass_engine::ports::{AuditFilter, GrantFilter, Store};
use daypass_store_sqlite::SqliteStore;

use super::Site;

/// More than any test makes.
const EVERYTHING: usize = 1_000_000;

/// The record at one moment.
#[derive(Debug)]
pub struct Record {
    /// All grants.
    pub grants: Vec<Grant>,
    /// The audit trail after the entry that was asked for.
    pub entries: Vec<Recorded>,
}

impl Record {
    /// Reads the record, with the audit entries after this number. An error may only mean that the server wrote
    /// meanwhile.
    pub async fn read(site: &Site, after: u64) -> Result<Self, String> {
        let copy = tempfile::TempDir::new().map_err(|error| error.to_string())?;
        for suffix in ["", "-wal"] {
            let mut name = site.database().as_os_str().to_owned();
            name.push(suffix);
            let to = copy.path().join(format!("daypass.db{suffix}"));
            if let Err(error) = std::fs::copy(&name, to)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(error.to_string());
            }
        }
        let store = SqliteStore::open(&copy.path().join("daypass.db")).await;
        let store = store.map_err(|error| error.to_string())?;
        let record = Self::of(&store, after).await;
        store.close().await;
        record
    }

    async fn of(store: &SqliteStore, after: u64) -> Result<Self, String> {
        let filter = GrantFilter {
            limit: EVERYTHING,
            ..GrantFilter::default()
        };
        let page = store.grants(&filter).await;
        let grants = page.map_err(|error| error.to_string())?.grants;
        let filter = AuditFilter {
            after,
            limit: EVERYTHING,
            ..AuditFilter::default()
        };
        let entries = store.audit_entries(&filter).await;
        let entries = entries.map_err(|error| error.to_string())?;
        Ok(Self { grants, entries })
    }
}
