//! Groups from a file: the directory of a trial, or of an organisation without Cloud Identity.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use daypass_core::email::Email;
use daypass_engine::ports::{Directory, DirectoryError};
use serde::Deserialize;

/// `groups: {sre@example.com: [alice@example.com, leads@example.com]}`: members are people or other groups.
#[derive(Debug, Default)]
pub(crate) struct GroupFile {
    /// The people of each group, nested groups resolved.
    members: BTreeMap<Email, BTreeSet<Email>>,
    /// The groups of each address, nested ones included.
    groups: BTreeMap<Email, BTreeSet<Email>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    groups: BTreeMap<Email, Vec<Email>>,
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

    /// Reads the file once.
    pub(crate) fn read(path: &Path) -> Result<Self, GroupFileError> {
        let text = std::fs::read_to_string(path).map_err(|source| GroupFileError::Read {
            path: path.to_owned(),
            source,
        })?;
        let malformed = |error: serde_saphyr::Error| GroupFileError::Malformed {
            path: path.to_owned(),
            message: error
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        Ok(Self::of(
            &serde_saphyr::from_str::<File>(&text)
                .map_err(malformed)?
                .groups,
        ))
    }

    fn of(direct: &BTreeMap<Email, Vec<Email>>) -> Self {
        let mut file = Self::default();
        for group in direct.keys() {
            let mut seen = BTreeSet::from([group]);
            let mut open = vec![group];
            let people = file.members.entry(group.clone()).or_default();
            // A group that contains itself, by whatever way, is visited once.
            while let Some(next) = open.pop() {
                for member in direct.get(next).into_iter().flatten() {
                    file.groups
                        .entry(member.clone())
                        .or_default()
                        .insert(group.clone());
                    if direct.contains_key(member) {
                        if seen.insert(member) {
                            open.push(member);
                        }
                    } else {
                        people.insert(member.clone());
                    }
                }
            }
        }
        file
    }
}

#[async_trait]
impl Directory for GroupFile {
    async fn groups_of(&self, member: &Email) -> Result<BTreeSet<Email>, DirectoryError> {
        Ok(self.groups.get(member).cloned().unwrap_or_default())
    }

    async fn members_of(&self, group: &Email) -> Result<BTreeSet<Email>, DirectoryError> {
        Ok(self.members.get(group).cloned().unwrap_or_default())
    }

    async fn describe(&self) -> String {
        format!("{} groups in a file", self.members.len())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn nested_groups_and_circles() {
        let text = "groups: {a@x.org: [b@x.org, ann@x.org], b@x.org: [c@x.org, Bob@x.org], c@x.org: [a@x.org, cid@x.org]}";
        let file = GroupFile::of(&serde_saphyr::from_str::<File>(text).unwrap().groups);
        let email = |text: &str| Email::parse(text).unwrap();
        let people = file.members_of(&email("a@x.org")).await.unwrap();
        assert_eq!(
            people,
            ["ann@x.org", "bob@x.org", "cid@x.org"].map(email).into()
        );
        let groups = file.groups_of(&email("cid@x.org")).await.unwrap();
        assert_eq!(groups, ["a@x.org", "b@x.org", "c@x.org"].map(email).into());
        assert!(
            file.groups_of(&email("eve@x.org"))
                .await
                .unwrap()
                .is_empty()
        );
    }
}
