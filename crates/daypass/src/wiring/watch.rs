//! Noticing that files were changed: by looking at them twice a second.
//!
//! Looking works everywhere: over network file systems and for the mounts of Kubernetes, where a link is turned to
//! another folder and no file is ever written. What is looked at is cheap: names, sizes, times and inodes. Whether
//! anything was really changed is for the reader of the contents to say.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::time::{Interval, MissedTickBehavior};

use super::pulse::{Pulse, apart};
use super::yaml_files::{Unreadable, find};

/// How often is looked. A change is in force after two looks and the reading, well within 2 s.
const EVERY: Duration = Duration::from_millis(500);

/// How many looks a change may take to come to rest. An editor truncates and then writes, a roll-out writes file after
/// file: what is half-way is let be, but not for ever.
const MOST_UNSETTLED: u32 = 2;

/// What the file system says of the files, or why it says nothing.
pub(super) type Look = Result<Vec<Seen>, String>;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    path: PathBuf,
    /// Of the file itself, where links lead: device, inode, size, time of its content, time of its state.
    facts: [i128; 5],
}

/// Looks at the files and at all in the folders.
pub(super) fn look(paths: &[PathBuf]) -> Look {
    let failed = |Unreadable { path, source }: Unreadable| format!("{}: {source}", path.display());
    find(paths)
        .map_err(failed)?
        .into_iter()
        .map(|found| {
            let path = found.path;
            let seen =
                std::fs::metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let moment =
                |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
            Ok(Seen {
                facts: [
                    i128::from(seen.dev()),
                    i128::from(seen.ino()),
                    i128::from(seen.size()),
                    moment(seen.mtime(), seen.mtime_nsec()),
                    moment(seen.ctime(), seen.ctime_nsec()),
                ],
                path,
            })
        })
        .collect()
}

/// Follows files from one version that was dealt with to the next.
pub(super) struct Watch {
    paths: Vec<PathBuf>,
    interval: Interval,
    /// What was dealt with.
    done: Look,
    /// What was seen at the look before.
    before: Look,
    unsettled: u32,
    /// When the last look began.
    began: Instant,
    pulse: Pulse,
}

impl Watch {
    /// Follows these files, from what was seen before they were first read.
    pub(super) fn from(paths: Vec<PathBuf>, first: Look) -> Self {
        let mut interval = tokio::time::interval(EVERY);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            paths,
            interval,
            done: first.clone(),
            before: first,
            unsettled: 0,
            began: Instant::now(),
            pulse: Pulse::now(),
        }
    }

    /// When the files last answered.
    pub(super) fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// The files that are followed.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.paths.clone()
    }

    /// Waits until something moved and came to rest. Until [`Watch::done`] is called it is said again at each look.
    pub(super) async fn moved(&mut self) -> Look {
        loop {
            self.interval.tick().await;
            let seen = self.look().await;
            if seen == self.done {
                self.unsettled = 0;
                self.pulse.confirm(self.began);
            } else if seen == self.before || self.unsettled >= MOST_UNSETTLED {
                self.before.clone_from(&seen);
                return seen;
            } else {
                self.unsettled += 1;
            }
            self.before = seen;
        }
    }

    /// Whether the files are still as they were seen: what was read in between is then of one version. Files that never
    /// come to rest are taken as they are.
    pub(super) async fn still(&mut self, seen: &Look) -> bool {
        let now = self.look().await;
        if now == *seen || self.unsettled >= MOST_UNSETTLED {
            return true;
        }
        self.before = now;
        self.unsettled += 1;
        false
    }

    /// What was seen is dealt with.
    pub(super) fn done(&mut self, seen: Look) {
        self.done = seen;
        self.unsettled = 0;
        self.pulse.confirm(self.began);
    }

    async fn look(&mut self) -> Look {
        let paths = self.paths.clone();
        self.began = Instant::now();
        let looked = apart(move || look(&paths)).await;
        self.pulse.beat();
        looked.unwrap_or_else(|| Err("the looking at the files died".into()))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_way_to_change_a_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("entitlements");
        fs::create_dir_all(root.join("teams")).unwrap();
        let paths = vec![root.clone()];
        let one = root.join("teams/one.yaml");
        let mut seen = Vec::new();
        let mut step = |what: &str, change: &dyn Fn()| {
            // The clock of the file system may stand for some milliseconds.
            std::thread::sleep(Duration::from_millis(20));
            change();
            let now = look(&paths);
            assert!(!seen.contains(&now), "{what}: {now:?}");
            assert_eq!(now, look(&paths), "{what}: nothing moved since");
            seen.push(now);
        };
        step("a new file", &|| fs::write(&one, "a").unwrap());
        step("another content of the same size", &|| {
            fs::write(&one, "b").unwrap();
        });
        step("an editor that renames", &|| {
            fs::write(root.join("teams/.one.yaml.swp"), "c").unwrap();
            fs::rename(root.join("teams/.one.yaml.swp"), &one).unwrap();
        });
        step("an old time, set by hand", &|| {
            fs::write(&one, "d").unwrap();
            let file = fs::File::options().write(true).open(&one).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH)
                .unwrap();
        });
        step("another name", &|| {
            fs::rename(&one, root.join("teams/two.yml")).unwrap();
        });
        step("gone", &|| {
            fs::remove_file(root.join("teams/two.yml")).unwrap();
        });
        step("a folder instead", &|| {
            fs::create_dir(root.join("teams/two.yml")).unwrap();
            fs::write(root.join("teams/two.yml/three.yaml"), "e").unwrap();
        });
    }

    /// As Kubernetes mounts a ConfigMap: `x.yaml -> ..data/x.yaml`, and `..data` is turned to a new folder.
    #[test]
    fn a_turned_link_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for version in ["..1", "..2"] {
            fs::create_dir(root.join(version)).unwrap();
            fs::write(root.join(version).join("x.yaml"), "same").unwrap();
        }
        symlink("..1", root.join("..data")).unwrap();
        symlink("..data/x.yaml", root.join("x.yaml")).unwrap();
        let paths = vec![root.to_owned()];
        let before = look(&paths).unwrap();
        assert_eq!(before.len(), 1);
        symlink("..2", root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
        assert_ne!(look(&paths).unwrap(), before);
    }
}
