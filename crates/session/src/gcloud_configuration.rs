//! A private gcloud configuration: what the user's active one says, without whom it acts as and where it sends things.

pub mod active;

use std::path::PathBuf;

use crate::error::SessionError;
use crate::folder::SessionFolder;
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

/// The name of the one configuration inside.
const NAME: &str = "default";

/// Makes the folder for `CLOUDSDK_CONFIG`. Neither credentials nor their databases are copied.
pub(crate) fn seed(folder: &SessionFolder, inherited: &Variables) -> Result<PathBuf, SessionError> {
    let own = folder.folder("gcloud")?;
    let configurations = folder.folder("gcloud/configurations")?;
    // What cannot be read is as if it were not there: a session needs none of it.
    let active = active::text(inherited).ok().flatten();
    let properties = active.as_deref().map(without_identity).unwrap_or_default();
    let written = private::write_new(&configurations.join(format!("config_{NAME}")), &properties)
        .and_then(|()| private::write_new(&own.join("active_config"), NAME));
    written.map_err(SessionError::file("write", &own))?;
    Ok(own)
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
}
