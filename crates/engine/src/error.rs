//! What a use case answers when it does not do what was asked.

use daypass_core::decide::Rule;
use daypass_core::email::Email;
use daypass_core::grant::TransitionError;
use daypass_core::ids::GrantId;
use thiserror::Error as ThisError;

use crate::ports::{DirectoryError, IamError, StoreError};

/// Few kinds, each with its own reaction: the server maps a kind to a status, the command to an exit code.
#[derive(Debug, ThisError)]
pub enum Error {
    /// There is no such thing, or the person may not know of it.
    #[error("there is no {what} '{name}'")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// The rules say no; each broken rule says why.
    #[error("denied: {}", .0.iter().filter(|rule| !rule.holds).map(|rule| rule.detail.as_str()).collect::<Vec<_>>().join("; "))]
    Denied(Vec<Rule>),
    /// It needs the person's own access token, which only a sign-in in the browser yields.
    #[error("{what}")]
    NeedsBrowser {
        /// The grant whose page leads to that sign-in.
        grant: GrantId,
        /// What it is needed for.
        what: String,
    },
    /// What was asked is not well formed, or names what does not exist.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The grant is in a state that does not allow it.
    #[error(transparent)]
    State(#[from] TransitionError),
    /// The record changed too often meanwhile, or an idempotency key was used for something else.
    #[error("{0}")]
    Conflict(String),
    /// Somebody asked for too much at once.
    #[error("too many requests: {0}")]
    TooMany(String),
    /// Somebody asked for too many tokens of one grant.
    #[error("a grant gives at most {a_minute} tokens a minute")]
    TooManyTokens {
        /// How many there may be.
        a_minute: usize,
        /// After how many seconds there may be another.
        retry_after_seconds: u32,
    },
    /// Google minted no token, in its words.
    #[error("no token of {account}: {said}")]
    NoToken {
        /// The account.
        account: Email,
        /// What it said. Part of the message: who asks for a token reads why there is none.
        said: IamError,
    },
    /// The store failed.
    #[error("nothing was changed: the record cannot be kept")]
    Store(#[from] StoreError),
    /// Google failed.
    #[error("Google did not do it")]
    Iam(#[from] IamError),
    /// The directory failed: denied.
    #[error("denied: it cannot be told who is in which group")]
    Directory(#[from] DirectoryError),
}

impl Error {
    /// The next step for the person who must act.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Denied(rules) => rules
                .iter()
                .filter(|rule| !rule.holds)
                .find_map(|rule| rule.hint.clone()),
            Self::NeedsBrowser { .. } => Some(
                "open the grant's page in a browser and sign in with Google to approve with your own rights".into(),
            ),
            Self::Invalid { hint, .. } => hint.clone(),
            Self::NotFound {
                what: "entitlement",
                ..
            } => Some("'daypass list' shows what you may ask for".into()),
            Self::NotFound { what: "grant", .. } => {
                Some("'daypass status' lists your grants".into())
            }
            Self::Conflict(_) => Some("look at the grant again, then decide".into()),
            Self::TooMany(_) => Some("finish or withdraw some of your open requests first".into()),
            Self::TooManyTokens { .. } => {
                Some("a token may be used until it ends: keep it, and renew it shortly before".into())
            }
            Self::NoToken { account, said } => Some(match said {
                IamError::Forbidden { .. } | IamError::Unauthenticated { .. } => format!(
                    "the operator lets Daypass mint tokens of {account}: 'daypass doctor --config FILE --print-iam' prints what it needs"
                ),
                IamError::NotFound { .. } => {
                    "tell the entitlement's owner that there is no such account".into()
                }
                _ => "try again; 'daypass doctor' tells what cannot be reached".into(),
            }),
            Self::Store(StoreError::Full(_)) => {
                Some("make room on the server's disk; nothing was granted".into())
            }
            Self::Store(_) => {
                Some("try again; if it stays, the operator runs 'daypass doctor'".into())
            }
            Self::Iam(IamError::Forbidden { .. }) => Some(
                "'daypass doctor' prints the role that Daypass's service account needs there"
                    .into(),
            ),
            Self::Iam(_) | Self::Directory(_) => {
                Some("try again; 'daypass doctor' tells what cannot be reached".into())
            }
            Self::State(TransitionError::NotAwaited(_)) => {
                Some("'daypass status' shows how it was decided".into())
            }
            Self::State(TransitionError::AboutOver(_)) => {
                Some("'daypass extend' asks for more time".into())
            }
            Self::State(TransitionError::TokenOutlives { .. }) => Some("try again".into()),
            Self::State(TransitionError::NotAllowed { .. } | TransitionError::NoTokens(_)) => {
                Some("'daypass status' shows where it stands".into())
            }
            _ => None,
        }
    }
}

/// An error and its causes in one line, for a log or an operator.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
