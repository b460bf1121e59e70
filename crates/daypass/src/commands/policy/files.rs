//! Entitlement files on disk, for commands that need no server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use daypass_core::diagnostic::Diagnostic;
use daypass_core::entitlement::Source;
use daypass_core::rehearsal::{Groups, read_groups};

use crate::error::Error;
use crate::output::{self, visible};
use crate::wiring::{self, Unreadable};

pub(super) use crate::wiring::is_entitlement_file;

/// Reads files, and of folders every `*.yaml` and `*.yml` in them and below, by name, as the server does.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Source>, Error> {
    wiring::read_files(paths).map_err(failed)
}

/// Reads a file of groups; no file, no groups.
pub(super) fn groups(path: Option<&Path>) -> Result<Result<Arc<Groups>, Vec<Diagnostic>>, Error> {
    match path {
        None => Ok(Ok(Arc::default())),
        Some(path) => Ok(read_groups(&wiring::read_file(path).map_err(failed)?).map(Arc::new)),
    }
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

fn failed(Unreadable { path, source }: Unreadable) -> Error {
    Error::Server {
        message: format!("cannot read {}: {source}", path.display()),
        hint: Some("name the files or folders of the entitlements".into()),
    }
}
