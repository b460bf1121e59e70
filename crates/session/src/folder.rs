//! The private folder of one session, and the folder of them all.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use daypass_core::Timestamp;

use crate::descendants::Seen;
use crate::description::Description;
use crate::error::SessionError;
use crate::private;

/// What the session tells about itself.
const DESCRIPTION: &str = "session.json";
/// Locked for as long as the holder lives.
pub(crate) const LOCK: &str = "lock";
/// The end of the session for the prompt: seconds since the epoch, or nothing.
const ENDS: &str = "ends";

/// The folder of all sessions of this user.
#[derive(Debug, Clone)]
pub struct Sessions(PathBuf);

impl Sessions {
    /// The folder at this place; it need not exist.
    pub fn at(place: PathBuf) -> Self {
        Self(place)
    }

    /// Makes the folder of a new session and takes its lock. `id` is new.
    pub(crate) fn create(&self, id: &str) -> Result<SessionFolder, SessionError> {
        private::folder(&self.0).map_err(SessionError::file("make", &self.0))?;
        let owner = fs::metadata(&self.0)
            .map_err(SessionError::file("read", &self.0))?
            .uid();
        if owner != rustix::process::geteuid().as_raw() {
            return Err(SessionError::Foreign(self.0.clone()));
        }
        let _turn = self.turn().map_err(SessionError::file("lock", &self.0))?;
        let path = self.0.join(id);
        private::folder(&path).map_err(SessionError::file("make", &path))?;
        let lock = path.join(LOCK);
        let locked = private::lockable(&lock)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(SessionError::file("lock", &lock))?;
        Ok(SessionFolder {
            path,
            _lock: locked,
        })
    }

    /// The sessions that are alive, the oldest first. What cannot be read is left out: it is on its way in or out.
    pub fn list(&self) -> Vec<Description> {
        let mut found: Vec<Description> = self
            .folders()
            .filter(|folder| is_held(folder))
            .filter_map(|folder| read(&folder))
            .collect();
        found.sort_by(|one, other| (one.began_at, &one.id).cmp(&(other.began_at, &other.id)));
        found
    }

    /// Removes what dead holders left behind: those that were killed together with their wardens. Returns how many.
    pub fn sweep(&self) -> usize {
        let Ok(_turn) = self.turn() else { return 0 };
        self.folders()
            .filter(|folder| !is_held(folder))
            .filter(|folder| {
                let id = folder.file_name().and_then(|name| name.to_str());
                if let Some(id) = id {
                    crate::descendants::end_those_of(id, Seen::default());
                }
                fs::remove_dir_all(folder).is_ok()
            })
            .count()
    }

    /// The lock of the folder of all sessions: between making its own folder and locking it, a session looks dead.
    fn turn(&self) -> std::io::Result<File> {
        let folder = File::open(&self.0)?;
        folder.lock()?;
        Ok(folder)
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        fs::read_dir(&self.0)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
    }
}

/// Whether somebody holds the lock: the system takes it away with the process.
fn is_held(folder: &Path) -> bool {
    File::open(folder.join(LOCK))
        .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

fn read(folder: &Path) -> Option<Description> {
    let text = fs::read_to_string(folder.join(DESCRIPTION)).ok()?;
    serde_json::from_str(&text).ok()
}

/// What the session in this folder tells about itself.
///
/// # Errors
/// The folder is gone, as when the session is over, or holds something else.
pub fn description(folder: &Path) -> Result<Description, SessionError> {
    let path = folder.join(DESCRIPTION);
    fs::read_to_string(&path)
        .and_then(|text| serde_json::from_str(&text).map_err(std::io::Error::from))
        .map_err(SessionError::file("read", &path))
}

/// The folder of one session. It goes with this value, however that goes.
pub(crate) struct SessionFolder {
    path: PathBuf,
    _lock: File,
}

impl SessionFolder {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a new file, mode 0600, and returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, SessionError> {
        let path = self.path.join(name);
        private::write_new(&path, text).map_err(SessionError::file("write", &path))?;
        Ok(path)
    }

    /// Makes a folder inside, mode 0700, and returns its path.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, SessionError> {
        let path = self.path.join(name);
        private::folder(&path).map_err(SessionError::file("make", &path))?;
        Ok(path)
    }

    /// Writes what the session tells about itself, in place of what it told before.
    pub(crate) fn describe(&self, description: &Description) -> Result<(), SessionError> {
        let ends = description.ends_at.map(Timestamp::as_second);
        let ends = ends.map_or_else(String::new, |ends| format!("{ends}\n"));
        self.replace(ENDS, &ends)?;
        let text = serde_json::to_string_pretty(description)
            .map_err(|error| SessionError::file("write", &self.path)(error.into()))?;
        self.replace(DESCRIPTION, &text)
    }

    fn replace(&self, name: &str, text: &str) -> Result<(), SessionError> {
        let path = self.path.join(name);
        private::replace(&path, &format!(".{name}.next"), text)
            .map_err(SessionError::file("write", &path))
    }
}

impl Drop for SessionFolder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes a session's folder. Programs that are just ending may still write into it, so one try is not enough.
pub(crate) fn remove(folder: &Path) {
    for _ in 0..20 {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            _ => return,
        }
    }
}
