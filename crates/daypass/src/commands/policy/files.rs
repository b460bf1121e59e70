//! Entitlement files on disk, for commands that need no server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use daypass_core::diagnostic::Diagnostic;
use daypass_core::entitlement::Source;
use daypass_core::rehearsal::{Groups, read_groups};

use crate::error::Error;
use crate::output::{self, visible};

/// Reads files, and of folders every `*.yaml` and `*.yml` in them and below, by name, as the server does.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Source>, Error> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    files.iter().map(|path| read_file(path)).collect()
}

/// Reads a file of groups; no file, no groups.
pub(super) fn groups(path: Option<&Path>) -> Result<Result<Arc<Groups>, Vec<Diagnostic>>, Error> {
    match path {
        None => Ok(Ok(Arc::default())),
        Some(path) => Ok(read_groups(&read_file(path)?).map(Arc::new)),
    }
}

/// Whether the server would read a file of this name in a folder. A name with a dot in front is an editor's or a
/// mount's.
pub(super) fn is_entitlement_file(path: &Path) -> bool {
    let is_yaml = path
        .extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml");
    is_yaml && !is_hidden(path)
}

/// Tells what is wrong in the files.
pub(super) fn tell(findings: &[Diagnostic]) {
    for finding in findings {
        let lines: Vec<String> = finding.to_string().lines().map(visible).collect();
        output::talk(&format!("{}\n", lines.join("\n")));
    }
    let count = findings.len();
    output::talk(&match count {
        1 => "1 error".into(),
        count => format!("{count} errors"),
    });
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_none_or(|name| name.starts_with('.'))
}

fn read_file(path: &Path) -> Result<Source, Error> {
    let text = std::fs::read_to_string(path).map_err(failed(path))?;
    Ok(Source {
        name: path.display().to_string(),
        text,
    })
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    if !std::fs::metadata(path).map_err(failed(path))?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(failed(path))?;
    let mut inside = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed(path))?;
    inside.sort();
    for path in inside {
        if is_entitlement_file(&path) || (path.is_dir() && !is_hidden(&path)) {
            collect(&path, files)?;
        }
    }
    Ok(())
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::Server {
        message: format!("cannot read {}: {error}", path.display()),
        hint: Some("name the files or folders of the entitlements".into()),
    }
}
