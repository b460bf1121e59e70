//! What keeps a session from beginning or going on.

use std::path::PathBuf;

use daypass_engine::ports::IamError;

/// An error of a session. The message is for the person at the terminal; [`SessionError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A file or folder of the session, or one that it is seeded from.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// The verb: read, write, make.
        doing: &'static str,
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Neither a runtime folder nor a home is known.
    #[error("neither XDG_RUNTIME_DIR, XDG_STATE_HOME nor HOME says where sessions are kept")]
    NoHome,
    /// The folder of sessions cannot be written into files, which are text.
    #[error("sessions cannot be kept in {}: the name is not UTF-8", .0.display())]
    NotText(PathBuf),
    /// The folder of sessions belongs to somebody else.
    #[error("{} belongs to somebody else", .0.display())]
    Foreign(PathBuf),
    /// A variable names what is no name of a configuration of gcloud's.
    #[error("{variable} is '{name}', which is no name of a configuration of gcloud's")]
    GcloudConfiguration {
        /// Which one.
        variable: &'static str,
        /// What it names.
        name: String,
    },
    /// The loopback servers of the session.
    #[error("cannot listen on 127.0.0.1")]
    Listen(#[source] std::io::Error),
    /// A metadata server that is to know whose process asks.
    #[error("this system does not tell whose process a connection comes from")]
    NoPeer,
    /// The memory file of the token.
    #[error("cannot keep a token in memory")]
    Memory(#[source] std::io::Error),
    /// No token.
    #[error("no token of {account} can be had")]
    Token {
        /// The account.
        account: String,
        /// Why, mostly in Google's words.
        source: IamError,
    },
    /// The program of the session.
    #[error("cannot start {program}")]
    Start {
        /// What was to be started.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// The auth proxy.
    #[error("the proxy of the session cannot be had")]
    Proxy(#[source] crate::proxy::Error),
    /// Signals, processes.
    #[error("cannot watch over the session")]
    Watch(#[source] std::io::Error),
    /// A kubeconfig of the user's.
    #[error("{} is not a kubeconfig: {why}", path.display())]
    Kubeconfig {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl SessionError {
    /// The next step.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoHome => "set HOME".into(),
            Self::NotText(_) => "set XDG_RUNTIME_DIR or XDG_STATE_HOME to another folder".into(),
            Self::GcloudConfiguration { .. } => {
                "'gcloud config configurations list' shows them".into()
            }
            Self::NoPeer => {
                "use '--metadata secret', which Python's and Rust's libraries can".into()
            }
            Self::Foreign(path) => format!(
                "set XDG_RUNTIME_DIR to a folder of your own, or ask whose {} is",
                path.display()
            ),
            Self::Kubeconfig { path, .. } => {
                format!("mend {}, or set KUBECONFIG to another file", path.display())
            }
            _ => return None,
        })
    }

    pub(crate) fn file(
        doing: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            doing,
            path,
            source,
        }
    }
}
