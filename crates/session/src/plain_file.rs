//! Reading one file that people write, without trusting what stands at its path.
//!
//! A pipe makes its reader wait for ever and a device never ends, so only plain files are read, and none beyond its
//! bound.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// The text of a plain file, and what the file system says of the file that was read. `largest` is in bytes.
///
/// # Errors
/// What the system says; [`io::ErrorKind::InvalidInput`] if it is no plain file, [`io::ErrorKind::FileTooLarge`] if it
/// is larger, and [`io::ErrorKind::InvalidData`] if it is not text in UTF-8.
pub fn read(path: &Path, largest: u64) -> io::Result<(String, Metadata)> {
    // Before it is opened: to open a device may do something.
    must_be_plain(&fs::metadata(path)?)?;
    let file = open(path)?;
    // And of what is open: the name may belong to something else by now.
    let about = file.metadata()?;
    must_be_plain(&about)?;
    let too_large = || {
        let bound = match (largest >> 20, largest) {
            (0, bytes) => format!("{bytes} bytes"),
            (mebibytes, _) => format!("{mebibytes} MiB"),
        };
        io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {bound}"),
        )
    };
    if about.len() > largest {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    file.take(largest.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).map_or(true, |length| length > largest) {
        return Err(too_large());
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not text in UTF-8"))?;
    Ok((text, about))
}

/// Opens what is there without waiting: a pipe would be waited for until somebody writes into it.
fn open(path: &Path) -> io::Result<File> {
    let at_once = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(at_once.bits().cast_signed())
        .open(path)
}

fn must_be_plain(about: &Metadata) -> io::Result<()> {
    if about.is_file() {
        return Ok(());
    }
    let message = if about.is_dir() {
        "it is a folder"
    } else {
        "it is no plain file: a pipe, a socket or a device is not read"
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    fn refusal(path: &Path) -> String {
        read(path, 10).unwrap_err().to_string()
    }

    #[test]
    fn only_plain_files_within_their_bound_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "0123456789").unwrap();
        assert_eq!(read(&path, 10).unwrap().0, "0123456789");
        fs::write(&path, "0123456789a").unwrap();
        assert_eq!(refusal(&path), "it is larger than 10 bytes");
        let large = read(&path, 11).map(|(text, _)| text);
        assert_eq!(large.unwrap(), "0123456789a");
        fs::write(&path, [0xff]).unwrap();
        assert_eq!(refusal(&path), "it is not text in UTF-8");
        assert_eq!(refusal(folder.path()), "it is a folder");
        assert_eq!(
            read(&folder.path().join("none"), 10).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }

    /// Were one of them opened and read, the test would never end.
    #[test]
    fn pipes_sockets_and_devices_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.yaml");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let socket = folder.path().join("socket.yaml");
        let _listener = UnixListener::bind(&socket).unwrap();
        let link = folder.path().join("link.yaml");
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        for path in [&pipe, &socket, &link, Path::new("/dev/zero")] {
            let why = refusal(path);
            assert!(why.contains("no plain file"), "{}: {why}", path.display());
        }
    }

    /// One that takes the place of a plain file just before it is opened.
    #[test]
    fn to_open_a_pipe_is_not_to_wait() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let about = open(&pipe).unwrap().metadata().unwrap();
        assert!(must_be_plain(&about).is_err());
    }

    /// A file that says nothing of its length, as those of `/proc` do, is bounded all the same.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_is_bounded_that_claims_to_be_empty() {
        let path = Path::new("/proc/self/status");
        assert_eq!(fs::metadata(path).unwrap().len(), 0);
        assert_eq!(refusal(path), "it is larger than 10 bytes");
    }
}
