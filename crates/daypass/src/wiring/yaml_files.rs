//! The files of entitlements: those that are named, and every `*.yaml` and `*.yml` in folders and below, by name.
//!
//! Who may write into a folder decides what is in it, and diagnostics quote what is read. So a link in a folder is
//! followed only to where it stays inside: else whoever writes entitlements could have the server's secrets quoted.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use daypass_core::entitlement::{MAX_FILE_BYTES, Source};
use daypass_session::plain_file;

/// The largest file that is read, in bytes: what the loader takes at most.
const LARGEST_FILE: u64 = MAX_FILE_BYTES as u64;

/// All files together, in bytes: more than the largest organisation writes, and little enough to hold in memory.
const LARGEST_SUM: u64 = 64 << 20;

/// A file or folder that cannot be read, and why.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its path as people know it.
    pub(super) path: PathBuf,
    /// Where it really is, if it was found in a folder: inside that folder, with no link on the way.
    real: Option<PathBuf>,
}

/// Whether a file of this name in a folder is one of entitlements. A name with a dot in front is an editor's or a
/// mount's.
pub(crate) fn is_entitlement_file(path: &Path) -> bool {
    let is_yaml = path
        .extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml");
    is_yaml && !is_hidden(path)
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".")
}

/// The text of one file that was named.
pub(crate) fn read_named(path: &Path) -> Result<Source, Unreadable> {
    let read = plain_file::read(path, LARGEST_FILE).map_err(at(path))?;
    Ok(named(path, read.0))
}

/// Reads all files.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Source>, Unreadable> {
    let mut left = LARGEST_SUM;
    let mut sources = Vec::new();
    for found in find(paths)? {
        let text = found.read().map_err(at(&found.path))?;
        left = u64::try_from(text.len())
            .ok()
            .and_then(|length| left.checked_sub(length))
            .ok_or_else(|| {
                let message = format!("all files are larger than {} MiB", LARGEST_SUM >> 20);
                at(&found.path)(io::Error::new(io::ErrorKind::FileTooLarge, message))
            })?;
        sources.push(named(&found.path, text));
    }
    Ok(sources)
}

/// All files, those of folders by name. None of them is opened.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<Found>, Unreadable> {
    let mut files = Vec::new();
    for path in paths {
        if fs::metadata(path).map_err(at(path))?.is_dir() {
            let root = path.canonicalize().map_err(at(path))?;
            let mut walk = Walk {
                root: &root,
                visited: BTreeSet::new(),
                files: &mut files,
            };
            walk.folder(path, &root)?;
        } else {
            files.push(Found {
                path: path.clone(),
                real: None,
            });
        }
    }
    Ok(files)
}

/// A walk through one folder.
struct Walk<'a> {
    root: &'a Path,
    /// The folders that were walked through, as they are really called: a link back to one leads nowhere new.
    visited: BTreeSet<PathBuf>,
    files: &'a mut Vec<Found>,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path, real: &Path) -> Result<(), Unreadable> {
        if !self.visited.insert(real.to_owned()) {
            return Ok(());
        }
        let entries = fs::read_dir(path).map_err(at(path))?;
        let mut inside = entries
            .map(|entry| {
                let entry = entry?;
                Ok((entry.path(), entry.file_type()?.is_symlink()))
            })
            .collect::<io::Result<Vec<_>>>()
            .map_err(at(path))?;
        inside.sort();
        for (path, is_link) in inside {
            if is_hidden(&path) || !(is_entitlement_file(&path) || path.is_dir()) {
                continue;
            }
            let real = if is_link {
                self.inside(&path).map_err(at(&path))?
            } else {
                real.join(path.file_name().unwrap_or_default())
            };
            if fs::metadata(&real).map_err(at(&path))?.is_dir() {
                self.folder(&path, &real)?;
            } else {
                let real = Some(real);
                self.files.push(Found { path, real });
            }
        }
        Ok(())
    }

    /// Where a link leads to, which must be in the folder.
    fn inside(&self, link: &Path) -> io::Result<PathBuf> {
        let real = link.canonicalize()?;
        if real.starts_with(self.root) {
            return Ok(real);
        }
        Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is a link that leads outside the folder of the entitlements",
        ))
    }
}

impl Found {
    fn read(&self) -> io::Result<String> {
        let Some(real) = &self.real else {
            return Ok(plain_file::read(&self.path, LARGEST_FILE)?.0);
        };
        let (text, read) = plain_file::read(real, LARGEST_FILE)?;
        // A link may have taken its place since it was found; then something else was read.
        let there = fs::symlink_metadata(real)?;
        let is_same = (there.dev(), there.ino()) == (read.dev(), read.ino());
        if is_same && real.canonicalize()? == *real {
            Ok(text)
        } else {
            Err(io::Error::other("it changed while it was read"))
        }
    }
}

fn named(path: &Path, text: String) -> Source {
    Source {
        name: path.display().to_string(),
        text,
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> Unreadable {
    move |source| Unreadable {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    /// A folder `entitlements` with the file `a.yaml`, beside a folder `keys` with a secret.
    fn world() -> (tempfile::TempDir, PathBuf) {
        let world = tempfile::tempdir().unwrap();
        let folder = world.path().join("entitlements");
        fs::create_dir(&folder).unwrap();
        fs::create_dir(world.path().join("keys")).unwrap();
        fs::write(world.path().join("keys/secret.yaml"), "s3cret").unwrap();
        fs::write(folder.join("a.yaml"), "a").unwrap();
        (world, folder)
    }

    /// The names below the folder, and the texts.
    fn texts(folder: &Path) -> Vec<(String, String)> {
        let sources = read(&[folder.to_owned()]).unwrap();
        let name = |name: String| {
            let below = Path::new(&name).strip_prefix(folder).unwrap();
            below.display().to_string()
        };
        let each = sources.into_iter();
        each.map(|source| (name(source.name), source.text))
            .collect()
    }

    #[track_caller]
    fn refused(folder: &Path, name: &str, expected: &str) {
        let refused = read(&[folder.to_owned()]).unwrap_err();
        assert_eq!(refused.path, folder.join(name));
        let why = refused.source.to_string();
        assert!(why.contains(expected), "{why}");
    }

    #[test]
    fn links_to_the_outside_are_refused() {
        for (name, target) in [
            ("x.yaml", "../keys/secret.yaml"),
            ("team", "../keys"),
            ("team.yaml", "../keys"),
            ("x.yaml", "/proc/self/environ"),
            ("up", ".."),
        ] {
            let (_world, folder) = world();
            symlink(target, folder.join(name)).unwrap();
            refused(&folder, name, "leads outside the folder");
        }
        // By way of a link that looks inside.
        let (_world, folder) = world();
        symlink("../keys", folder.join(".hidden")).unwrap();
        symlink(".hidden/secret.yaml", folder.join("x.yaml")).unwrap();
        refused(&folder, "x.yaml", "leads outside the folder");
    }

    /// A folder whose name begins as that of the entitlements is another one.
    #[test]
    fn a_neighbour_of_a_like_name_is_outside() {
        let (world, folder) = world();
        let neighbour = world.path().join("entitlements-old");
        fs::create_dir(&neighbour).unwrap();
        fs::write(neighbour.join("b.yaml"), "b").unwrap();
        symlink("../entitlements-old/b.yaml", folder.join("b.yaml")).unwrap();
        refused(&folder, "b.yaml", "leads outside the folder");
    }

    /// As Kubernetes mounts a ConfigMap, itself behind a link that the configuration names.
    #[test]
    fn links_within_the_folder_are_followed() {
        let (world, folder) = world();
        fs::create_dir_all(folder.join("..1/team")).unwrap();
        fs::write(folder.join("..1/x.yaml"), "x").unwrap();
        fs::write(folder.join("..1/team/y.yml"), "y").unwrap();
        symlink("..1", folder.join("..data")).unwrap();
        symlink("..data/x.yaml", folder.join("x.yaml")).unwrap();
        symlink("..data/team", folder.join("team")).unwrap();
        let named = world.path().join("named");
        symlink("entitlements", &named).unwrap();
        let expected = [("a.yaml", "a"), ("team/y.yml", "y"), ("x.yaml", "x")];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(texts(&named), expected);
        // A file that is named itself is wherever its link leads.
        symlink("keys/secret.yaml", world.path().join("one.yaml")).unwrap();
        let one = read(&[world.path().join("one.yaml")]).unwrap();
        assert_eq!(one[0].text, "s3cret");
    }

    #[test]
    fn circles_of_links_are_walked_once() {
        let (_world, folder) = world();
        fs::create_dir_all(folder.join("b/c")).unwrap();
        fs::write(folder.join("b/c/d.yaml"), "d").unwrap();
        symlink(".", folder.join("loop")).unwrap();
        symlink("..", folder.join("b/up")).unwrap();
        symlink("../../b", folder.join("b/c/again")).unwrap();
        let names: Vec<_> = texts(&folder).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a.yaml", "b/c/d.yaml"]);
        symlink("self.yaml", folder.join("self.yaml")).unwrap();
        assert!(read(&[folder]).is_err());
    }

    #[test]
    fn what_is_no_file_of_its_size_is_refused_by_name() {
        let (_world, folder) = world();
        let pipe = folder.join("pipe.yaml");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        refused(&folder, "pipe.yaml", "no plain file");
        fs::remove_file(&pipe).unwrap();
        // Of no size on disk, but of 1 GiB to its reader.
        let sparse = fs::File::create(folder.join("large.yaml")).unwrap();
        sparse.set_len(1 << 30).unwrap();
        refused(&folder, "large.yaml", "larger than 4 MiB");
        sparse.set_len(LARGEST_FILE).unwrap();
        for number in 0..16 {
            let next = fs::File::create(folder.join(format!("next-{number}.yaml"))).unwrap();
            next.set_len(LARGEST_FILE).unwrap();
        }
        refused(&folder, "next-8.yaml", "all files are larger than 64 MiB");
    }

    /// Who turns a file into a link to a secret in the moment after it was found does not have it read.
    #[test]
    fn a_file_that_becomes_a_link_is_not_told() {
        let (_world, folder) = world();
        fs::create_dir(folder.join("team")).unwrap();
        fs::write(folder.join("team/secret.yaml"), "b").unwrap();
        let found = find(std::slice::from_ref(&folder)).unwrap();
        let [file, inside] = &found[..] else {
            panic!("{found:?}");
        };
        fs::remove_file(folder.join("a.yaml")).unwrap();
        symlink("../keys/secret.yaml", folder.join("a.yaml")).unwrap();
        fs::remove_dir_all(folder.join("team")).unwrap();
        symlink("../keys", folder.join("team")).unwrap();
        for found in [file, inside] {
            let why = found.read().unwrap_err().to_string();
            assert!(why.contains("changed while it was read"), "{why}");
        }
    }
}
