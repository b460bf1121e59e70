//! Entitlement files of a git revision, read without touching the working tree.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use daypass_core::entitlement::Source;

use super::{files, revision_mistake};
use crate::error::Error;

/// The files of a version: a folder or file on disk, or `REVISION:PATH` of git. What is on disk goes first. The other
/// version is for telling what may have been meant.
pub(super) fn read(version: &str, other: &str) -> Result<Vec<Source>, Error> {
    let path = Path::new(version);
    match version.split_once(':') {
        Some((revision, _)) if !path.exists() => of_git(revision, version),
        None if !path.exists() => {
            let read = files::read(&[PathBuf::from(version)]);
            read.map_err(|error| revision_mistake::without_path(version, other).unwrap_or(error))
        }
        _ => files::read(&[PathBuf::from(version)]),
    }
}

/// Every argument that a person wrote stands behind `--end-of-options`, so that none is taken for a flag; everything
/// after the first call goes by the object's own name.
fn of_git(revision: &str, version: &str) -> Result<Vec<Source>, Error> {
    let version = version.trim_end_matches('/');
    // To git a path that begins with `./` is read from the present folder, and `.` alone is no path.
    let here = format!("{revision}:./");
    let asked = match version.split_once(':') {
        Some((_, ".")) => &here,
        _ => version,
    };
    let object = git(&["rev-parse", "--verify", "--end-of-options", asked], b"")
        .map_err(|_| revision_mistake::explained(version))?;
    let object = object.trim();
    let kind = git(&["cat-file", "-t", object], b"")?;
    if kind.trim() == "blob" {
        let name = version.to_owned();
        let text = git(&["cat-file", "blob", object], b"")?;
        return Ok(vec![Source { name, text }]);
    }
    let listing = git(&["ls-tree", "-r", "-z", "--full-tree", object], b"")?;
    let folder = version.split_once(':').map_or("", |(_, folder)| folder);
    let mut found: Vec<(String, &str)> = Vec::new();
    for entry in listing.split('\0').filter(|entry| !entry.is_empty()) {
        // MODE TYPE OBJECT, a tab, the path.
        let Some((about, path)) = entry.split_once('\t') else {
            return Err(foreign(entry));
        };
        let is_visible = !path.split('/').any(|part| part.starts_with('.'));
        if !is_visible || !files::is_entitlement_file(Path::new(path)) {
            continue;
        }
        let between = if folder.is_empty() { "" } else { "/" };
        let name = format!("{revision}:{folder}{between}{path}");
        match about.split(' ').collect::<Vec<_>>()[..] {
            ["100644" | "100755", "blob", object] => found.push((name, object)),
            _ => {
                return Err(Error::Server {
                    message: format!(
                        "{name} is no plain file in git: a link is not followed there"
                    ),
                    hint: Some("check the revision out, and name the folder".into()),
                });
            }
        }
    }
    contents(found)
}

/// The texts of many objects by one process.
fn contents(files: Vec<(String, &str)>) -> Result<Vec<Source>, Error> {
    let wanted: String = files
        .iter()
        .flat_map(|(_, object)| [object, "\n"])
        .collect();
    let answer = git_bytes(&["cat-file", "--batch"], wanted.as_bytes())?;
    let mut rest = answer.as_slice();
    let mut sources = Vec::with_capacity(files.len());
    for (name, _) in files {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (head, body) = rest.split_at(end.ok_or_else(|| foreign(&name))?);
        // OBJECT TYPE SIZE, a line end, the bytes, a line end.
        let head = String::from_utf8_lossy(head);
        let size = head.rsplit(' ').next().and_then(|size| size.parse().ok());
        let text = size.and_then(|size: usize| body.get(1..=size));
        let text = text.ok_or_else(|| foreign(&head))?;
        rest = body.get(text.len() + 2..).unwrap_or_default();
        sources.push(Source {
            text: String::from_utf8(text.to_vec()).map_err(|_| Error::Server {
                message: format!("{name} is not text in UTF-8"),
                hint: None,
            })?,
            name,
        });
    }
    Ok(sources)
}

pub(super) fn git(arguments: &[&str], input: &[u8]) -> Result<String, Error> {
    String::from_utf8(git_bytes(arguments, input)?).map_err(|_| foreign("text that is not UTF-8"))
}

fn git_bytes(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Error> {
    let failed = |error: std::io::Error| Error::Server {
        message: format!("cannot run git: {error}"),
        hint: Some("REVISION:PATH needs git; else name two folders".into()),
    };
    let mut child = Command::new("git")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let stdin = child.stdin.take();
    // Written beside the reading: git answers before it has heard all, and would wait for a full pipe.
    let done = std::thread::scope(|scope| {
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    let done = done.map_err(failed)?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let said = said.lines().next().unwrap_or("nothing").to_owned();
    Err(Error::Server {
        message: format!("git says: {said}"),
        hint: Some(
            "write a revision and a path in it, as main:entitlements or HEAD~1:a.yaml".into(),
        ),
    })
}

fn foreign(what: &str) -> Error {
    Error::Server {
        message: format!("git's answer is not understood: {what}"),
        hint: None,
    }
}
