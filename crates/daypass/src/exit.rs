//! The exit codes of `daypass`. Scripts depend on them: they never change their meaning.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// An error, or the person declined to confirm.
    Failed,
    /// The command line is not understood (clap's own code, too).
    Usage,
    /// Somebody, or a rule, said no.
    Denied,
    /// Still pending: the time is up, or a browser is needed.
    Pending,
    /// Nobody answered, it was taken back, or it is over.
    Over,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Denied => 3,
            Self::Pending => 4,
            Self::Over => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
