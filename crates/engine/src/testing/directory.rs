use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use async_trait::async_trait;
use daypass_core::email::Email;

use crate::ports::{Directory, DirectoryError};
use crate::reconcile::locked;

/// Groups from a list, or an outage.
#[derive(Default)]
pub struct Groups {
    members: Mutex<BTreeMap<Email, BTreeSet<Email>>>,
    down: Mutex<bool>,
}

impl Groups {
    /// Puts somebody into a group. Both are addresses of the test's own choice.
    pub fn add(&self, group: &str, member: &str) {
        if let (Ok(group), Ok(member)) = (Email::parse(group), Email::parse(member)) {
            locked(&self.members)
                .entry(group)
                .or_default()
                .insert(member);
        }
    }

    /// Takes somebody out of a group.
    pub fn remove(&self, group: &str, member: &str) {
        if let (Ok(group), Ok(member)) = (Email::parse(group), Email::parse(member)) {
            locked(&self.members)
                .entry(group)
                .or_default()
                .remove(&member);
        }
    }

    /// Makes every question fail, or answers again.
    pub fn set_down(&self, down: bool) {
        *locked(&self.down) = down;
    }

    fn up(&self) -> Result<(), DirectoryError> {
        if *locked(&self.down) {
            Err(DirectoryError {
                message: "it is down".into(),
                source: None,
            })
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Directory for Groups {
    async fn groups_of(&self, member: &Email) -> Result<BTreeSet<Email>, DirectoryError> {
        self.up()?;
        let members = locked(&self.members);
        Ok(members
            .iter()
            .filter(|(_, people)| people.contains(member))
            .map(|(group, _)| group.clone())
            .collect())
    }

    async fn members_of(&self, group: &Email) -> Result<BTreeSet<Email>, DirectoryError> {
        self.up()?;
        Ok(locked(&self.members)
            .get(group)
            .cloned()
            .unwrap_or_default())
    }

    async fn describe(&self) -> String {
        format!("{} groups in memory", locked(&self.members).len())
    }
}
