//! The project that gcloud works in, read from its own files: asking gcloud itself takes half a second.

use std::path::PathBuf;

use crate::folders;

/// The project by the order that gcloud has: `CLOUDSDK_CORE_PROJECT`, then `core/project` of the active configuration
/// (<https://cloud.google.com/sdk/docs/configurations>). Nothing is told of files that cannot be read: gcloud will.
pub(crate) fn active_project() -> Option<String> {
    let of_variable = variable("CLOUDSDK_CORE_PROJECT");
    of_variable.or_else(|| {
        let folder = match std::env::var_os("CLOUDSDK_CONFIG") {
            Some(folder) if !folder.is_empty() => PathBuf::from(folder),
            _ => folders::home()?.join(".config/gcloud"),
        };
        let name = variable("CLOUDSDK_ACTIVE_CONFIG_NAME")
            .or_else(|| read(&folder.join("active_config")))
            .unwrap_or_else(|| "default".to_owned());
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        // A name is no path: it must not lead out of the folder.
        if !name.bytes().all(is_name) {
            return None;
        }
        let file = folder.join("configurations").join(format!("config_{name}"));
        core_project(&read(&file)?)
    })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn read(path: &std::path::Path) -> Option<String> {
    let text = crate::wiring::read_file(path).ok()?.text;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `project` in the section `[core]`, as Python's configparser reads it.
fn core_project(text: &str) -> Option<String> {
    let mut is_core = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            is_core = section == "core";
        } else if let Some((name, value)) = line.split_once(['=', ':']) {
            let value = value.trim();
            if is_core && name.trim().eq_ignore_ascii_case("project") && !value.is_empty() {
                return Some(value.to_owned());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_project_of_the_section_core() {
        for (text, project) in [
            (
                "[core]\naccount = a@example.com\nproject = acme-prod\n",
                Some("acme-prod"),
            ),
            (
                "[compute]\nproject = no\n[core]\nProject: acme-dev\n",
                Some("acme-dev"),
            ),
            ("[core]\nproject =\n", None),
            ("project = acme-prod\n", None),
            ("", None),
        ] {
            assert_eq!(core_project(text).as_deref(), project, "{text}");
        }
    }
}
