//! Files that hold secrets: private from the moment they exist, and refused if others can read them.

use std::fs::{File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// Permission bits of group and others.
const OTHERS: u32 = 0o077;

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretFileError {
    #[error("cannot read the secret in {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot write the secret to {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} can be read by others", .0.display())]
    Wide(PathBuf),
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
}

impl SecretFileError {
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Read { .. } | Self::Write { .. } => {
                "check the path, the folder and its owner".into()
            }
            Self::Wide(path) => format!("chmod 600 {}", path.display()),
            Self::Empty(_) => "put the secret into the file".into(),
        }
    }
}

/// The secret in a file, without the line's end.
pub(crate) fn read_secret(path: &Path) -> Result<SecretString, SecretFileError> {
    let failed = |source| SecretFileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    // The mode of the file that is open, not of whatever has its name a moment later.
    if file.metadata().map_err(failed)?.permissions().mode() & OTHERS != 0 {
        return Err(SecretFileError::Wide(path.to_owned()));
    }
    let text = std::io::read_to_string(file).map_err(failed)?;
    let secret = text.trim_end_matches(['\n', '\r']);
    if secret.is_empty() {
        Err(SecretFileError::Empty(path.to_owned()))
    } else {
        Ok(secret.into())
    }
}

/// Writes a new file that only its owner can read, from the first moment on. An existing one is an error.
pub(crate) fn write_private(path: &Path, contents: &str) -> Result<(), SecretFileError> {
    let failed = |source| SecretFileError::Write {
        path: path.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    // The process's mask can only have narrowed it; say it again for file systems that ignore the mode.
    file.set_permissions(Permissions::from_mode(0o600))
        .map_err(failed)?;
    file.write_all(contents.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)
}
