//! What can go wrong in a command, with its exit code and the next step.

use std::path::PathBuf;

use daypass_api::Problem;
use daypass_session::SessionError;
use daypass_session::arguments::ArgumentError;
use daypass_session::plugins::PluginError;

use crate::configuration::{ConfigurationError, KeyError, SecretFileError};
use crate::exit::Exit;
use crate::settings::SettingsError;
use crate::wiring::StartError;

/// An error of a command. The message says what is wrong; [`Error::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{message}")]
    Usage { message: String, hint: String },
    #[error("nothing was done: you said no")]
    Declined,
    #[error("no server is known")]
    NoServer,
    #[error("'{0}' is not the address of a server")]
    ServerAddress(String),
    #[error("{0} is reached by plain http; the session is sent that way to this machine only")]
    PlainHttp(String),
    #[error("cannot reach {server}: {why}")]
    Unreachable { server: String, why: String },
    #[error("you are not signed in to {0}")]
    NotSignedIn(String),
    #[error("the session at {0} is over")]
    SessionOver(String),
    #[error("{server} does not accept the ID token in {}", file.display())]
    MachineRefused { server: String, file: PathBuf },
    #[error("{}", detail(.0))]
    Problem(Box<Problem>),
    #[error("{server} answered {status}, and not in the way of a Daypass server")]
    Foreign { server: String, status: u16 },
    #[error("{server} sends the request on to {to}; a session is never sent on")]
    Redirected { server: String, to: String },
    #[error("the answer of {server} is not understood: {why}")]
    Protocol { server: String, why: String },
    #[error("{message}")]
    SignIn { message: String, hint: String },
    #[error("a browser is needed to sign in; open {0}")]
    BrowserNeeded(String),
    #[error("the grant came to nothing: it is {state}{}", why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default())]
    NotGranted {
        grant: String,
        state: String,
        why: Option<String>,
        exit: Exit,
    },
    #[error("the session has not begun: the request {grant} is not decided yet, and stays")]
    StillAsked { grant: String },
    #[error("no grant of yours or in your inbox begins with '{0}'")]
    NoSuchGrant(String),
    #[error("'{prefix}' is the beginning of {} grants", candidates.len())]
    AmbiguousGrant {
        prefix: String,
        candidates: Vec<String>,
    },
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} can be read by others", .0.display())]
    FileMode(PathBuf),
    #[error("{} is not a file of saved sessions: {why}", path.display())]
    SessionFile { path: PathBuf, why: String },
    #[error("neither XDG_STATE_HOME nor HOME says where sessions are kept")]
    NoHome,
    #[error("cannot write the output: {0}")]
    Output(#[from] std::io::Error),
    #[error("{message}")]
    Server {
        message: String,
        hint: Option<String>,
    },
    #[error("{}", daypass_engine::error::chain(.0))]
    Session(SessionError),
    #[error("{message}")]
    Google {
        message: String,
        hint: Option<String>,
        is_denied: bool,
    },
    #[error("the tour stops at '{step}': {seen}")]
    #[cfg_attr(
        not(feature = "sandbox"),
        expect(dead_code, reason = "only the tour fails this way")
    )]
    Tour { step: String, seen: String },
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Arguments(#[from] ArgumentError),
    #[error(transparent)]
    Plugin(#[from] PluginError),
    #[error("the sandbox: {0}")]
    #[cfg_attr(
        not(feature = "sandbox"),
        expect(dead_code, reason = "only the sandbox commands fail this way")
    )]
    Sandbox(String),
}

/// What a problem document says to a person: its detail, else its title.
fn detail(problem: &Problem) -> &str {
    problem.detail.as_deref().unwrap_or(&problem.title)
}

/// The name at the end of a problem's type, after `#`: the part that programs may depend on.
fn kind(problem: &Problem) -> &str {
    problem.kind.rsplit(['#', '/']).next().unwrap_or_default()
}

impl Error {
    /// What keeps a server from starting, with its causes and its own next step.
    pub(crate) fn server(error: &dyn std::error::Error, hint: Option<String>) -> Self {
        Self::Server {
            message: daypass_engine::error::chain(error),
            hint,
        }
    }

    /// What the shell sees.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. }
            | Self::Arguments(_)
            | Self::Plugin(PluginError::Name(_) | PluginError::NotAChecksum(_)) => Exit::Usage,
            Self::Settings(error) => error.exit(),
            Self::BrowserNeeded(_) | Self::StillAsked { .. } => Exit::Pending,
            Self::Problem(problem) if kind(problem) == "needs-browser" => Exit::Pending,
            Self::Problem(problem) if kind(problem) == "denied" || problem.status == 403 => {
                Exit::Denied
            }
            Self::Google {
                is_denied: true, ..
            } => Exit::Denied,
            Self::NotGranted { exit, .. } => *exit,
            _ => Exit::Failed,
        }
    }

    /// The next step.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Usage { hint, .. } | Self::SignIn { hint, .. } => hint.clone(),
            Self::Server { hint, .. } | Self::Google { hint, .. } => return hint.clone(),
            Self::Session(error) => return error.hint(),
            Self::Settings(error) => error.hint(),
            Self::Plugin(error) => return error.hint(),
            Self::Arguments(error) => error.hint(),
            Self::Declined | Self::Output(_) | Self::Sandbox(_) | Self::Tour { .. } => return None,
            Self::NoServer => "daypass login --server https://daypass.example.com".into(),
            Self::ServerAddress(_) => "write it as https://daypass.example.com".into(),
            Self::PlainHttp(server) => format!("use {}", server.replacen("http:", "https:", 1)),
            Self::Unreachable { .. } => "is the server running, and is the address right? 'daypass doctor' looks further".into(),
            Self::NotSignedIn(server) | Self::SessionOver(server) => format!("daypass login --server {server}"),
            Self::MachineRefused { .. } => {
                "it must be fresh, and its issuer, audience and account must be listed under 'machines:' at the server".into()
            }
            Self::Problem(problem) => {
                let page = problem.sign_in.as_ref().map(|page| format!("open {page}"));
                return page.or_else(|| problem.hint.clone());
            }
            Self::Foreign { .. } => "is that the address of a Daypass server? A proxy in between may have answered".into(),
            Self::Redirected { to, .. } => format!("if you trust that address: --server {to}"),
            Self::Protocol { .. } => "server and command may be of different versions: compare 'daypass version' with the server's".into(),
            Self::BrowserNeeded(_) => "sign in there, then paste the code: daypass login --no-browser".into(),
            Self::NotGranted { grant, .. } => format!("daypass status {grant}"),
            Self::StillAsked { grant } => format!(
                "once it is in force: daypass assume --grant {grant} -s EMAIL -R WHY; to take it back: daypass drop {grant}"
            ),
            Self::NoSuchGrant(_) => "'daypass status' and 'daypass status --inbox' list them".into(),
            Self::AmbiguousGrant { candidates, .. } => format!("write more of it: {}", candidates.join(", ")),
            Self::File { .. } => "check the folder's owner and mode, and the space on the disk".into(),
            Self::FileMode(path) => {
                format!("somebody may have copied your session: daypass logout, rm {}, daypass login", path.display())
            }
            Self::SessionFile { path, .. } => format!("rm {} and sign in again", path.display()),
            Self::NoHome => "set XDG_STATE_HOME to a folder of yours".into(),
        })
    }

    /// Whether asking again later may help: the server is away, overloaded or restarting.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Problem(problem) => problem.status == 429 || problem.status >= 500,
            Self::Foreign { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }
}

impl From<ConfigurationError> for Error {
    fn from(error: ConfigurationError) -> Self {
        Self::server(&error, error.hint())
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::server(&error, Some(error.hint()))
    }
}

impl From<SecretFileError> for Error {
    fn from(error: SecretFileError) -> Self {
        Self::server(&error, Some(error.hint()))
    }
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        Self::server(&error, error.hint())
    }
}
