//! Files and folders that nobody else can look into, from the moment they exist.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

/// Everything but the owner's bits.
pub const OTHERS: u32 = 0o077;

/// Makes the folder with mode 0700, and those above it that are missing. One that exists is narrowed.
///
/// # Errors
/// What the system says.
pub fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if fs::metadata(path)?.mode() & OTHERS != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Writes a new file with mode 0600; one that exists is an error.
///
/// # Errors
/// What the system says.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    new(path, text).map(drop)
}

fn new(path: &Path, text: &str) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// Writes beside and renames: a reader sees the old file or the new one, and neither was ever readable by others.
/// `beside` is a name that nobody else uses in that folder.
///
/// # Errors
/// What the system says; the old file is then as it was.
pub fn replace(path: &Path, beside: &str, text: &str) -> io::Result<()> {
    let beside = path.with_file_name(beside);
    let written = new(&beside, text)
        // What has the name must be whole after a power cut, too.
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // A best effort: what failed is told either way.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Opens a file that is there to be locked; it is made with mode 0600.
///
/// # Errors
/// What the system says.
pub fn lockable(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
}

/// Opens a file for adding to its end; it is made with mode 0600.
///
/// # Errors
/// What the system says.
pub fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn nobody_else_can_look_in() {
        let home = tempfile::tempdir().unwrap();
        let (outer, inner) = (home.path().join("a"), home.path().join("a/b"));
        folder(&inner).unwrap();
        assert_eq!((mode(&outer), mode(&inner)), (0o700, 0o700));
        fs::set_permissions(&inner, Permissions::from_mode(0o755)).unwrap();
        folder(&inner).unwrap();
        assert_eq!(mode(&inner), 0o700);
        let file = inner.join("f");
        write_new(&file, "one").unwrap();
        assert_eq!(mode(&file), 0o600);
        assert!(
            write_new(&file, "two").is_err(),
            "what is there is not overwritten"
        );
        replace(&file, ".f.new", "two").unwrap();
        assert_eq!(
            (fs::read_to_string(&file).unwrap().as_str(), mode(&file)),
            ("two", 0o600)
        );
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
        append(&inner.join("g")).unwrap();
        assert_eq!(mode(&inner.join("g")), 0o600);
    }
}
