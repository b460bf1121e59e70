//! The server's log: on stderr, for people or for a collector.

use tracing_subscriber::EnvFilter;

use crate::cli::LogFormat;

/// Begins to log. `RUST_LOG` chooses; the default is what an operator needs.
pub(super) fn to_stderr(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter);
    // A second subscriber in one process is a test's; the first one stays.
    let _ = match format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.with_target(false).compact().try_init(),
    };
}
