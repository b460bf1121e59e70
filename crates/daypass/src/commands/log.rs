//! The log: on stderr, for people or for a collector.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::cli::LogFormat;
use crate::settings::{LoggingFormat, Settings};

/// Begins to log. `RUST_LOG` chooses; the default is what an operator needs.
pub(super) fn to_stderr(format: LogFormat) {
    let format = match format {
        LogFormat::Text => LoggingFormat::Text,
        LogFormat::Json => LoggingFormat::Json,
    };
    begin(format, LevelFilter::INFO);
}

/// Begins to log as the person has settled it. Settings that cannot be read are told by the commands that need them.
pub(super) fn as_settled() {
    let settings = Settings::load().unwrap_or_default();
    let level = settings.logging_level.unwrap_or_default();
    begin(settings.logging_format.unwrap_or_default(), level.filter());
}

fn begin(format: LoggingFormat, usual: LevelFilter) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual.to_string()));
    // Colours are for eyes: in a file they are noise (https://no-color.org).
    let has_colours = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    let builder = tracing_subscriber::fmt()
        .with_ansi(has_colours)
        .with_writer(std::io::stderr)
        // Whoever closed stderr does not want to hear; telling that there panics.
        .log_internal_errors(false)
        .with_env_filter(filter);
    // A second subscriber in one process is a test's; the first one stays.
    let _ = match format {
        LoggingFormat::Json => builder.json().try_init(),
        LoggingFormat::Text => builder.with_target(false).compact().try_init(),
        LoggingFormat::Debug => builder.with_file(true).with_line_number(true).try_init(),
    };
}
