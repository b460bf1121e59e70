//! Bringing a database to the schema of this version.

use daypass_engine::ports::StoreError;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::error::store_error;

/// Marks the file as ours ("dayp" in ASCII), shown by `file` and read by SQLite's own tools.
const APPLICATION_ID: i64 = 0x6461_7970;

/// Step `n` leads from `PRAGMA user_version` n to n + 1. Steps are added, never edited.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql"), include_str!("schema_2.sql")];

/// Runs the steps that are missing, each in one transaction with its version number.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let version = number(connection, "PRAGMA user_version").await?;
    let done = usize::try_from(version).map_err(|_| foreign())?;
    if done > MIGRATIONS.len() {
        return Err(StoreError::Malformed(format!(
            "its schema is version {done}, and this program knows versions up to {}",
            MIGRATIONS.len()
        )));
    }
    let application = number(connection, "PRAGMA application_id").await?;
    let tables = number(connection, "SELECT count(*) FROM sqlite_master").await?;
    if application != APPLICATION_ID && (done > 0 || tables > 0) {
        return Err(foreign());
    }
    for (index, step) in MIGRATIONS.iter().enumerate().skip(done) {
        let script = format!(
            "BEGIN IMMEDIATE; {step}; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}; COMMIT;",
            index + 1
        );
        let result = sqlx::raw_sql(AssertSqlSafe(script))
            .execute(&mut *connection)
            .await;
        if let Err(error) = result {
            // SQLite may have rolled back by itself already; then there is nothing left to do here.
            let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
            return Err(store_error(error));
        }
    }
    Ok(())
}

async fn number(connection: &mut SqliteConnection, query: &'static str) -> Result<i64, StoreError> {
    sqlx::query_scalar(query)
        .fetch_one(connection)
        .await
        .map_err(store_error)
}

fn foreign() -> StoreError {
    StoreError::Malformed("it is an SQLite database, but not one of Daypass".to_owned())
}
