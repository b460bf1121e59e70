//! A plugin on its way in: nothing can be run of it before it was found to be what the person meant.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::{Checksum, PluginError, PluginName};
use crate::private;

/// The largest plugin, in bytes. Command-line tools of Google's are at most half as large.
pub const LARGEST_PLUGIN: u64 = 256 << 20;

/// What files are called that are not in place yet. No plugin's name begins so.
const UNFINISHED: &str = ".incoming-";

/// What archives begin with (<https://en.wikipedia.org/wiki/List_of_file_signatures>).
const ARCHIVES: [(&[u8], &str); 6] = [
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"!<arch>\n", "ar"),
];

/// Where a tar archive says that it is one.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// How much of the file's beginning is kept to tell what it is.
const HEAD: usize = 512;

/// A file that is being read: mode 0600 in the folder of plugins, and gone if it is dropped.
#[derive(Debug)]
pub struct Incoming {
    file: NamedTempFile,
    folder: PathBuf,
    digest: Sha256,
    length: u64,
    head: Vec<u8>,
}

/// A plugin that is in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its file.
    pub path: PathBuf,
    /// Whether there was one of the same name, which is gone now.
    pub replaced: bool,
}

impl Incoming {
    /// Begins a file in the folder of plugins, which is made with mode 0700 if it is not there.
    ///
    /// # Errors
    ///
    /// The folder or the file cannot be made.
    pub fn begin(folder: &Path) -> Result<Self, PluginError> {
        let failed = |source| PluginError::File {
            doing: "write into",
            path: folder.to_owned(),
            source,
        };
        private::folder(folder).map_err(failed)?;
        sweep(folder);
        let file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(folder)
            .map_err(failed)?;
        // As long as somebody holds the lock, the file is not swept.
        file.as_file().lock().map_err(failed)?;
        Ok(Self {
            file,
            folder: folder.to_owned(),
            digest: Sha256::new(),
            length: 0,
            head: Vec::new(),
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// They are too many, or cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), PluginError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(length);
        if self.length > LARGEST_PLUGIN {
            return Err(PluginError::TooLarge);
        }
        let missing = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..missing]);
        self.digest.update(bytes);
        let written = self.file.write_all(bytes);
        written.map_err(|source| self.failed(source))
    }

    /// Puts the file in place under its name, if it has the checksum: in one step and with mode 0700.
    ///
    /// # Errors
    ///
    /// It has another checksum, or is no plugin: then nothing is left of it.
    pub fn put(self, name: &PluginName, expected: &Checksum) -> Result<Placed, PluginError> {
        let actual = Checksum::of(self.digest.clone().finalize().into());
        if self.length == 0 {
            return Err(PluginError::Empty);
        }
        if actual != *expected {
            return Err(PluginError::WrongChecksum {
                expected: *expected,
                actual,
            });
        }
        if let Some(kind) = archive(&self.head) {
            return Err(PluginError::Archive(kind));
        }
        let path = self.folder.join(name.file_name());
        let replaced = path.symlink_metadata().is_ok();
        let open = self.file.as_file();
        open.set_permissions(Permissions::from_mode(0o700))
            .and_then(|()| open.sync_all())
            .map_err(|source| self.failed(source))?;
        let folder = self.folder;
        let persisted = self.file.persist(&path).map_err(|error| error.error);
        persisted
            // So that the name survives a power cut, too.
            .and_then(|_| File::open(&folder)?.sync_all())
            .map_err(|source| PluginError::File {
                doing: "put in place",
                path: path.clone(),
                source,
            })?;
        Ok(Placed { path, replaced })
    }

    fn failed(&self, source: io::Error) -> PluginError {
        PluginError::File {
            doing: "write into",
            path: self.folder.clone(),
            source,
        }
    }
}

/// Removes what a command that was killed has left. Whoever still writes holds a lock.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_unfinished = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(UNFINISHED.as_bytes());
        let is_left =
            is_unfinished && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if is_left {
            // A best effort: it cannot be executed, and the next command tries again.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn archive(head: &[u8]) -> Option<&'static str> {
    let known = ARCHIVES.iter().find(|(magic, _)| head.starts_with(magic));
    let (at, magic) = TAR;
    let is_tar = || head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    known
        .map(|(_, kind)| *kind)
        .or_else(|| is_tar().then_some("tar"))
}

#[cfg(test)]
mod tests;
