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
    /// What a program ended with that was run: its code is ours.
    Program(u8),
}

/// What is added to a code of ours where those below belong to the program that was to be run.
const BESIDE_A_PROGRAM: u8 = 120;
/// A program that cannot be started, as shells tell it.
const NOT_EXECUTABLE: u8 = 126;
/// A program that does not exist, as shells tell it.
const NOT_FOUND: u8 = 127;

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
            Self::Program(code) => code,
        }
    }

    /// The same failure of ours where a program was to be run, whose codes are its own.
    pub(crate) fn beside_a_program(self) -> Self {
        match self {
            Self::Program(_) => self,
            own => Self::Program(BESIDE_A_PROGRAM + own.code()),
        }
    }

    /// A program that could not be started.
    pub(crate) fn not_started(why: &std::io::Error) -> Self {
        Self::Program(match why.kind() {
            std::io::ErrorKind::NotFound => NOT_FOUND,
            _ => NOT_EXECUTABLE,
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
