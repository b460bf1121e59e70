//! One session from its first token to its end.

mod auth_proxy;
mod child;
mod preparation;
mod watch;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
pub use auth_proxy::AuthProxy;
use daypass_core::Timestamp;
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::reason::RequestReason;
use daypass_engine::ports::{CLOUD_PLATFORM, Clock, IamError, Tokens, USERINFO_EMAIL, WantedToken};

use crate::description::Way;
use crate::error::SessionError;
use crate::folder::Sessions;
use crate::journal::Journal;
use crate::metadata::Audience;
use crate::renewal::{Length, lifetime};
use crate::terminal;
use crate::variables::Variables;

/// Everything that a session is made of.
pub struct Plan {
    /// Who mints.
    pub tokens: Arc<dyn Tokens>,
    /// What the session stands on, if it can fall before its time.
    pub standing: Option<Arc<dyn Standing>>,
    /// Google's time, as far as it is known.
    pub clock: Arc<dyn Clock>,
    /// The account that the session acts as.
    pub account: Email,
    /// How the tokens are had, for those who ask about the session.
    pub way: Way,
    /// The session's id, which nobody else has: letters and digits.
    pub id: String,
    /// What the person said.
    pub said: String,
    /// What Google's audit log shows beside every token, and beside every request of tools that can say it.
    pub reason: RequestReason,
    /// How long the session lasts.
    pub length: Length,
    /// How long one token may live.
    pub token_lifetime: Duration,
    /// What runs inside.
    pub inside: Inside,
    /// Whom a metadata server answers; none: there is no such server.
    pub metadata: Option<Audience>,
    /// The proxy for tools that know nothing of tokens; none: there is none.
    pub proxy: Option<AuthProxy>,
    /// The project that tools work on; none: the one that they worked on outside.
    pub project: Option<String>,
    /// Variables of the session that what runs inside cannot bear.
    pub left_out: &'static [&'static str],
    /// The environment outside.
    pub inherited: Variables,
    /// Whether the cloud is an emulated one on this machine.
    pub is_sandbox: bool,
    /// Whoever began this: the process that was our parent before anything was asked or waited for. The session ends
    /// with it.
    pub parent: u32,
    /// This program: the session's helpers are run by it.
    pub program: PathBuf,
    /// Where sessions live.
    pub sessions: Sessions,
    /// Where they are remembered.
    pub journal: Journal,
}

/// Something that a session stands on, as a grant: when it falls, the session is over.
#[async_trait]
pub trait Standing: Send + Sync {
    /// Asks whether it has fallen, and why, for the person. That nobody answers is no such word.
    async fn fallen(&self) -> Option<String>;
}

/// What runs inside a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inside {
    /// The user's shell, for a person.
    Shell(OsString),
    /// One command.
    Command {
        /// The program, found on `PATH` if it has no slash.
        program: OsString,
        /// Its arguments, as they are.
        arguments: Vec<OsString>,
    },
}

impl Inside {
    /// The program's name alone: what stands around it is nobody's business.
    pub(crate) fn name(&self) -> String {
        let (Self::Shell(program) | Self::Command { program, .. }) = self;
        let file = std::path::Path::new(program).file_name();
        daypass_core::justification::printable(&file.unwrap_or(program).to_string_lossy(), 60)
    }
}

/// What the person is told while a session lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It has begun.
    Began {
        /// When it ends; none: when no token can be had any more.
        ends_at: Option<Timestamp>,
    },
    /// It ends soon.
    EndsSoon {
        /// Seconds.
        left: i64,
    },
    /// No token could be had just now; it is tried again.
    Renewing {
        /// Why.
        why: String,
    },
    /// There will be no other token: the session ends with the one it has.
    LastToken {
        /// Why.
        why: String,
        /// When.
        ends_at: Timestamp,
    },
    /// It is over, and what still ran inside was ended.
    Over,
    /// It is over because what it stood on is.
    Fallen {
        /// Why.
        why: String,
    },
    /// A program inside belongs to another user and could not be ended; it has no token any more.
    StillRuns,
    /// Programs went on in the background, and were ended with the session.
    LeftBehind,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// What ran inside ended, with this code (128 and the signal's number where a signal ended it).
    Exit(u8),
    /// The time was up.
    TimeUp,
    /// It was told to end by this signal.
    Signal(i32),
    /// The program that began it is gone.
    Abandoned,
    /// What it stood on is no more, for this reason.
    Fallen(String),
}

/// Holds one session: returns when it is over and nothing is left of it.
///
/// # Errors
/// It could not begin; nothing is left of it then either.
pub async fn hold(plan: Plan, tell: &(dyn Fn(&Notice) + Sync)) -> Result<Ending, SessionError> {
    plan.sessions.sweep();
    let tell = |notice: &Notice| {
        if terminal::takes_words() {
            tell(notice);
        }
    };
    watch::run(plan, &tell).await
}

impl Plan {
    /// The first token: as long as one may live, but no longer than the session.
    pub(crate) fn first_token(&self) -> WantedToken {
        let now = self.clock.now();
        let fits = lifetime(self.token_lifetime, now, self.length.ends_at(now));
        self.wanted(fits.unwrap_or(self.token_lifetime))
    }

    fn wanted(&self, lifetime: Duration) -> WantedToken {
        WantedToken {
            account: self.account.clone(),
            lifetime,
            scopes: vec![CLOUD_PLATFORM.to_owned(), USERINFO_EMAIL.to_owned()],
            reason: self.reason.clone(),
        }
    }

    pub(crate) fn no_token(&self, source: IamError) -> SessionError {
        SessionError::Token {
            account: self.account.to_string(),
            source,
        }
    }
}
