//! A store whose commits fail when they are told to; it reads as ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use daypass_core::Timestamp;
use daypass_core::audit::{Entry, Recorded};
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use daypass_engine::ports::{
    AuditFilter, Change, GrantFilter, GrantPage, IdempotencyKey, Session, Store, StoreError,
    TokenHash,
};

pub(crate) struct FrailStore {
    store: Arc<dyn Store>,
    /// How many more commits succeed.
    commits_left: AtomicUsize,
}

impl FrailStore {
    pub(crate) fn around(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            commits_left: AtomicUsize::new(usize::MAX),
        }
    }

    /// After so many more commits the disk is full.
    pub(crate) fn fail_after(&self, commits: usize) {
        self.commits_left.store(commits, Ordering::SeqCst);
    }
}

#[async_trait]
impl Store for FrailStore {
    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let one_less = |left: usize| left.checked_sub(1);
        self.commits_left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .map_err(|_| StoreError::Full(None))?;
        self.store.commit(changes).await
    }
    async fn grant(&self, id: GrantId) -> Result<Option<Grant>, StoreError> {
        self.store.grant(id).await
    }
    async fn grants(&self, filter: &GrantFilter) -> Result<GrantPage, StoreError> {
        self.store.grants(filter).await
    }
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.store.due(now, limit).await
    }
    async fn in_state(&self, state: State, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.store.in_state(state, limit).await
    }
    async fn open_resources(&self) -> Result<Vec<ResourceName>, StoreError> {
        self.store.open_resources().await
    }
    async fn open_on(&self, on: &ResourceName, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.store.open_on(on, limit).await
    }
    async fn active_on(&self, on: &ResourceName) -> Result<Vec<Grant>, StoreError> {
        self.store.active_on(on).await
    }
    async fn active_resources(&self) -> Result<Vec<ResourceName>, StoreError> {
        self.store.active_resources().await
    }
    async fn audit_entries(&self, filter: &AuditFilter) -> Result<Vec<Recorded>, StoreError> {
        self.store.audit_entries(filter).await
    }
    async fn idempotent(&self, key: &IdempotencyKey) -> Result<Option<GrantId>, StoreError> {
        self.store.idempotent(key).await
    }
    async fn keep(&self, name: &str, text: &str, entries: Vec<Entry>) -> Result<(), StoreError> {
        self.store.keep(name, text, entries).await
    }
    async fn kept(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.store.kept(name).await
    }
    async fn create_session(&self, session: Session, entry: Entry) -> Result<(), StoreError> {
        self.store.create_session(session, entry).await
    }
    async fn session(&self, token: &TokenHash) -> Result<Option<Session>, StoreError> {
        self.store.session(token).await
    }
    async fn touch_session(&self, token: &TokenHash, at: Timestamp) -> Result<(), StoreError> {
        self.store.touch_session(token, at).await
    }
    async fn delete_session(&self, token: &TokenHash, entry: Entry) -> Result<(), StoreError> {
        self.store.delete_session(token, entry).await
    }
    async fn delete_expired_sessions(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.store.delete_expired_sessions(before).await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }
}
