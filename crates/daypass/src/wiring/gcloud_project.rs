//! The project and the zone that gcloud works in, read as gcloud reads them: without running it, and without writing
//! anything.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use daypass_core::resource::ResourceName;
use daypass_session::plain_file;

use crate::error::Error;
use crate::output::visible;

/// The largest configuration that is read; gcloud's own have a few hundred bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// The name of a configuration that has no properties at all.
const NO_CONFIGURATION: &str = "NONE";

/// The configuration that gcloud makes when it has none.
const FIRST_CONFIGURATION: &str = "default";

/// The project to work in: the one that was named, else gcloud's. None if gcloud has none, either.
pub(crate) fn project(named: Option<&str>) -> Result<Option<ResourceName>, Error> {
    let (id, source) = match named {
        Some(id) => (id.to_owned(), "--project"),
        None => match property("core", "project")? {
            Some(id) => (id, "gcloud's project"),
            None => return Ok(None),
        },
    };
    let is_project = |name: &ResourceName| name.kind().name == "project";
    let name = format!("projects/{id}").parse().ok().filter(is_project);
    name.map(Some).ok_or_else(|| Error::Usage {
        message: format!(
            "{source} is '{}', which is no id of a project",
            visible(&id)
        ),
        hint: "write it as acme-prod; 'gcloud projects list' shows them".into(),
    })
}

/// gcloud's project, where nothing depends on it: settings that cannot be read are none.
pub(crate) fn active_project() -> Option<String> {
    project(None).ok()??.project().map(str::to_owned)
}

/// The same where there must be one.
pub(crate) fn required_project(named: Option<&str>) -> Result<ResourceName, Error> {
    project(named)?.ok_or_else(|| Error::Usage {
        message: "no project is named, and gcloud has none".into(),
        hint: "add --project ID, or 'gcloud config set project ID'".into(),
    })
}

/// The zone of Compute Engine that gcloud works in.
pub(crate) fn zone() -> Result<Option<String>, Error> {
    property("compute", "zone")
}

fn property(section: &str, name: &str) -> Result<Option<String>, Error> {
    Properties::of_user(|variable| std::env::var_os(variable)).get(section, name)
}

/// gcloud's properties, by the environment they are looked up in.
struct Properties<V> {
    variable: V,
}

impl<V: Fn(&str) -> Option<OsString>> Properties<V> {
    fn of_user(variable: V) -> Self {
        Self { variable }
    }

    /// A property: its own variable, which hides the file even if it is empty, else the active configuration.
    fn get(&self, section: &str, name: &str) -> Result<Option<String>, Error> {
        let own = format!("CLOUDSDK_{section}_{name}").to_ascii_uppercase();
        if let Some(value) = (self.variable)(&own) {
            return Ok(said(&value.to_string_lossy()));
        }
        let Some(folder) = self.folder() else {
            return Ok(None);
        };
        let active = self.active(&folder)?;
        if active == NO_CONFIGURATION {
            return Ok(None);
        }
        let path = folder
            .join("configurations")
            .join(format!("config_{active}"));
        let text = read(&path)?;
        Ok(text.and_then(|text| find(&text, section, name)))
    }

    /// gcloud's folder, on Linux and on macOS alike.
    fn folder(&self) -> Option<PathBuf> {
        let named = |name| (self.variable)(name).filter(|value| !value.is_empty());
        named("CLOUDSDK_CONFIG")
            .map(PathBuf::from)
            .or_else(|| Some(Path::new(&named("HOME")?).join(".config/gcloud")))
    }

    fn active(&self, folder: &Path) -> Result<String, Error> {
        let variable = "CLOUDSDK_ACTIVE_CONFIG_NAME";
        if let Some(name) = (self.variable)(variable).filter(|name| !name.is_empty()) {
            let name = name.to_string_lossy().into_owned();
            // The name becomes a part of a path.
            if is_configuration(&name) {
                return Ok(name);
            }
            return Err(Error::Usage {
                message: format!(
                    "{variable} is '{}', which is no name of a configuration of gcloud's",
                    visible(&name)
                ),
                hint: "'gcloud config configurations list' shows them".into(),
            });
        }
        // gcloud throws a file away that names nothing, and begins anew.
        let name = read(&folder.join("active_config"))?;
        let name = name.map(|name| name.trim().to_owned());
        Ok(name
            .filter(|name| is_configuration(name))
            .unwrap_or_else(|| FIRST_CONFIGURATION.to_owned()))
    }
}

fn is_configuration(name: &str) -> bool {
    name == NO_CONFIGURATION
        || name.starts_with(|first: char| first.is_ascii_lowercase())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The text of a file; none if there is no such file.
fn read(path: &Path) -> Result<Option<String>, Error> {
    match plain_file::read(path, LARGEST_FILE) {
        Ok((text, _)) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::File {
            doing: "read",
            path: path.to_owned(),
            source,
        }),
    }
}

/// The value of a property in the text of a configuration: sections in brackets, `name = value` or `name: value`.
fn find(text: &str, section: &str, name: &str) -> Option<String> {
    let mut inside = false;
    let mut found = None;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(heading) = line.strip_prefix('[') {
            inside = heading.split(']').next() == Some(section);
        } else if inside
            && let Some((key, value)) = line.split_once(['=', ':'])
            && key.trim().eq_ignore_ascii_case(name)
        {
            found = said(value);
        }
    }
    found
}

fn said(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;

    fn project(folder: &Path, variables: &[(&str, &str)]) -> Result<Option<String>, Error> {
        let mut known: BTreeMap<String, OsString> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        known.insert("CLOUDSDK_CONFIG".into(), folder.into());
        Properties::of_user(|name| known.get(name).cloned()).get("core", "project")
    }

    fn configured() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("configurations")).unwrap();
        for (name, text) in [
            (
                "default",
                "[core]\naccount = a@example.com\nproject = first\n",
            ),
            (
                "work",
                "# mine\n[compute]\nproject = no\n[core]\nProject: acme-prod  \n",
            ),
            ("empty", "[core]\nproject =\n"),
        ] {
            let path = folder.path().join(format!("configurations/config_{name}"));
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn the_variable_then_the_active_configuration() {
        let folder = configured();
        let found = |variables: &[(&str, &str)]| project(folder.path(), variables).unwrap();
        assert_eq!(found(&[]).as_deref(), Some("first"), "before any is active");
        fs::write(folder.path().join("active_config"), "work").unwrap();
        assert_eq!(found(&[]).as_deref(), Some("acme-prod"));
        let active = "CLOUDSDK_ACTIVE_CONFIG_NAME";
        assert_eq!(found(&[(active, "default")]).as_deref(), Some("first"));
        for without in ["empty", "missing", "NONE"] {
            assert_eq!(found(&[(active, without)]), None, "{without}");
        }
        assert_eq!(found(&[(active, "")]).as_deref(), Some("acme-prod"));
        let own = "CLOUDSDK_CORE_PROJECT";
        assert_eq!(found(&[(own, "other")]).as_deref(), Some("other"));
        assert_eq!(
            found(&[(own, "")]),
            None,
            "an empty variable hides the file"
        );
        fs::write(folder.path().join("active_config"), "../../etc").unwrap();
        assert_eq!(found(&[]).as_deref(), Some("first"));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let folder = configured();
        let wrong = [("CLOUDSDK_ACTIVE_CONFIG_NAME", "../x")];
        let error = project(folder.path(), &wrong).unwrap_err();
        assert!(error.to_string().contains("'../x'"), "{error}");
        let nowhere = folder.path().join("nowhere");
        assert_eq!(project(&nowhere, &[]).unwrap(), None);
        let path = folder.path().join("configurations/config_default");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let error = project(folder.path(), &[]).unwrap_err();
        assert!(error.to_string().contains("it is a folder"), "{error}");
        assert_eq!(
            Properties::of_user(|_| None)
                .get("core", "project")
                .unwrap(),
            None,
            "without a home"
        );
    }
}
