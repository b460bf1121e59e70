//! What a person has settled for their commands, in `$XDG_CONFIG_HOME/daypass/config.yaml`.
//!
//! The keys are called as in ephemeral-iam where they mean the same, so that fingers, scripts and its file keep their
//! worth; what it had and Daypass does not need is refused with the reason (`gone`). No secret is ever in here.

mod error;
mod file;
mod gone;
mod import;
mod key;
mod logging;
mod tools;

use std::collections::BTreeMap;
use std::path::PathBuf;

use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_session::arguments::Tool;
use serde_json::{Map, Value, json};

pub(crate) use error::SettingsError;
pub(crate) use file::SettingsFile;
pub(crate) use import::{Fate, Imported, import, usual_place};
pub(crate) use key::{Key, service_account};
pub(crate) use logging::{LoggingFormat, LoggingLevel};
pub(crate) use tools::{found as executable_on_path, is_executable};

/// The settings. What is absent has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The account that is used in a project if none is named.
    pub(crate) service_accounts: BTreeMap<String, Email>,
    /// The executables of the tools; else they are looked up on `PATH`.
    paths: BTreeMap<&'static str, PathBuf>,
    /// How long a session lasts if nothing is said.
    pub(crate) session_length: Option<Duration>,
    /// Whether the auth proxy tells each request in the terminal, too.
    pub(crate) proxy_is_verbose: Option<bool>,
    /// The form of the log.
    pub(crate) logging_format: Option<LoggingFormat>,
    /// The least important events that are logged.
    pub(crate) logging_level: Option<LoggingLevel>,
}

impl Settings {
    /// The settings of this user; the defaults if there is no file.
    pub(crate) fn load() -> Result<Self, crate::error::Error> {
        SettingsFile::of_user()?.read()
    }

    /// The account that is used in a project if none is named; `project` absent: in the one that gcloud works in.
    pub(crate) fn default_account(&self, project: Option<&str>) -> Option<&Email> {
        match project {
            Some(project) => self.service_accounts.get(project),
            None => self.service_accounts.get(&crate::wiring::active_project()?),
        }
    }

    /// The executable that was set for a tool, or the one on `PATH`.
    pub(crate) fn executable(&self, tool: Tool) -> Option<PathBuf> {
        let set = self.paths.get(tool.name()).cloned();
        set.or_else(|| tools::on_path(tool))
    }

    /// What stands in a file: sections in the order of the keys, and only what was set.
    fn document(&self) -> Value {
        let mut sections = Map::new();
        for key in Key::all() {
            if let (Some(value), Some((section, name))) = (self.set_value(&key), key.place()) {
                let section = sections.entry(section).or_insert_with(|| json!({}));
                section[name] = value;
            }
        }
        if !self.service_accounts.is_empty() {
            sections.insert(key::SERVICE_ACCOUNTS.into(), json!(self.service_accounts));
        }
        Value::Object(sections)
    }
}

#[cfg(test)]
mod tests;
