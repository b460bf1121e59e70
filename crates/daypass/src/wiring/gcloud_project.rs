//! The project and the zone that gcloud works in, read as gcloud reads them: without running it, and without writing
//! anything.

use daypass_core::resource::ResourceName;
use daypass_session::Variables;
use daypass_session::gcloud_configuration::active;

use crate::error::Error;
use crate::output::visible;

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
    property_of(&std::env::vars_os().collect(), section, name)
}

/// A property: its own variable, which hides the file even if it is empty, else the active configuration.
fn property_of(variables: &Variables, section: &str, name: &str) -> Result<Option<String>, Error> {
    let own = format!("CLOUDSDK_{section}_{name}").to_ascii_uppercase();
    if let Some(value) = variables.raw(&own) {
        return Ok(said(&value.to_string_lossy()));
    }
    let text = active::text(variables).map_err(Error::Session)?;
    Ok(text.and_then(|text| find(&text, section, name)))
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
    use std::fs;
    use std::path::Path;

    use super::*;

    fn project(folder: &Path, variables: &[(&str, &str)]) -> Result<Option<String>, Error> {
        let own = [("CLOUDSDK_CONFIG", folder.to_str().unwrap())];
        let variables = own.iter().chain(variables).copied().collect();
        property_of(&variables, "core", "project")
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
            property_of(&Variables::default(), "core", "project").unwrap(),
            None,
            "without a home"
        );
    }
}
