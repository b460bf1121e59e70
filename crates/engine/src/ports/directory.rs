use std::collections::BTreeSet;

use async_trait::async_trait;
use daypass_core::email::Email;
use thiserror::Error;

/// How old an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// A minute at most: for lists, explanations and what is visible.
    Cached,
    /// Asked of the source no earlier than now: for whatever may lead to a grant (I23).
    Fresh,
}

/// Who is in which group. An error denies; nothing stale is used to grant (I23).
#[async_trait]
pub trait Directory: Send + Sync {
    /// The groups that the address is in, nested ones included.
    async fn groups_of(
        &self,
        member: &Email,
        freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError>;

    /// The people and service accounts in the group, nested groups resolved. An unknown group has no members.
    async fn members_of(
        &self,
        group: &Email,
        freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError>;

    /// How many groups are known, for the operator.
    async fn describe(&self) -> String;
}

/// The directory gave no answer.
#[derive(Debug, Error)]
#[error("the group directory gave no answer: {message}")]
pub struct DirectoryError {
    /// What it said.
    pub message: String,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}
