//! What can be wrong with a setting.

use std::path::PathBuf;

use crate::exit::Exit;
use crate::output::short;

/// The longest part of a value that is repeated in a message, in characters.
const SHOWN: usize = 80;

/// Why a setting is not taken. Several messages are word for word those of ephemeral-iam, for whoever looks for them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("requires both a config key and a new value")]
    KeyAndValue,
    #[error("invalid config key {}", short(.key, SHOWN))]
    NoSuchKey {
        key: String,
        nearest: Option<String>,
    },
    #[error("there is no {key} any more: {reason}")]
    Gone { key: String, reason: &'static str },
    #[error("logging level must be one of [trace debug info warn error fatal panic]")]
    Level,
    #[error("logging format must be one of [text json debug]")]
    Format,
    #[error("the {0} value must be either true or false")]
    Switch(&'static str),
    #[error("{key}: '{}' is not the path of an executable file", short(.value, SHOWN))]
    Path { key: String, value: String },
    #[error("session.length: {0}")]
    Length(daypass_core::Error),
    #[error("'{}' is not the address of a service account", short(.0, SHOWN))]
    Account(String),
    #[error("'{}' is not the id of a project", short(.0, SHOWN))]
    Project(String),
    #[error("{0} is not set by 'config set'")]
    Accounts(String),
    #[error("{} is not a file of settings: {why}", path.display())]
    File { path: PathBuf, why: String },
    #[error("{}: {source}", path.display())]
    InFile {
        path: PathBuf,
        source: Box<SettingsError>,
    },
    #[error("{} is not read: others than you may write {}", path.display(), at.display())]
    Wide { path: PathBuf, at: PathBuf },
    #[error("{} is not read: {} belongs to another user", path.display(), at.display())]
    Foreign { path: PathBuf, at: PathBuf },
}

impl SettingsError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::File { .. } | Self::InFile { .. } | Self::Wide { .. } | Self::Foreign { .. } => {
                Exit::Failed
            }
            _ => Exit::Usage,
        }
    }

    /// The next step.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::KeyAndValue => "daypass config set logging.level debug; 'daypass config print' shows all keys".into(),
            Self::NoSuchKey { nearest: Some(nearest), .. } => format!("did you mean {nearest}?"),
            Self::NoSuchKey { nearest: None, .. } | Self::Gone { .. } | Self::Level | Self::Format | Self::Switch(_) => {
                "'daypass config print' shows all keys and their values".into()
            }
            Self::Path { .. } => "write it from the root on, as /usr/bin/gcloud".into(),
            Self::Length(error) => error.hint().unwrap_or("write it as 30m or 1h").into(),
            Self::Account(_) => "write it as deployer@acme-prod.iam.gserviceaccount.com; 'daypass list-service-accounts' names those that you may act as".into(),
            Self::Project(_) => "write it as acme-prod, or as its number".into(),
            Self::Accounts(_) => "daypass default-service-accounts set --project PROJECT SERVICE_ACCOUNT".into(),
            Self::File { path, .. } => format!("mend {}, or move it away and set again what you need", path.display()),
            Self::InFile { path, source } => match source.as_ref() {
                Self::NoSuchKey { nearest: Some(nearest), .. } => format!("did you mean {nearest}? Edit {}", path.display()),
                Self::Accounts(_) => format!("write 'PROJECT: ADDRESS' below serviceaccounts in {}", path.display()),
                _ => format!("mend it in {}", path.display()),
            },
            Self::Wide { path, at } => format!("they could have your commands run anything: look at what is in {}, then chmod go-w {}", path.display(), at.display()),
            Self::Foreign { path, at } => format!("its owner could have your commands run anything: look at what is in {}, then chown {}", path.display(), at.display()),
        }
    }
}
