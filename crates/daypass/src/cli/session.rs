//! The arguments of privileged sessions.

use std::ffi::OsString;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use daypass_core::duration::Duration;

use super::values;

/// Whom to act as, why, and through whom.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TokenArguments {
    /// The service account to act as; else the default of the project
    #[arg(long = "service-account", alias = "service-account-email", short = 's', value_name = "EMAIL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) service_account: Option<String>,
    /// Why: it goes into the audit logs
    #[arg(
        long,
        short = 'R',
        value_name = "TEXT",
        visible_alias = "justification"
    )]
    pub(crate) reason: Option<String>,
    /// For how long; else 10 minutes, or the entitlement's default
    #[arg(long = "for", value_name = "DURATION", value_parser = values::duration, allow_hyphen_values = true)]
    pub(crate) duration: Option<Duration>,
    /// The project that tools work on inside, and whose default account is meant
    #[arg(long, short = 'p', value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) project: Option<String>,
    /// With your own credentials, without a server
    #[arg(long, conflicts_with_all = ["brokered", "entitlement", "grant", "input"])]
    pub(crate) direct: bool,
    /// Through the server, by an entitlement that gives the account
    #[arg(long)]
    pub(crate) brokered: bool,
    /// By this entitlement, where several give the account
    #[arg(long, value_name = "ENTITLEMENT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) entitlement: Option<String>,
    /// By this grant of yours, which is in force: its id, or the beginning of it
    #[arg(long, value_name = "GRANT", conflicts_with_all = ["entitlement", "input"], value_parser = NonEmptyStringValueParser::new())]
    pub(crate) grant: Option<String>,
    /// Fill in an input of the entitlement; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::input)]
    pub(crate) input: Vec<(String, String)>,
}

/// A session: its tokens, and how programs get at them.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SessionArguments {
    #[command(flatten)]
    pub(crate) token: TokenArguments,
    /// No end of its own: go on for as long as tokens can be had
    #[arg(long, conflicts_with = "duration")]
    pub(crate) renew: bool,
    /// Also serve the tokens as Google's machines do, to whoever has the session's secret or to this user's processes
    #[arg(long, value_name = "FOR", num_args = 0..=1, default_missing_value = "secret", require_equals = true)]
    pub(crate) metadata: Option<MetadataAudience>,
    /// Also run a proxy that adds the token to requests to Google, for tools that know nothing of tokens
    #[arg(long)]
    pub(crate) proxy: bool,
    /// Let the proxy connect to other hosts, too; they never get the token
    #[arg(long, requires = "proxy")]
    pub(crate) proxy_others: bool,
}

/// Whom the metadata server of a session answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MetadataAudience {
    /// Programs that put the session's secret into the path: Python's and Rust's libraries do
    Secret,
    /// Every process of this user: Node's library needs it
    User,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without a command it opens your own shell. Inside, gcloud, gsutil, bq, kubectl, terraform and Google's client libraries \
act as the account; outside, nothing changes.

With a command, its exit code is that of the command; what goes wrong before is 120 and the usual code.

Examples:
  daypass assume -s deployer@acme.iam.gserviceaccount.com -R INC-1
  daypass assume -s deployer@acme.iam.gserviceaccount.com -R INC-1 -- ./job")]
pub(crate) struct AssumeArguments {
    #[command(flatten)]
    pub(crate) session: SessionArguments,
    /// One command, in place of a shell
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Inside a session it prints what the session has. Outside, with -s and -R, one token is minted and recorded as that of a \
session is; it cannot be taken back before its own end, which --for brings nearer.")]
pub(crate) struct CredentialsArguments {
    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "access-token")]
    pub(crate) format: CredentialsFormat,
    #[command(flatten)]
    pub(crate) token: TokenArguments,
}

/// The forms in which programs take credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CredentialsFormat {
    /// The token alone.
    AccessToken,
    /// The credential file of this session, for Google's libraries.
    Adc,
    /// The variables of this session as lines for a shell.
    Env,
    /// The answer of a kubectl credential plugin.
    Kube,
    /// The token with its account and its end.
    Json,
}
