//! Which part of `REVISION:PATH` is wrong. Asked of git itself, whose own words depend on its version and language.

use super::revision::git;
use crate::error::Error;

/// Why git has no such object: no repository, no such revision, or no such path in it.
pub(super) fn explained(version: &str) -> Error {
    let (revision, path) = version.split_once(':').unwrap_or((version, ""));
    if let Err(error) = git(&["rev-parse", "--git-dir"], b"") {
        return Error::Server {
            message: error.to_string(),
            hint: Some(
                "REVISION:PATH needs git, and a repository around this folder; else name two folders"
                    .into(),
            ),
        };
    }
    if !is_revision(revision) {
        return Error::Server {
            message: format!("git has no revision '{revision}' here"),
            hint: Some(
                "write a branch, a tag or a commit that was fetched: main:entitlements, origin/main:entitlements, HEAD~1:a.yaml"
                    .into(),
            ),
        };
    }
    let from_here = format!("{revision}:./{path}");
    let hint = if exists(&from_here) {
        format!("a path is read from the top of the repository; did you mean {from_here}?")
    } else {
        format!(
            "a path is read from the top of the repository, and must be committed there; 'git ls-tree -r --name-only {revision}' lists them"
        )
    };
    Error::Server {
        message: format!("there is no '{path}' in revision '{revision}'"),
        hint: Some(hint),
    }
}

/// What was meant by a revision without a path, if it is one: the path of the other version in it.
pub(super) fn without_path(revision: &str, other: &str) -> Option<Error> {
    let path = other.split_once(':').map_or(other, |(_, path)| path);
    let path = path.trim_end_matches('/');
    is_revision(revision).then(|| Error::Server {
        message: format!("{revision} is a revision of git, and no file or folder"),
        hint: Some(format!("did you mean {revision}:{path}?")),
    })
}

fn is_revision(text: &str) -> bool {
    exists(&format!("{text}^{{tree}}"))
}

fn exists(object: &str) -> bool {
    git(&["rev-parse", "--verify", "--end-of-options", object], b"").is_ok()
}
