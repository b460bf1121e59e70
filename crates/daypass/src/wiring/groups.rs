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
use super::pulse::{Pulse, apart};
use super::watch::{Watch, look};

/// How long the last good version is used after the last look that found the file to be that version. From then on
/// nothing is decided by groups: I23 allows no older answer than 60 s.
const LASTS: Duration = Duration::from_mins(1);

/// How it is told in the engine's health.
const NAME: &str = "groups";

/// How it is told there that the file does not answer.
const SILENT: &str = "groups_file";

/// The groups of a file, as it is now. Clones share the same.
#[derive(Debug, Clone)]
pub(super) struct FollowedGroups(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    state: RwLock<State>,
    pulse: Pulse,
}

#[derive(Debug)]
struct State {
    groups: Arc<GroupFile>,
    /// Until when the file could be used, and why it cannot now.
    failing: Option<(Instant, String)>,
}

impl FollowedGroups {
    /// Reads the file for the first time; then it must be good.
    pub(super) fn read(path: PathBuf) -> Result<(Self, Watch), GroupFileError> {
        let seen = look(std::slice::from_ref(&path));
        let watch = Watch::from(vec![path.clone()], seen);
        let groups = Arc::new(GroupFile::read(&path)?);
        let state = RwLock::new(State {
            groups,
            failing: None,
        });
        let pulse = watch.pulse();
        Ok((Self(Arc::new(Inner { path, state, pulse })), watch))
    }

    /// Follows the file for ever, and tells when it is silent.
    pub(super) async fn follow(self, engine: Engine, watch: Watch) {
        let silence = self.0.pulse.clone().tell_silence(engine.clone(), SILENT);
        tokio::join!(self.take_each(&engine, watch), silence);
    }

    async fn take_each(&self, engine: &Engine, mut watch: Watch) {
        loop {
            let seen = watch.moved().await;
            let path = self.0.path.clone();
            let Some(read) = apart(move || GroupFile::read(&path)).await else {
                // The reader died; the next look tries again.
                continue;
            };
            if !watch.still(&seen).await {
                continue;
            }
            // In this order: a version that failed must not make the one before it look confirmed.
            self.take(engine, read);
            watch.done(seen);
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
                let confirmed = self.0.pulse.confirmed();
                self.0.change(|state| {
                    let since = state.failing.as_ref().map_or(confirmed, |(at, _)| *at);
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
        let (since, why) = match &state.failing {
            Some((since, why)) => (*since, why.as_str()),
            None => (self.pulse.confirmed(), "it does not answer"),
        };
        if now.saturating_duration_since(since) < LASTS {
            return Ok(Arc::clone(&state.groups));
        }
        Err(DirectoryError {
            message: format!("the group file cannot be used: {why}"),
            source: None,
        })
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

    fn followed() -> (tempfile::TempDir, FollowedGroups, Watch) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("groups.yaml");
        std::fs::write(&path, "groups: {sre@example.com: [alice@example.com]}").unwrap();
        let (groups, watch) = FollowedGroups::read(path).unwrap();
        (folder, groups, watch)
    }

    /// I23: what a file said before it broke is used for a minute, and not a moment longer.
    #[tokio::test]
    async fn the_last_good_version_counts_for_a_minute() {
        let (_folder, groups, _) = followed();
        let now = Instant::now();
        groups.0.pulse.confirm(now + LASTS);
        groups
            .0
            .change(|state| state.failing = Some((now, "broken".into())));
        assert!(groups.0.current(now + LASTS / 2).is_ok());
        let refused = groups.0.current(now + LASTS).unwrap_err();
        assert!(refused.to_string().contains("broken"), "{refused}");
    }

    /// I23: as it is if nobody hears of the file any more, because who looks at it hangs.
    #[tokio::test]
    async fn what_nobody_confirms_counts_for_a_minute() {
        let (_folder, groups, _) = followed();
        let confirmed = groups.0.pulse.confirmed();
        assert!(groups.0.current(confirmed + LASTS / 2).is_ok());
        let refused = groups.0.current(confirmed + LASTS).unwrap_err();
        assert!(refused.to_string().contains("not answer"), "{refused}");
        groups.0.pulse.confirm(confirmed + LASTS / 2);
        assert!(groups.0.current(confirmed + LASTS).is_ok());
    }

    #[tokio::test]
    async fn each_look_at_an_unchanged_file_confirms_it() {
        let (folder, groups, mut watch) = followed();
        let first = groups.0.pulse.confirmed();
        let looking = Duration::from_millis(1_300);
        let moved = tokio::time::timeout(looking, watch.moved()).await;
        assert!(moved.is_err(), "nothing moved: {moved:?}");
        let second = groups.0.pulse.confirmed();
        assert!(second > first);
        // A pipe in the file's place confirms nothing, and is not waited for.
        let path = folder.path().join("groups.yaml");
        std::fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        assert!(watch.moved().await.is_ok(), "a pipe can be looked at");
        assert_eq!(groups.0.pulse.confirmed(), second);
        let refused = GroupFile::read(&path).unwrap_err();
        assert!(error::chain(&refused).contains("no plain file"));
    }
}
