//! One server a database: two would each believe that it alone decides.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use daypass_engine::ports::StoreError;

use crate::error::file_error;

/// The lock on a database's `.lock` file. The operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    /// Takes the lock, or says at once that somebody else has it.
    ///
    /// The file stays when the lock is released: deleting it would let two processes lock two files of one name.
    pub(crate) fn take(database: &Path) -> Result<Self, StoreError> {
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let file = open_private(&PathBuf::from(path)).map_err(file_error)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
            Err(TryLockError::Error(error)) => Err(file_error(error)),
        }
    }
}

/// Opens the file for reading and writing; a new one is readable by its owner only, from its first moment.
pub(crate) fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
