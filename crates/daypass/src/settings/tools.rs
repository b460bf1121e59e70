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

/// The executable of the tool on `PATH`.
pub(super) fn on_path(tool: Tool) -> Option<PathBuf> {
    names(tool).iter().find_map(|name| found(name))
}

/// The executable of this name on `PATH`. Relative entries are left out: what they name depends on where one stands.
pub(crate) fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| is_executable(path))
}

/// Whether it is a file that somebody may execute.
pub(crate) fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}
