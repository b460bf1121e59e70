use async_trait::async_trait;
use daypass_core::audit::{Entry, Recorded};
use daypass_core::email::Email;
use daypass_core::entitlement::EntitlementId;
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::person::Person;
use daypass_core::principal::Principal;
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use jiff::Timestamp;
use thiserror::Error;

/// The durable record. Each method is one transaction; when it returns, what it wrote survives a crash.
///
/// A grant is stored whole. Beside it the store keeps what its queries need: state, people, entitlement, due time
/// ([`Grant::due_at`]), and one row for each binding with its resource and whether it is open
/// ([`Grant::open_bindings`]).
#[async_trait]
pub trait Store: Send + Sync {
    /// Writes all changes and their audit entries, or nothing.
    ///
    /// A grant is written only if the stored revision is the one that the change was made from (none for a new
    /// grant); otherwise [`StoreError::Conflict`]. The stored revision becomes that plus one. Audit entries get the
    /// next sequence numbers, in order, without a gap (I15).
    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError>;

    /// The grant of this id.
    async fn grant(&self, id: GrantId) -> Result<Option<Grant>, StoreError>;

    /// The grants that match, newest first.
    async fn grants(&self, filter: &GrantFilter) -> Result<GrantPage, StoreError>;

    /// The grants whose [`Grant::due_at`] is at or before `now`, the earliest first.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Grant>, StoreError>;

    /// The grants in this state, the oldest first.
    async fn in_state(&self, state: State, limit: usize) -> Result<Vec<Grant>, StoreError>;

    /// The resources on which any grant has an open binding.
    async fn open_resources(&self) -> Result<Vec<ResourceName>, StoreError>;

    /// The grants with an open binding on this resource, the oldest first.
    async fn open_on(
        &self,
        resource: &ResourceName,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError>;

    /// The ACTIVE grants with a binding on this resource.
    async fn active_on(&self, resource: &ResourceName) -> Result<Vec<Grant>, StoreError>;

    /// All resources on which an ACTIVE grant has a binding.
    async fn active_resources(&self) -> Result<Vec<ResourceName>, StoreError>;

    /// Audit entries after `filter.after`, in order.
    async fn audit_entries(&self, filter: &AuditFilter) -> Result<Vec<Recorded>, StoreError>;

    /// The grant that an earlier request with this key made, if any.
    async fn idempotent(&self, key: &IdempotencyKey) -> Result<Option<GrantId>, StoreError>;

    /// Keeps a text under a name, in place of what was there.
    async fn keep(&self, name: &str, text: &str, entries: Vec<Entry>) -> Result<(), StoreError>;

    /// The text that was kept last under a name.
    async fn kept(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Opens a session.
    async fn create_session(&self, session: Session, entry: Entry) -> Result<(), StoreError>;

    /// The session with this token hash, whatever its age: whether it is over is the caller's to judge.
    async fn session(&self, token: &TokenHash) -> Result<Option<Session>, StoreError>;

    /// Notes that a session was used.
    async fn touch_session(&self, token: &TokenHash, at: Timestamp) -> Result<(), StoreError>;

    /// Ends a session. Ending one that is not there is no error.
    async fn delete_session(&self, token: &TokenHash, entry: Entry) -> Result<(), StoreError>;

    /// Deletes the sessions that ended before.
    async fn delete_expired_sessions(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Whether the store can be written to now: a small write of its own that reaches the disk.
    async fn check(&self) -> Result<(), StoreError>;
}

/// One grant as it shall be, with what is to be recorded of it.
#[derive(Debug, Clone)]
pub struct Change {
    /// The grant as it shall be, bearing the revision it was made from; none for entries that concern no grant.
    pub grant: Option<Grant>,
    /// Whether the grant is new.
    pub is_new: bool,
    /// The entries that belong to the change.
    pub entries: Vec<Entry>,
    /// Remembers that this key made the grant; a key that is taken is a [`StoreError::Conflict`].
    pub idempotency: Option<IdempotencyKey>,
}

/// What a client sends so that a repeated request has one effect. Keys of different people never meet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Who sent it.
    pub person: Email,
    /// The key, at most 255 bytes.
    pub key: String,
    /// SHA-256 of the request, so that one key for two different requests is noticed.
    pub request: [u8; 32],
}

/// Which grants to list. Every field that is set narrows; `people` matches if any of the roles does.
#[derive(Debug, Clone, Default)]
pub struct GrantFilter {
    /// Only those that this person asked for or receives.
    pub concerning: Option<Email>,
    /// Only those of these entitlements.
    pub entitlements: Option<Vec<EntitlementId>>,
    /// Only those in these states; empty: any.
    pub states: Vec<State>,
    /// Only those with a binding or privilege on this resource.
    pub resource: Option<ResourceName>,
    /// Only those that this principal receives.
    pub beneficiary: Option<Principal>,
    /// Only those for which a review is owed ([`Grant::owes_review`]).
    pub review_owed: bool,
    /// Only those older than this one: the cursor.
    pub before: Option<GrantId>,
    /// At most so many.
    pub limit: usize,
}

/// A page of grants.
#[derive(Debug, Clone)]
pub struct GrantPage {
    /// The grants, newest first.
    pub grants: Vec<Grant>,
    /// The cursor of the next page, if there is one.
    pub next: Option<GrantId>,
}

/// Which audit entries to list.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only those after this sequence number.
    pub after: u64,
    /// Only those of this grant.
    pub grant: Option<GrantId>,
    /// At most so many.
    pub limit: usize,
}

/// SHA-256 of a session's token: the token itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// A signed-in browser or terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The hash of its token.
    pub token: TokenHash,
    /// Who.
    pub person: Person,
    /// The name to show.
    pub name: String,
    /// What holds the token.
    pub kind: SessionKind,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
}

/// What holds a session's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// A browser's cookie.
    Browser,
    /// The command's file.
    Terminal,
}

/// Why the store did not do it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Somebody else changed the grant meanwhile, or the key is taken: read again.
    #[error("the record was changed meanwhile")]
    Conflict,
    /// The disk is full.
    #[error("there is no space left for the database")]
    Full(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// Another process holds the database.
    #[error("the database is in use by another server")]
    InUse,
    /// The database does not answer in time, or fails.
    #[error("the database cannot be used")]
    Unavailable(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// What is stored cannot be read.
    #[error("the database holds something that this version cannot read: {0}")]
    Malformed(String),
}
