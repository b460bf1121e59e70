//! Groups from a file: the directory of a trial, or of an organisation without Cloud Identity.
//!
//! ```yaml
//! groups:
//!   sre@example.com: [alice@example.com, leads@example.com]      # leads is a group: its members are in sre, too
//!   leads@example.com: [user:carol@example.com, serviceAccount:bot@p.iam.gserviceaccount.com]
//!   all@example.com: [group:sre@example.com]                     # refused, were sre not in the file
//! ```
//!
//! The file is read whole and never changes afterwards; who reads it anew has another [`GroupFile`].

mod listing;
mod membership;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use daypass_core::email::Email;
use daypass_engine::ports::{Directory, DirectoryError, Freshness};
use daypass_session::plain_file;

use listing::Listing;
use membership::Membership;

/// The largest file that is read, in bytes: about a million memberships.
const LARGEST_FILE: u64 = 64 << 20;

/// Who is in which group, nested to any depth, in circles or not.
#[derive(Debug, Default)]
pub(crate) struct GroupFile {
    membership: Membership,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GroupFileError {
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}: {message}", path.display())]
    Malformed { path: PathBuf, message: String },
}

impl GroupFile {
    /// No group at all.
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    /// Reads the file. It is the same for the same text, and touches nothing else.
    pub(crate) fn read(path: &Path) -> Result<Self, GroupFileError> {
        let malformed = |message: String| GroupFileError::Malformed {
            path: path.to_owned(),
            message,
        };
        let read = |source| GroupFileError::Read {
            path: path.to_owned(),
            source,
        };
        let (text, _) = plain_file::read(path, LARGEST_FILE).map_err(read)?;
        Self::parse(&text).map_err(malformed)
    }

    /// Reads the text of a file. The error is for the person who wrote it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let listing = Listing::parse(text)?;
        Ok(Self {
            membership: Membership::of(&listing),
        })
    }

    /// How many groups and how many people are in it.
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.membership.counts()
    }
}

/// A file that was read is as fresh as it gets: there is nothing older to answer from.
#[async_trait]
impl Directory for GroupFile {
    async fn groups_of(
        &self,
        member: &Email,
        _freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError> {
        Ok(self.membership.groups_of(member))
    }

    async fn members_of(
        &self,
        group: &Email,
        _freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError> {
        Ok(self.membership.members_of(group))
    }

    async fn describe(&self) -> String {
        let (groups, people) = self.counts();
        format!("{groups} groups of {people} people in a file")
    }
}
