//! Whether somebody else could have changed a file that is about to be run.
//!
//! Who may write a file can change it; who may write its folder can put another one in its place; who may write a
//! folder with a link on the way can turn the link elsewhere; and so on up to the root. So the way is walked step by
//! step as the system would, links and all, and everything on it must belong to this user or root. A folder in which
//! everybody may write, but only owners may rename, such as `/tmp` (the sticky bit), may be on the way. It may not be
//! the last one: whoever puts a plugin there is nobody in particular.
//!
//! The answer stays true until the file is run, since it says that nobody else can change it.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use super::PluginError;

/// Write permission of group and others.
const OTHERS_WRITE: u32 = 0o022;
/// Only owners may rename and remove what is in the folder.
const STICKY: u32 = 0o1000;
/// Execute permission of anybody.
const EXECUTE: u32 = 0o111;
/// As many links as Linux follows (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// Where the file really is, if only this user and root may change what is read by this path, an absolute one.
///
/// # Errors
/// Somebody else could change it, or it cannot be looked at.
pub fn unchanged_by_others(path: &Path) -> Result<PathBuf, PluginError> {
    let real = walk(path)?;
    judge(path, &real, &looked_at(path, &real)?, false)?;
    // The folder that was searched, and the one that a link led to.
    let searched = path.parent().unwrap_or(Path::new("/"));
    let searched = searched.canonicalize().map_err(failed(path))?;
    for folder in [Some(searched.as_path()), real.parent()]
        .into_iter()
        .flatten()
    {
        judge(path, folder, &looked_at(path, folder)?, false)?;
    }
    Ok(real)
}

fn looked_at(path: &Path, at: &Path) -> Result<Metadata, PluginError> {
    fs::metadata(at).map_err(failed(path))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> PluginError + use<'_> {
    |source| PluginError::File {
        doing: "look at",
        path: path.to_owned(),
        source,
    }
}

/// The same of an executable.
pub(super) fn check(path: &Path) -> Result<PathBuf, PluginError> {
    let real = walk(path)?;
    if !is_executable(&looked_at(path, &real)?) {
        return Err(PluginError::NotExecutable(path.to_owned()));
    }
    unchanged_by_others(path)
}

/// Whether it is a file that somebody may execute.
pub(super) fn is_executable(about: &Metadata) -> bool {
    about.is_file() && about.mode() & EXECUTE != 0
}

/// Resolves an absolute path and judges every step but the last one.
fn walk(path: &Path) -> Result<PathBuf, PluginError> {
    let failed = failed(path);
    let mut real = PathBuf::from("/");
    let mut ahead = names(path);
    let mut links = 0;
    judge(path, &real, &fs::metadata(&real).map_err(&failed)?, true)?;
    while let Some(name) = ahead.pop_front() {
        if name == ".." {
            real.pop();
            continue;
        }
        let next = real.join(name);
        let about = fs::symlink_metadata(&next).map_err(&failed)?;
        if about.is_symlink() {
            links += 1;
            if links > MOST_LINKS {
                return Err(failed(io::Error::other("too many links")));
            }
            // A link has no mode of its own; where others may rename, it is its owner's all the same.
            owner(path, &next, &about)?;
            let target = fs::read_link(&next).map_err(&failed)?;
            if target.is_absolute() {
                real = PathBuf::from("/");
            }
            let mut turned = names(&target);
            turned.append(&mut ahead);
            ahead = turned;
        } else {
            if about.is_dir() {
                judge(path, &next, &about, true)?;
            }
            real = next;
        }
    }
    Ok(real)
}

/// The names on a path, `..` among them.
fn names(path: &Path) -> VecDeque<OsString> {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    names.collect()
}

fn owner(path: &Path, at: &Path, about: &Metadata) -> Result<(), PluginError> {
    let owner = about.uid();
    if owner == 0 || owner == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(PluginError::Foreign {
        path: path.to_owned(),
        at: at.to_owned(),
    })
}

fn judge(path: &Path, at: &Path, about: &Metadata, sticky_helps: bool) -> Result<(), PluginError> {
    owner(path, at, about)?;
    let is_kept = sticky_helps && about.mode() & STICKY != 0;
    if about.mode() & OTHERS_WRITE != 0 && !is_kept {
        return Err(PluginError::WritableByOthers {
            path: path.to_owned(),
            at: at.to_owned(),
        });
    }
    Ok(())
}
