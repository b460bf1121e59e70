//! A private gcloud configuration: what the user's active one says, without whom it acts as and where it sends things.

use std::path::{Path, PathBuf};

use crate::error::SessionError;
use crate::folder::SessionFolder;
use crate::plain_file;
use crate::private;
use crate::variables::Variables;

/// Sections that say whom gcloud acts as, or send its requests elsewhere (finding 13). An
/// `auth/impersonate_service_account` would win over the session's token.
const DROPPED_SECTIONS: [&str; 4] = ["auth", "proxy", "api_endpoint_overrides", "context_aware"];

/// Of `[core]`, the same.
const DROPPED_CORE: [&str; 5] = [
    "account",
    "custom_ca_certs_file",
    "credentialed_hosted_repo_domains",
    "request_reason",
    "pass_credentials_to_gsutil",
];

/// The largest file of gcloud's that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The name of the one configuration inside.
const NAME: &str = "default";

/// Makes the folder for `CLOUDSDK_CONFIG`. Neither credentials nor their databases are copied.
pub(crate) fn seed(folder: &SessionFolder, inherited: &Variables) -> Result<PathBuf, SessionError> {
    let own = folder.folder("gcloud")?;
    let configurations = folder.folder("gcloud/configurations")?;
    let active = active_configuration(inherited);
    let properties = active.and_then(|path| read(&path));
    let properties = properties
        .as_deref()
        .map(without_identity)
        .unwrap_or_default();
    let written = private::write_new(&configurations.join(format!("config_{NAME}")), &properties)
        .and_then(|()| private::write_new(&own.join("active_config"), NAME));
    written.map_err(SessionError::file("write", &own))?;
    Ok(own)
}

/// The file of the user's active configuration.
pub(crate) fn active_configuration(inherited: &Variables) -> Option<PathBuf> {
    let folder = inherited
        .get("CLOUDSDK_CONFIG")
        .map(PathBuf::from)
        .or_else(|| Some(inherited.folder("HOME")?.join(".config/gcloud")))?;
    let name = inherited
        .text("CLOUDSDK_ACTIVE_CONFIG_NAME")
        .map(str::to_owned)
        .or_else(|| active_name(&folder))
        .unwrap_or_else(|| NAME.to_owned());
    // A name is one component; anything else would leave the folder.
    let is_name = !name.is_empty() && !name.contains('/');
    is_name.then(|| folder.join("configurations").join(format!("config_{name}")))
}

fn active_name(folder: &Path) -> Option<String> {
    let text = read(&folder.join("active_config"))?;
    let name = text.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// What cannot be read is as if it were not there.
fn read(path: &Path) -> Option<String> {
    let (text, _) = plain_file::read(path, LARGEST).ok()?;
    Some(text)
}

/// The properties that may be kept, in their order. gcloud's files are in Python's INI form: sections in brackets, and
/// keys before `=` or `:` in any case; a line that begins with a blank goes on with the value above it.
fn without_identity(text: &str) -> String {
    let mut kept = String::new();
    let mut section = String::new();
    let mut keeps = true;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(name) = trimmed
            .strip_prefix('[')
            .and_then(|rest| rest.split(']').next())
        {
            section = name.trim().to_lowercase();
            keeps = !DROPPED_SECTIONS.contains(&section.as_str());
        } else if !line.starts_with([' ', '\t']) {
            let key = trimmed
                .split(['=', ':'])
                .next()
                .unwrap_or_default()
                .trim()
                .to_lowercase();
            let is_dropped = section == "core" && DROPPED_CORE.contains(&key.as_str());
            keeps = !is_dropped && !DROPPED_SECTIONS.contains(&section.as_str());
        }
        if keeps && !trimmed.is_empty() {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn who_and_whereto_are_left_out() {
        let text = "[core]\nproject = acme\nAccount = alice@example.com\n  more@example.com\n\
                    custom_ca_certs_file=/x\n\n[compute]\nregion = europe-west1\n\n[auth]\n\
                    impersonate_service_account = owner@acme.iam.gserviceaccount.com\n[proxy]\naddress = 127.0.0.1\n\
                    [api_endpoint_overrides]\nstorage = https://evil.example/\n[ Auth ]\naccess_token_file = /x\n\
                    [run]\nregion: us-east1\n";
        assert_eq!(
            without_identity(text),
            "[core]\nproject = acme\n[compute]\nregion = europe-west1\n[run]\nregion: us-east1\n"
        );
    }

    #[test]
    fn the_active_configuration_is_found_as_gcloud_finds_it() {
        let variables: Variables = [
            ("HOME", "/home/alice"),
            ("CLOUDSDK_ACTIVE_CONFIG_NAME", "work"),
        ]
        .into_iter()
        .collect();
        let expected = PathBuf::from("/home/alice/.config/gcloud/configurations/config_work");
        assert_eq!(active_configuration(&variables), Some(expected));
        let hostile: Variables = [
            ("CLOUDSDK_CONFIG", "/x"),
            ("CLOUDSDK_ACTIVE_CONFIG_NAME", "../../../etc/passwd"),
        ]
        .into_iter()
        .collect();
        assert_eq!(active_configuration(&hostile), None);
    }

    /// Were one of them opened and read, the test would never end.
    #[test]
    fn pipes_and_devices_are_not_read() {
        let home = tempfile::tempdir().unwrap();
        let pipe = home.path().join("active_config");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        assert_eq!(active_name(home.path()), None);
        assert_eq!(read(&pipe), None);
        assert_eq!(read(Path::new("/dev/zero")), None);
    }
}
