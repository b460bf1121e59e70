//! The executables of the tools that Daypass wraps.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use daypass_session::arguments::Tool;

/// Its names, the preferred one first: the second version of Cloud SQL's proxy writes dashes, the first one did not.
fn names(tool: Tool) -> &'static [&'static str] {
    match tool {
        Tool::Gcloud => &["gcloud"],
        Tool::Kubectl => &["kubectl"],
        Tool::CloudSqlProxy => &["cloud-sql-proxy", "cloud_sql_proxy"],
    }
}

/// The executable on `PATH`. Relative entries are left out: what they name depends on where one stands.
pub(super) fn on_path(tool: Tool) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect();
    names(tool)
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| is_executable(path))
}

/// Whether it is a file that somebody may execute.
pub(super) fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}
