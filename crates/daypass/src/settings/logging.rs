//! How commands log: the values that ephemeral-iam knows.

use tracing_subscriber::filter::LevelFilter;

/// The form of the log on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LoggingFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
    /// For people, with the place in the source.
    Debug,
}

impl LoggingFormat {
    pub(crate) const ALL: [Self; 3] = [Self::Text, Self::Json, Self::Debug];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Debug => "debug",
        }
    }
}

/// The least important events that are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LoggingLevel {
    Trace,
    Debug,
    Info,
    /// What a person should know of, and little else: they look at the command's own output.
    #[default]
    Warn,
    Error,
    Fatal,
    Panic,
}

impl LoggingLevel {
    pub(crate) const ALL: [Self; 7] = [
        Self::Trace,
        Self::Debug,
        Self::Info,
        Self::Warn,
        Self::Error,
        Self::Fatal,
        Self::Panic,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
            Self::Panic => "panic",
        }
    }

    /// What ends a command is told as its error and is no event of the log, so the two highest levels log nothing.
    pub(crate) fn filter(self) -> LevelFilter {
        match self {
            Self::Trace => LevelFilter::TRACE,
            Self::Debug => LevelFilter::DEBUG,
            Self::Info => LevelFilter::INFO,
            Self::Warn => LevelFilter::WARN,
            Self::Error => LevelFilter::ERROR,
            Self::Fatal | Self::Panic => LevelFilter::OFF,
        }
    }
}
