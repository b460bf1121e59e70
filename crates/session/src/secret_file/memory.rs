use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::DupFlags;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::SessionError;

/// A memory file. Its number stays; what is behind the number is replaced.
pub(super) struct Kept(OwnedFd);

impl Kept {
    pub(super) fn new(
        _folder: &Path,
        name: &str,
        secret: &SecretString,
    ) -> Result<Self, SessionError> {
        fill(name, secret).map(Self).map_err(SessionError::Memory)
    }

    pub(super) fn replace(&mut self, secret: &SecretString) -> Result<(), SessionError> {
        let next = fill("daypass", secret).map_err(SessionError::Memory)?;
        rustix::io::dup3(&next, &mut self.0, DupFlags::CLOEXEC)
            .map_err(|error| SessionError::Memory(error.into()))
    }

    pub(super) fn path(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.0.as_raw_fd()).into()
    }
}

/// A memory file with the secret in it, sealed: a program that opens it can read it and nothing else.
fn fill(name: &str, secret: &SecretString) -> std::io::Result<OwnedFd> {
    let mut file = File::from(rustix::fs::memfd_create(
        name,
        MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
    )?);
    file.write_all(secret.expose_secret().as_bytes())?;
    rustix::fs::fcntl_add_seals(
        &file,
        SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
    )?;
    Ok(file.into())
}
