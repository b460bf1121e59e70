use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use async_trait::async_trait;
use daypass_core::email::Email;

use crate::ports::{Directory, DirectoryError, Freshness};
use crate::reconcile::locked;

type Members = BTreeMap<Email, BTreeSet<Email>>;

/// Groups from a list, an old list for those who take one, or an outage.
#[derive(Default)]
pub struct Groups {
    members: Mutex<Members>,
    /// What questions that need no fresh answer are answered from.
    old: Mutex<Option<Members>>,
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

    /// From now on, cached answers are those of this moment.
    pub fn keep_for_cached(&self) {
        *locked(&self.old) = Some(locked(&self.members).clone());
    }

    fn members(&self, freshness: Freshness) -> Members {
        let old = locked(&self.old);
        match (&*old, freshness) {
            (Some(old), Freshness::Cached) => old.clone(),
            _ => locked(&self.members).clone(),
        }
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
    async fn groups_of(
        &self,
        member: &Email,
        freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError> {
        self.up()?;
        Ok(self
            .members(freshness)
            .iter()
            .filter(|(_, people)| people.contains(member))
            .map(|(group, _)| group.clone())
            .collect())
    }

    async fn members_of(
        &self,
        group: &Email,
        freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError> {
        self.up()?;
        Ok(self.members(freshness).remove(group).unwrap_or_default())
    }

    async fn describe(&self) -> String {
        format!("{} groups in memory", locked(&self.members).len())
    }
}
