//! The keys: their names, their values as text, and what is checked of them.

use std::path::PathBuf;

use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::nearest::nearest;
use daypass_session::arguments::{Tool, is_project};
use serde_json::{Value, json};

use super::{LoggingFormat, LoggingLevel, Settings, SettingsError, gone, tools};

/// The section of the default accounts.
pub(super) const SERVICE_ACCOUNTS: &str = "serviceaccounts";

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// `serviceaccounts`: all of them.
    ServiceAccounts,
    /// `serviceaccounts.PROJECT`.
    ServiceAccount(String),
    /// `binarypaths.…`.
    Path(Tool),
    /// `session.length`.
    SessionLength,
    /// `authproxy.verbose`.
    ProxyIsVerbose,
    /// `logging.format`.
    LoggingFormat,
    /// `logging.level`.
    LoggingLevel,
}

impl Key {
    /// All but single accounts.
    pub(crate) fn all() -> [Self; 8] {
        [
            Self::ServiceAccounts,
            Self::Path(Tool::Gcloud),
            Self::Path(Tool::Kubectl),
            Self::Path(Tool::CloudSqlProxy),
            Self::SessionLength,
            Self::ProxyIsVerbose,
            Self::LoggingFormat,
            Self::LoggingLevel,
        ]
    }

    /// The key of a name; capitals are as good as small letters.
    pub(crate) fn parse(text: &str) -> Result<Self, SettingsError> {
        let name = text.to_ascii_lowercase();
        if let Some(key) = Self::all().into_iter().find(|key| key.name() == name) {
            return Ok(key);
        }
        if name.starts_with("serviceaccounts.") {
            // Of a project's id capitals are no part, so they are not made small: that would be another's.
            let project = &text["serviceaccounts.".len()..];
            return if is_project(project) {
                Ok(Self::ServiceAccount(project.to_owned()))
            } else {
                Err(SettingsError::Project(project.to_owned()))
            };
        }
        if let Some(reason) = gone::reason(&name) {
            return Err(SettingsError::Gone { key: name, reason });
        }
        let all = Self::all();
        let names: Vec<_> = all.iter().map(Self::name).collect();
        Err(SettingsError::NoSuchKey {
            nearest: nearest(&name, names.iter().map(String::as_str)).map(str::to_owned),
            key: text.to_owned(),
        })
    }

    /// Its name.
    pub(crate) fn name(&self) -> String {
        match (self.place(), self) {
            (Some((section, name)), _) => format!("{section}.{name}"),
            (None, Self::ServiceAccount(project)) => format!("{SERVICE_ACCOUNTS}.{project}"),
            (None, _) => SERVICE_ACCOUNTS.to_owned(),
        }
    }

    /// Its section in the file, and its name there; none for accounts, whose names are the projects'.
    pub(super) fn place(&self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::ServiceAccounts | Self::ServiceAccount(_) => return None,
            Self::Path(Tool::Gcloud) => ("binarypaths", "gcloud"),
            Self::Path(Tool::Kubectl) => ("binarypaths", "kubectl"),
            Self::Path(Tool::CloudSqlProxy) => ("binarypaths", "cloudsqlproxy"),
            Self::SessionLength => ("session", "length"),
            Self::ProxyIsVerbose => ("authproxy", "verbose"),
            Self::LoggingFormat => ("logging", "format"),
            Self::LoggingLevel => ("logging", "level"),
        })
    }
}

impl Settings {
    /// What was set; absent: the default holds.
    pub(crate) fn set_value(&self, key: &Key) -> Option<Value> {
        match key {
            Key::ServiceAccounts => {
                (!self.service_accounts.is_empty()).then(|| json!(self.service_accounts))
            }
            Key::ServiceAccount(project) => self.service_accounts.get(project).map(|it| json!(it)),
            Key::Path(tool) => self
                .paths
                .get(tool.name())
                .map(|path| json!(path.to_string_lossy())),
            Key::SessionLength => self.session_length.map(|length| json!(length)),
            Key::ProxyIsVerbose => self.proxy_is_verbose.map(|verbose| json!(verbose)),
            Key::LoggingFormat => self.logging_format.map(|format| json!(format.name())),
            Key::LoggingLevel => self.logging_level.map(|level| json!(level.name())),
        }
    }

    /// What holds: what was set, else the default; null where there is none.
    pub(crate) fn value(&self, key: &Key) -> Value {
        let default = || match key {
            Key::ServiceAccounts => json!({}),
            Key::ServiceAccount(_) | Key::SessionLength => Value::Null,
            Key::Path(tool) => json!(
                self.executable(*tool)
                    .map(|path| path.display().to_string())
            ),
            Key::ProxyIsVerbose => json!(false),
            Key::LoggingFormat => json!(LoggingFormat::default().name()),
            Key::LoggingLevel => json!(LoggingLevel::default().name()),
        };
        self.set_value(key).unwrap_or_else(default)
    }

    /// Takes a value as it is written on a command line or in a file.
    pub(crate) fn set(&mut self, key: &Key, value: &str) -> Result<(), SettingsError> {
        match key {
            Key::ServiceAccounts => return Err(SettingsError::Accounts(key.name())),
            Key::ServiceAccount(project) => {
                let account = service_account(value)?;
                self.service_accounts.insert(project.clone(), account);
            }
            Key::Path(tool) => {
                let path = absolute(key, value)?;
                self.paths.insert(tool.name(), path);
            }
            Key::SessionLength => {
                let length = Duration::parse(value).map_err(SettingsError::Length)?;
                self.session_length = Some(length);
            }
            Key::ProxyIsVerbose => self.proxy_is_verbose = Some(switch(value)?),
            Key::LoggingFormat => {
                let found = LoggingFormat::ALL.into_iter().find(|it| it.name() == value);
                self.logging_format = Some(found.ok_or(SettingsError::Format)?);
            }
            Key::LoggingLevel => {
                let found = LoggingLevel::ALL.into_iter().find(|it| it.name() == value);
                self.logging_level = Some(found.ok_or(SettingsError::Level)?);
            }
        }
        Ok(())
    }

    /// Goes back to the default.
    pub(crate) fn unset(&mut self, key: &Key) {
        match key {
            Key::ServiceAccounts => self.service_accounts.clear(),
            Key::ServiceAccount(project) => {
                self.service_accounts.remove(project);
            }
            Key::Path(tool) => {
                self.paths.remove(tool.name());
            }
            Key::SessionLength => self.session_length = None,
            Key::ProxyIsVerbose => self.proxy_is_verbose = None,
            Key::LoggingFormat => self.logging_format = None,
            Key::LoggingLevel => self.logging_level = None,
        }
    }

    /// What can be told only of this machine, and only now: whether the executables that were set are there. A file of
    /// settings may outlive them.
    pub(crate) fn check_here(&self, key: &Key) -> Result<(), SettingsError> {
        let Key::Path(tool) = key else {
            return Ok(());
        };
        match self.paths.get(tool.name()) {
            Some(path) if !tools::is_executable(path) => {
                Err(not_a_path(key, &path.to_string_lossy()))
            }
            _ => Ok(()),
        }
    }
}

/// The address of a service account, by the rule of the command line.
pub(crate) fn service_account(text: &str) -> Result<Email, SettingsError> {
    daypass_session::arguments::service_account(text)
        .map_err(|_| SettingsError::Account(text.to_owned()))
}

fn absolute(key: &Key, value: &str) -> Result<PathBuf, SettingsError> {
    let path = PathBuf::from(value);
    if path.is_absolute() {
        Ok(path)
    } else {
        Err(not_a_path(key, value))
    }
}

fn not_a_path(key: &Key, value: &str) -> SettingsError {
    SettingsError::Path {
        key: key.name(),
        value: value.to_owned(),
    }
}

/// The spellings that ephemeral-iam takes.
fn switch(value: &str) -> Result<bool, SettingsError> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(SettingsError::Switch("authproxy.verbose")),
    }
}
