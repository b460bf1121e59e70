//! Sessions of signed-in browsers and terminals.

use daypass_core::email::Email;
use daypass_core::person::Person;
use daypass_engine::ports::{Session, SessionKind, StoreError, TokenHash};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::store_error;
use crate::{instant, rows};

/// Opens a session; a token that is taken is a conflict.
pub(crate) async fn create(
    connection: &mut SqliteConnection,
    session: &Session,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (token, issuer, subject, email, name, kind, created_at, used_at, expires_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(session.token.0.as_slice())
    .bind(&session.person.issuer)
    .bind(&session.person.subject)
    .bind(session.person.email.as_str())
    .bind(&session.name)
    .bind(match session.kind {
        SessionKind::Browser => "browser",
        SessionKind::Terminal => "terminal",
    })
    .bind(instant::to_text(session.created_at))
    .bind(instant::to_text(session.used_at))
    .bind(instant::to_text(session.expires_at))
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(store_error)
}

/// Notes a use.
pub(crate) async fn touch(
    connection: &mut SqliteConnection,
    token: &TokenHash,
    at: Timestamp,
) -> Result<u64, StoreError> {
    let query = sqlx::query("UPDATE sessions SET used_at = ? WHERE token = ?")
        .bind(instant::to_text(at))
        .bind(token.0.as_slice());
    Ok(query
        .execute(connection)
        .await
        .map_err(store_error)?
        .rows_affected())
}

/// Ends a session; the number says whether there was one.
pub(crate) async fn delete(
    connection: &mut SqliteConnection,
    token: &TokenHash,
) -> Result<u64, StoreError> {
    let query = sqlx::query("DELETE FROM sessions WHERE token = ?").bind(token.0.as_slice());
    Ok(query
        .execute(connection)
        .await
        .map_err(store_error)?
        .rows_affected())
}

/// Deletes those that ended before; the number says how many.
pub(crate) async fn delete_expired(
    connection: &mut SqliteConnection,
    before: Timestamp,
) -> Result<u64, StoreError> {
    let query =
        sqlx::query("DELETE FROM sessions WHERE expires_at < ?").bind(instant::to_text(before));
    Ok(query
        .execute(connection)
        .await
        .map_err(store_error)?
        .rows_affected())
}

/// The session of a row.
pub(crate) fn read(row: &SqliteRow) -> Result<Session, StoreError> {
    let text = |column: &str| row.try_get::<String, _>(column).map_err(store_error);
    let at = |column: &str| instant::from_text(&text(column)?);
    let email =
        Email::parse(&text("email")?).map_err(|error| StoreError::Malformed(error.to_string()))?;
    Ok(Session {
        token: TokenHash(rows::hash(row.try_get("token").map_err(store_error)?)?),
        person: Person {
            issuer: text("issuer")?,
            subject: text("subject")?,
            email,
        },
        name: text("name")?,
        kind: match text("kind")?.as_str() {
            "browser" => SessionKind::Browser,
            "terminal" => SessionKind::Terminal,
            other => {
                return Err(StoreError::Malformed(format!(
                    "a session of kind '{other}'"
                )));
            }
        },
        created_at: at("created_at")?,
        used_at: at("used_at")?,
        expires_at: at("expires_at")?,
    })
}
