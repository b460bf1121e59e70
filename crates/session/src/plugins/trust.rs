//! Whether somebody else could have changed a file that is about to be run.
//!
//! Who may write a file can change it; who may write its folder can put another one in its place; and so on up to the
//! root, but for folders such as `/tmp`, where everybody may write and only the owner may rename (the sticky bit). The
//! answer stays true until the file is run, since it says that nobody else can change it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::PluginError;

/// Write permission of group and others.
const OTHERS_WRITE: u32 = 0o022;
/// Only owners may rename and remove what is in the folder.
const STICKY: u32 = 0o1000;
/// Execute permission of anybody.
const EXECUTE: u32 = 0o111;

/// Where the file really is, if only this user and root may change what is run by this path.
pub(super) fn check(path: &Path) -> Result<PathBuf, PluginError> {
    let failed = |source: io::Error| PluginError::File {
        doing: "look at",
        path: path.to_owned(),
        source,
    };
    let real = path.canonicalize().map_err(failed)?;
    let about = fs::metadata(&real).map_err(failed)?;
    if !is_executable(&about) {
        return Err(PluginError::NotExecutable(path.to_owned()));
    }
    judge(path, &real, &about, false)?;
    // The folder of a link, too: who may write there can turn the link elsewhere.
    let folder = path.parent().unwrap_or(Path::new("/"));
    let folder = folder.canonicalize().map_err(failed)?;
    for folder in [Some(folder.as_path()), real.parent()]
        .into_iter()
        .flatten()
    {
        for (level, ancestor) in folder.ancestors().enumerate() {
            let about = fs::metadata(ancestor).map_err(failed)?;
            judge(path, ancestor, &about, level > 0)?;
        }
    }
    Ok(real)
}

/// Whether it is a file that somebody may execute.
pub(super) fn is_executable(about: &Metadata) -> bool {
    about.is_file() && about.mode() & EXECUTE != 0
}

fn judge(path: &Path, at: &Path, about: &Metadata, sticky_helps: bool) -> Result<(), PluginError> {
    let owner = about.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err(PluginError::Foreign {
            path: path.to_owned(),
            at: at.to_owned(),
        });
    }
    let is_kept = sticky_helps && about.mode() & STICKY != 0;
    if about.mode() & OTHERS_WRITE != 0 && !is_kept {
        return Err(PluginError::WritableByOthers {
            path: path.to_owned(),
            at: at.to_owned(),
        });
    }
    Ok(())
}
