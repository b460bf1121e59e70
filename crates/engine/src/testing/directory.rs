use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use daypass_core::email::Email;
use tokio::sync::Semaphore;

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
    /// Whose questions wait.
    held: Mutex<BTreeMap<Email, Arc<Semaphore>>>,
    failing: Mutex<BTreeSet<Email>>,
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

    /// Lets questions about the groups of somebody wait until [`Groups::release`].
    pub fn hold(&self, member: &str) {
        if let Ok(member) = Email::parse(member) {
            locked(&self.held).insert(member, Arc::new(Semaphore::new(0)));
        }
    }

    /// Answers the questions that wait.
    pub fn release(&self, member: &str) {
        let held = Email::parse(member).ok();
        let held = held.and_then(|member| locked(&self.held).remove(&member));
        if let Some(turn) = held {
            turn.close();
        }
    }

    async fn answered(&self, member: &Email) {
        let turn = locked(&self.held).get(member).cloned();
        if let Some(turn) = turn {
            // Closed when it is released; there is never a permit.
            let _ = turn.acquire().await;
        }
    }

    /// Makes every question about this person's groups fail, or answers again.
    pub fn fail(&self, member: &str, fails: bool) {
        if let Ok(member) = Email::parse(member) {
            let mut failing = locked(&self.failing);
            if fails {
                failing.insert(member);
            } else {
                failing.remove(&member);
            }
        }
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
        self.answered(member).await;
        self.up()?;
        if locked(&self.failing).contains(member) {
            return Err(DirectoryError {
                message: format!("it knows nothing of {member} now"),
                source: None,
            });
        }
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
