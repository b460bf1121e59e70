//! What can be wrong with Daypass's own flags.

use daypass_core::justification::printable;

/// How much of a value is repeated in a message, in characters.
const SHOWN: usize = 80;

/// One of Daypass's own flags cannot be understood. The tool's arguments are never judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// Nothing stands behind the flag, or something that is a flag itself.
    #[error("{0} needs a value")]
    NoValue(&'static str),
    /// A value that is no UTF-8.
    #[error("the value of {0} is not text in UTF-8")]
    NotText(&'static str),
    /// `--yes=…`.
    #[error("{0} takes no value")]
    TakesNoValue(&'static str),
    /// Not an e-mail address.
    #[error("'{}' is not the address of a service account", printable(.0, SHOWN))]
    NotAnAccount(String),
    /// The address of somebody who is no service account.
    #[error("{} is a person or a group, not a service account", printable(.0, SHOWN))]
    NobodysAccount(String),
    /// Neither the id of a project nor a number.
    #[error("'{}' is not the id of a project", printable(.0, SHOWN))]
    NotAProject(String),
    /// Not a length of time.
    #[error("--for: {0}")]
    Duration(#[source] daypass_core::Error),
    /// A flag with two values.
    #[error("{flag} stands twice: '{}' and '{}'", printable(.first, SHOWN), printable(.second, SHOWN))]
    Twice {
        /// The flag's name.
        flag: &'static str,
        /// The value that came first.
        first: String,
        /// The other one.
        second: String,
    },
    /// `--direct` and `--brokered`.
    #[error("--direct and --brokered exclude each other")]
    BothWays,
}

impl ArgumentError {
    /// The next step.
    pub fn hint(&self) -> String {
        match self {
            Self::NoValue(flag) => format!("write {flag} VALUE; if it is the tool's own flag, write it after --"),
            Self::NotText(_) => "write it in plain letters".into(),
            Self::TakesNoValue(flag) => format!("write {flag} alone"),
            Self::NotAnAccount(_) | Self::NobodysAccount(_) => {
                "write it as deployer@acme-prod.iam.gserviceaccount.com; a -s of the tool's own stands behind its command, or after --".into()
            }
            Self::NotAProject(_) => {
                "write it as acme-prod; a -p of the tool's own stands behind its command, or after --".into()
            }
            Self::Duration(error) => error.hint().unwrap_or("write it as 30m or 1h30m").to_owned(),
            Self::Twice { flag, .. } => format!(
                "write {flag} once; where the tool has such a flag, too, put Daypass's in front of the command: -s ACCOUNT -R REASON -- COMMAND"
            ),
            Self::BothWays => "leave one of them away".into(),
        }
    }
}
