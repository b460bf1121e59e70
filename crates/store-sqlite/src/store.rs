//! The port, filled.

use async_trait::async_trait;
use daypass_core::audit::{Entry, Recorded};
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use daypass_engine::ports::{
    AuditFilter, Change, GrantFilter, GrantPage, IdempotencyKey, Session, Store, StoreError,
    TokenHash,
};
use jiff::Timestamp;
use sqlx::Row;

use crate::error::store_error;
use crate::writer::Write;
use crate::{SqliteStore, instant, page, queries, rows, sessions};

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.writer.write(Write::Commit(changes)).await.map(|_| ())
    }

    async fn grant(&self, id: GrantId) -> Result<Option<Grant>, StoreError> {
        let query = sqlx::query_scalar::<_, String>(queries::GRANT).bind(id.to_string());
        let document = query
            .fetch_optional(&self.pools.readers)
            .await
            .map_err(store_error)?;
        document.map(|document| rows::grant(&document)).transpose()
    }

    async fn grants(&self, filter: &GrantFilter) -> Result<GrantPage, StoreError> {
        let mut query = page::query(filter);
        let found = query
            .build()
            .fetch_all(&self.pools.readers)
            .await
            .map_err(store_error)?;
        let mut grants = Vec::with_capacity(found.len());
        for row in found.iter().take(filter.limit) {
            grants.push(rows::grant(row.try_get(1).map_err(store_error)?)?);
        }
        let next = if found.len() > filter.limit {
            grants.last().map(|grant| grant.id)
        } else {
            None
        };
        Ok(GrantPage { grants, next })
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Grant>, StoreError> {
        let query = sqlx::query_scalar(queries::DUE)
            .bind(instant::to_text(now))
            .bind(rows::limit(limit));
        rows::grants(
            &query
                .fetch_all(&self.pools.readers)
                .await
                .map_err(store_error)?,
        )
    }

    async fn in_state(&self, state: State, limit: usize) -> Result<Vec<Grant>, StoreError> {
        let query = sqlx::query_scalar(queries::IN_STATE)
            .bind(state.as_str())
            .bind(rows::limit(limit));
        rows::grants(
            &query
                .fetch_all(&self.pools.readers)
                .await
                .map_err(store_error)?,
        )
    }

    async fn open_resources(&self) -> Result<Vec<ResourceName>, StoreError> {
        let query = sqlx::query_scalar(queries::OPEN_RESOURCES);
        rows::resources(
            query
                .fetch_all(&self.pools.readers)
                .await
                .map_err(store_error)?,
        )
    }

    async fn open_on(
        &self,
        resource: &ResourceName,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError> {
        let query = sqlx::query_scalar(queries::OPEN_ON)
            .bind(resource.as_str())
            .bind(rows::limit(limit));
        rows::grants(
            &query
                .fetch_all(&self.pools.readers)
                .await
                .map_err(store_error)?,
        )
    }

    async fn active_on(&self, resource: &ResourceName) -> Result<Vec<Grant>, StoreError> {
        let query = sqlx::query_scalar(queries::ACTIVE_ON).bind(resource.as_str());
        rows::grants(
            &query
                .fetch_all(&self.pools.readers)
                .await
                .map_err(store_error)?,
        )
    }

    async fn active_resources(&self) -> Result<Vec<ResourceName>, StoreError> {
        let query = sqlx::query_scalar(queries::ACTIVE_RESOURCES);
        rows::resources(
            query
                .fetch_all(&self.pools.readers)
                .await
                .map_err(store_error)?,
        )
    }

    async fn audit_entries(&self, filter: &AuditFilter) -> Result<Vec<Recorded>, StoreError> {
        // A number beyond SQLite's integers is beyond any entry.
        let after = i64::try_from(filter.after).unwrap_or(i64::MAX);
        let query = match filter.grant {
            Some(grant) => sqlx::query(queries::AUDIT_OF_GRANT)
                .bind(after)
                .bind(grant.to_string()),
            None => sqlx::query(queries::AUDIT).bind(after),
        };
        let found = query
            .bind(rows::limit(filter.limit))
            .fetch_all(&self.pools.readers)
            .await
            .map_err(store_error)?;
        found.iter().map(rows::recorded).collect()
    }

    /// A key that came with another request is a [`StoreError::Conflict`].
    async fn idempotent(&self, key: &IdempotencyKey) -> Result<Option<GrantId>, StoreError> {
        let query = sqlx::query(queries::IDEMPOTENT)
            .bind(key.person.as_str())
            .bind(&key.key);
        let Some(row) = query
            .fetch_optional(&self.pools.readers)
            .await
            .map_err(store_error)?
        else {
            return Ok(None);
        };
        if row.try_get::<&[u8], _>(0).map_err(store_error)? != key.request {
            return Err(StoreError::Conflict);
        }
        let id: &str = row.try_get(1).map_err(store_error)?;
        id.parse()
            .map(Some)
            .map_err(|_| StoreError::Malformed(format!("'{id}' is not a grant id")))
    }

    async fn keep(&self, name: &str, text: &str, entries: Vec<Entry>) -> Result<(), StoreError> {
        let write = Write::Keep {
            name: name.to_owned(),
            text: text.to_owned(),
            entries,
        };
        self.writer.write(write).await.map(|_| ())
    }

    async fn kept(&self, name: &str) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar(queries::KEPT)
            .bind(name.to_owned())
            .fetch_optional(&self.pools.readers)
            .await
            .map_err(store_error)
    }

    async fn create_session(&self, session: Session, entry: Entry) -> Result<(), StoreError> {
        self.writer
            .write(Write::CreateSession(session, entry))
            .await
            .map(|_| ())
    }

    async fn session(&self, token: &TokenHash) -> Result<Option<Session>, StoreError> {
        let query = sqlx::query(queries::SESSION).bind(token.0.to_vec());
        let row = query
            .fetch_optional(&self.pools.readers)
            .await
            .map_err(store_error)?;
        row.as_ref().map(sessions::read).transpose()
    }

    async fn touch_session(&self, token: &TokenHash, at: Timestamp) -> Result<(), StoreError> {
        self.writer
            .write(Write::TouchSession(token.clone(), at))
            .await
            .map(|_| ())
    }

    /// The entry is recorded only if there was a session to end.
    async fn delete_session(&self, token: &TokenHash, entry: Entry) -> Result<(), StoreError> {
        self.writer
            .write(Write::DeleteSession(token.clone(), entry))
            .await
            .map(|_| ())
    }

    async fn delete_expired_sessions(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.writer
            .write(Write::DeleteExpiredSessions(before))
            .await
    }

    /// Writes one row that means nothing, and commits: a write that is rolled back never reaches the disk, and so
    /// never finds it full.
    async fn check(&self) -> Result<(), StoreError> {
        self.writer.write(Write::Probe).await.map(|_| ())
    }
}
