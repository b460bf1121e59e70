//! The arguments of `daypass sandbox`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use daypass_core::duration::Duration;

use super::values;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SandboxArguments {
    #[command(subcommand)]
    pub(crate) command: Option<SandboxCommand>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8085")]
    pub(crate) listen: SocketAddr,
    /// The organisation to begin with, in YAML; else a built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// How long each answer takes, such as 50ms
    #[arg(long, value_name = "DURATION", value_parser = latency, default_value = "0ms")]
    pub(crate) latency: std::time::Duration,
    /// Faults to begin with, in YAML or JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Open a proxy, too, that answers for Google's own addresses, and print the environment that uses it
    #[arg(long)]
    pub(crate) tunnel: bool,
    /// The person as whom the printed environment acts; else the first of the organisation
    #[arg(long = "as", value_name = "PERSON")]
    pub(crate) person: Option<String>,
}

/// The built-in organisation's most ordinary engineer.
const DEFAULT_PERSON: &str = "alice@example.com";

#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Print the environment of a running sandbox
    Env(SandboxEnvironmentArguments),
}

#[derive(Debug, Args)]
pub(crate) struct SandboxEnvironmentArguments {
    /// The person as whom it acts
    #[arg(long = "as", value_name = "PERSON", default_value = DEFAULT_PERSON)]
    pub(crate) person: String,
    /// Where the sandbox listens
    #[arg(
        long,
        value_name = "ADDR",
        env = "DAYPASS_SANDBOX",
        default_value = "127.0.0.1:8085"
    )]
    pub(crate) at: String,
    /// For clients with hard-coded addresses: by the proxy of a sandbox that was started with --tunnel
    #[arg(long)]
    pub(crate) tunnel: bool,
}

/// A latency may be shorter than a second, and nothing.
fn latency(text: &str) -> Result<std::time::Duration, String> {
    if let Some(milliseconds) = text.strip_suffix("ms").map(str::trim) {
        return milliseconds
            .parse()
            .map(std::time::Duration::from_millis)
            .map_err(|_| "write it as 50ms or 2s".to_owned());
    }
    values::duration(text).map(|length: Duration| std::time::Duration::from_secs(length.seconds()))
}
