//! Where the engine learns who is in which group; a group file is followed while the server runs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use daypass_core::email::Email;
use daypass_engine::ports::{Directory, DirectoryError, Freshness};
use daypass_engine::{Engine, error};

use super::group_file::{GroupFile, GroupFileError};
use super::watch::{Look, Watch, look};

/// How long the last good version is used after the file could not be read any more. From then on nothing is decided
/// by groups: I23 allows no older answer than 60 s.
const LASTS: Duration = Duration::from_mins(1);

/// How it is told in the engine's health.
const NAME: &str = "groups";

/// The groups of a file, as it is now. Clones share the same.
#[derive(Debug, Clone)]
pub(super) struct FollowedGroups(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    groups: Arc<GroupFile>,
    /// Since when the file cannot be used, and why.
    failing: Option<(Instant, String)>,
}

impl FollowedGroups {
    /// Reads the file for the first time; then it must be good.
    pub(super) fn read(path: PathBuf) -> Result<(Self, Look), GroupFileError> {
        let seen = look(std::slice::from_ref(&path));
        let groups = Arc::new(GroupFile::read(&path)?);
        let state = RwLock::new(State {
            groups,
            failing: None,
        });
        Ok((Self(Arc::new(Inner { path, state })), seen))
    }

    /// Follows the file for ever.
    pub(super) async fn follow(self, engine: Engine, seen: Look) {
        let mut watch = Watch::from(vec![self.0.path.clone()], seen);
        loop {
            let seen = watch.moved().await;
            let path = self.0.path.clone();
            let Ok(read) = tokio::task::spawn_blocking(move || GroupFile::read(&path)).await else {
                // The reader died; the next look tries again.
                continue;
            };
            if !watch.still(&seen).await {
                continue;
            }
            watch.done(seen);
            self.take(&engine, read);
        }
    }

    fn take(&self, engine: &Engine, read: Result<GroupFile, GroupFileError>) {
        match read {
            Ok(groups) => {
                let (count, people) = groups.counts();
                self.0.change(|state| {
                    state.groups = Arc::new(groups);
                    state.failing = None;
                });
                engine.note_mended(NAME);
                tracing::info!(groups = count, people, "new groups are in force");
            }
            Err(failure) => {
                let why = error::chain(&failure);
                self.0.change(|state| {
                    let since = state
                        .failing
                        .as_ref()
                        .map_or_else(Instant::now, |(at, _)| *at);
                    state.failing = Some((since, why.clone()));
                });
                tracing::error!(error = %why, "the group file cannot be used; what it said before counts for {} s more, then nothing is decided by groups", LASTS.as_secs());
                engine.note_degraded(NAME, &why, Vec::new(), None);
            }
        }
    }
}

impl Inner {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn current(&self, now: Instant) -> Result<Arc<GroupFile>, DirectoryError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match &state.failing {
            Some((since, why)) if now.saturating_duration_since(*since) >= LASTS => {
                Err(DirectoryError {
                    message: format!("the group file cannot be used: {why}"),
                    source: None,
                })
            }
            _ => Ok(Arc::clone(&state.groups)),
        }
    }
}

#[async_trait]
impl Directory for FollowedGroups {
    async fn groups_of(
        &self,
        member: &Email,
        freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError> {
        let groups = self.0.current(Instant::now())?;
        groups.groups_of(member, freshness).await
    }

    async fn members_of(
        &self,
        group: &Email,
        freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError> {
        let groups = self.0.current(Instant::now())?;
        groups.members_of(group, freshness).await
    }

    async fn describe(&self) -> String {
        match self.0.current(Instant::now()) {
            Ok(groups) => groups.describe().await,
            Err(error) => error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// I23: what a file said before it broke is used for a minute, and not a moment longer.
    #[test]
    fn the_last_good_version_counts_for_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("groups.yaml");
        std::fs::write(&path, "groups: {sre@example.com: [alice@example.com]}").unwrap();
        let (groups, _) = FollowedGroups::read(path).unwrap();
        let now = Instant::now();
        assert!(groups.0.current(now + 10 * LASTS).is_ok());
        groups
            .0
            .change(|state| state.failing = Some((now, "broken".into())));
        assert!(groups.0.current(now + LASTS / 2).is_ok());
        let refused = groups.0.current(now + LASTS).unwrap_err();
        assert!(refused.to_string().contains("broken"), "{refused}");
    }
}
