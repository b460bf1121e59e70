//! Texts kept under a name.

use daypass_engine::ports::StoreError;
use sqlx::SqliteConnection;

use crate::error::store_error;

/// Keeps the text in place of the one before.
pub(crate) async fn keep(
    connection: &mut SqliteConnection,
    name: &str,
    text: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO kept (name, text) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text",
    )
    .bind(name)
    .bind(text)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(store_error)
}
