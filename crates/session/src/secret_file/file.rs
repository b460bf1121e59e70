// Untested: nobody has run Daypass on such a system yet.
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::error::SessionError;
use crate::private;

/// A file of mode 0600 in the session's folder. Its token is dead within ten minutes, whatever becomes of the file.
pub(super) struct Kept {
    path: PathBuf,
    beside: String,
}

impl Kept {
    pub(super) fn new(
        folder: &Path,
        name: &str,
        secret: &SecretString,
    ) -> Result<Self, SessionError> {
        let path = folder.join(name);
        private::write_new(&path, secret.expose_secret())
            .map_err(SessionError::file("write", &path))?;
        let beside = format!(".{name}.next");
        Ok(Self { path, beside })
    }

    pub(super) fn replace(&mut self, secret: &SecretString) -> Result<(), SessionError> {
        private::replace(&self.path, &self.beside, secret.expose_secret())
            .map_err(SessionError::file("write", &self.path))
    }

    pub(super) fn path(&self) -> PathBuf {
        self.path.clone()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // The folder goes next, and with it whatever could not be removed here.
        let _ = std::fs::remove_file(&self.path);
    }
}
