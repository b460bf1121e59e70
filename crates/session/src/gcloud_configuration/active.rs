//! The user's active configuration of gcloud, found as gcloud finds it: without running it, and without writing anything.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::SessionError;
use crate::plain_file;
use crate::variables::Variables;

/// The largest file of gcloud's that is read, in bytes; its own have a few hundred.
const LARGEST: u64 = 1 << 20;

/// The name of a configuration that has no properties at all.
const NO_CONFIGURATION: &str = "NONE";

/// The configuration that gcloud makes when it has none.
const FIRST_CONFIGURATION: &str = "default";

/// The variable that names another than the one that was activated.
const NAMED: &str = "CLOUDSDK_ACTIVE_CONFIG_NAME";

/// Its text; none if gcloud has no configuration, or one without properties.
///
/// # Errors
/// A file that is there cannot be read, or a variable names what is no configuration's name.
pub fn text(variables: &Variables) -> Result<Option<String>, SessionError> {
    let Some(folder) = folder(variables) else {
        return Ok(None);
    };
    let active = name(variables, &folder)?;
    if active == NO_CONFIGURATION {
        return Ok(None);
    }
    read(
        &folder
            .join("configurations")
            .join(format!("config_{active}")),
    )
}

/// gcloud's folder, on Linux and on macOS alike.
fn folder(variables: &Variables) -> Option<PathBuf> {
    let named = variables.get("CLOUDSDK_CONFIG").map(PathBuf::from);
    named.or_else(|| Some(variables.folder("HOME")?.join(".config/gcloud")))
}

fn name(variables: &Variables, folder: &Path) -> Result<String, SessionError> {
    if let Some(name) = variables.get(NAMED) {
        let name = name.to_string_lossy().into_owned();
        // The name becomes a part of a path.
        return if is_configuration(&name) {
            Ok(name)
        } else {
            Err(SessionError::GcloudConfiguration {
                variable: NAMED,
                name: daypass_core::justification::printable(&name, 60),
            })
        };
    }
    // gcloud throws a file away that names nothing, and begins anew.
    let name = read(&folder.join("active_config"))?.map(|name| name.trim().to_owned());
    Ok(name
        .filter(|name| is_configuration(name))
        .unwrap_or_else(|| FIRST_CONFIGURATION.to_owned()))
}

fn is_configuration(name: &str) -> bool {
    name == NO_CONFIGURATION
        || name.starts_with(|first: char| first.is_ascii_lowercase())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The text of a file; none if there is no such file.
fn read(path: &Path) -> Result<Option<String>, SessionError> {
    match plain_file::read(path, LARGEST) {
        Ok((text, _)) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SessionError::file("read", path)(error)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::fs;

    use super::*;

    fn of(folder: &Path, named: &[(&str, &str)]) -> Result<Option<String>, SessionError> {
        let own = [("CLOUDSDK_CONFIG", folder.to_str().unwrap())];
        text(&own.iter().chain(named).copied().collect())
    }

    #[test]
    fn it_is_found_as_gcloud_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert_eq!(of(path, &[]).unwrap(), None);
        fs::create_dir(path.join("configurations")).unwrap();
        for name in ["default", "work"] {
            fs::write(path.join(format!("configurations/config_{name}")), name).unwrap();
        }
        let found = |named: &[(&str, &str)]| of(path, named).unwrap();
        assert_eq!(
            found(&[]).as_deref(),
            Some("default"),
            "before any is active"
        );
        fs::write(path.join("active_config"), "work\n").unwrap();
        assert_eq!(found(&[]).as_deref(), Some("work"));
        assert_eq!(found(&[(NAMED, "default")]).as_deref(), Some("default"));
        assert_eq!(found(&[(NAMED, "")]).as_deref(), Some("work"));
        assert_eq!(found(&[(NAMED, "missing")]), None);
        assert_eq!(found(&[(NAMED, "NONE")]), None);
        fs::write(path.join("active_config"), "../../etc").unwrap();
        assert_eq!(found(&[]).as_deref(), Some("default"));
        let hostile = of(path, &[(NAMED, "../../../etc/passwd")]);
        assert!(matches!(
            hostile,
            Err(SessionError::GcloudConfiguration { .. })
        ));
        assert_eq!(text(&Variables::default()).unwrap(), None, "without a home");
    }

    /// Were one of them opened and read, the test would never end.
    #[test]
    fn pipes_and_devices_are_not_read() {
        let home = tempfile::tempdir().unwrap();
        let pipe = home.path().join("active_config");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        assert!(of(home.path(), &[]).is_err());
        assert!(read(Path::new("/dev/zero")).is_err());
    }
}
