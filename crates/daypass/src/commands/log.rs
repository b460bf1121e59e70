//! The server's log: on stderr, for people or for a collector.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::cli::LogFormat;

/// Begins to log. `RUST_LOG` chooses; the default is what an operator needs.
pub(super) fn to_stderr(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Colours are for eyes: in a file they are noise (https://no-color.org).
    let has_colours = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    let builder = tracing_subscriber::fmt()
        .with_ansi(has_colours)
        .with_writer(std::io::stderr)
        .with_env_filter(filter);
    // A second subscriber in one process is a test's; the first one stays.
    let _ = match format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.with_target(false).compact().try_init(),
    };
}
