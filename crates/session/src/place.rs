//! Where sessions live: below the user's runtime folder, which the system empties at logout, else below the state folder.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::SessionError;
use crate::private;
use crate::variables::Variables;

/// The folder of this user's sessions, by the environment. It may not exist yet.
///
/// # Errors
/// Neither a runtime folder nor a home is known, or the one that is has a name that is not UTF-8.
pub fn sessions(variables: &Variables) -> Result<PathBuf, SessionError> {
    let sessions = match runtime(variables) {
        Some(runtime) => runtime.join("daypass/sessions"),
        None => state(variables)?.join("run/sessions"),
    };
    match sessions.to_str() {
        Some(_) => Ok(sessions),
        None => Err(SessionError::NotText(sessions)),
    }
}

/// Where Daypass keeps what outlives a session: `$XDG_STATE_HOME/daypass`, else `~/.local/state/daypass`.
///
/// # Errors
/// No home is known.
pub fn state(variables: &Variables) -> Result<PathBuf, SessionError> {
    let home = || {
        variables
            .folder("HOME")
            .map(|home| home.join(STATE_BELOW_HOME))
    };
    let state = variables.folder("XDG_STATE_HOME").or_else(home);
    Ok(state.ok_or(SessionError::NoHome)?.join("daypass"))
}

/// Where state is kept below the home folder.
#[cfg(not(target_os = "macos"))]
const STATE_BELOW_HOME: &str = ".local/state";
/// Untested: nobody has run Daypass on macOS yet.
#[cfg(target_os = "macos")]
const STATE_BELOW_HOME: &str = "Library/Application Support";

/// The runtime folder, if it is as the XDG Base Directory Specification demands: ours, and nobody else can enter it.
/// One that is inherited over `sudo` or `su` belongs to somebody else. The files of a session name others in its folder
/// in JSON and other text, so that the name must be text.
fn runtime(variables: &Variables) -> Option<PathBuf> {
    let folder = variables.folder("XDG_RUNTIME_DIR")?;
    (folder.to_str().is_some() && is_own_and_private(&folder)).then_some(folder)
}

fn is_own_and_private(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|found| {
        found.is_dir()
            && found.uid() == rustix::process::geteuid().as_raw()
            && found.mode() & private::OTHERS == 0
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_runtime_folder_is_taken_if_it_is_private() {
        let home = tempfile::tempdir().unwrap();
        let runtime = home.path().join("run");
        private::folder(&runtime).unwrap();
        let variables: Variables = [("HOME", home.path()), ("XDG_RUNTIME_DIR", &runtime)]
            .into_iter()
            .collect();
        assert_eq!(
            sessions(&variables).unwrap(),
            runtime.join("daypass/sessions")
        );
        std::fs::set_permissions(
            &runtime,
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        let fallback = home
            .path()
            .join(STATE_BELOW_HOME)
            .join("daypass/run/sessions");
        assert_eq!(sessions(&variables).unwrap(), fallback);
        assert!(matches!(
            sessions(&Variables::default()),
            Err(SessionError::NoHome)
        ));
    }

    #[test]
    fn a_folder_that_files_cannot_name_is_not_taken() {
        use std::os::unix::ffi::OsStrExt as _;
        let home = tempfile::tempdir().unwrap();
        let runtime = home.path().join(std::ffi::OsStr::from_bytes(b"r\xff"));
        private::folder(&runtime).unwrap();
        let variables: Variables = [("HOME", home.path()), ("XDG_RUNTIME_DIR", &runtime)]
            .into_iter()
            .collect();
        let below_home = home.path().join(STATE_BELOW_HOME);
        assert!(sessions(&variables).unwrap().starts_with(below_home));
        let variables: Variables = [("HOME", &runtime)].into_iter().collect();
        assert!(matches!(
            sessions(&variables),
            Err(SessionError::NotText(_))
        ));
    }
}
