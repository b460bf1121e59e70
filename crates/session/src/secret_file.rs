//! A small secret that the session's programs read by a path, and that changes in one step.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::error::SessionError;

#[cfg(target_os = "linux")]
#[path = "secret_file/memory.rs"]
mod kept;
#[cfg(not(target_os = "linux"))]
#[path = "secret_file/file.rs"]
mod kept;

/// The secret: on Linux in memory, read through `/proc`, and gone with the process that holds it; elsewhere in a file
/// of mode 0600. Only the user's own processes can open the path (and root's).
pub(crate) struct SecretFile {
    kept: kept::Kept,
    path: PathBuf,
}

impl SecretFile {
    /// Keeps the secret; `name` tells it apart from others, in `folder` where it is a file.
    pub(crate) fn new(
        folder: &Path,
        name: &str,
        secret: &SecretString,
    ) -> Result<Self, SessionError> {
        let kept = kept::Kept::new(folder, name, secret)?;
        let path = kept.path();
        Ok(Self { kept, path })
    }

    /// Puts another secret in its place: whoever opens the path sees the old one or the new one, whole.
    pub(crate) fn replace(&mut self, secret: &SecretString) -> Result<(), SessionError> {
        self.kept.replace(secret)
    }

    /// Where programs read it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn it_changes_in_one_step_and_leaves_with_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = SecretFile::new(folder.path(), "token", &"first".into()).unwrap();
        let path = file.path().to_owned();
        let read = || std::fs::read_to_string(&path);
        assert_eq!(read().unwrap(), "first");
        // A reader that has it open keeps what it opened.
        let mut opened = std::fs::File::open(&path).unwrap();
        file.replace(&"the second one".into()).unwrap();
        assert_eq!(read().unwrap(), "the second one");
        let mut held = String::new();
        std::io::Read::read_to_string(&mut opened, &mut held).unwrap();
        assert_eq!(held, "first");
        drop(file);
        assert!(read().is_err());
    }

    #[test]
    fn no_reader_ever_sees_a_part() {
        let folder = tempfile::tempdir().unwrap();
        let (short, long) = ("a".repeat(20), "b".repeat(3_000));
        let mut file = SecretFile::new(folder.path(), "token", &short.clone().into()).unwrap();
        let path = file.path().to_owned();
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                for _ in 0..2_000 {
                    let seen = std::fs::read_to_string(&path).unwrap();
                    assert!(seen == short || seen == long, "{} bytes", seen.len());
                }
            });
            while !reader.is_finished() {
                file.replace(&long.clone().into()).unwrap();
                file.replace(&short.clone().into()).unwrap();
            }
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn readers_cannot_change_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::new(folder.path(), "token", &"first".into()).unwrap();
        let written = std::fs::OpenOptions::new()
            .write(true)
            .open(file.path())
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"other"));
        assert!(written.is_err());
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "first");
    }
}
