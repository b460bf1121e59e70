//! The arguments of the verbs on grants.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use daypass_core::duration::Duration;
use jiff::Timestamp;

use super::values;

/// On what terms it is asked for: the same words for a request, its explanation and its rehearsal.
#[derive(Debug, Args)]
pub(crate) struct TermsArguments {
    /// For how long: 90m, 1h30m, PT90M, 5400s; else the entitlement's default
    #[arg(long = "for", value_name = "DURATION", value_parser = values::duration, allow_hyphen_values = true)]
    pub(crate) duration: Option<Duration>,
    /// Why: the ticket, then a few words
    #[arg(
        long,
        short = 'R',
        value_name = "TEXT",
        visible_alias = "justification"
    )]
    pub(crate) reason: Option<String>,
    /// Fill in an input of the entitlement; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::input)]
    pub(crate) input: Vec<(String, String)>,
    /// Not now, but from then on
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) at: Option<Timestamp>,
    /// Only this part of the entitlement; may be repeated
    #[arg(long, value_name = "RESOURCE|ROLE")]
    pub(crate) only: Vec<String>,
    /// Who shall receive it, where the entitlement allows it
    #[arg(long, value_name = "PRINCIPAL")]
    pub(crate) to: Option<String>,
}

/// What is asked for: shared by `request` and `explain`, which must understand the same words.
#[derive(Debug, Args)]
pub(crate) struct WishArguments {
    /// The entitlement's id; 'daypass list' shows them
    #[arg(value_name = "ENTITLEMENT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) entitlement: Option<String>,
    #[command(flatten)]
    pub(crate) terms: TermsArguments,
    /// Who else shall hear of it; may be repeated
    #[arg(long, value_name = "EMAIL")]
    pub(crate) notify: Vec<String>,
}

/// Whether to stay until it is decided and in force.
#[derive(Debug, Args)]
pub(crate) struct WaitArguments {
    /// Stay until it is in force; the id is printed first, so Ctrl-C is safe
    #[arg(long, short)]
    pub(crate) wait: bool,
    /// Wait no longer than this; then exit with 4
    #[arg(long, value_name = "DURATION", value_parser = values::duration, allow_hyphen_values = true, requires = "wait")]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct RequestArguments {
    #[command(flatten)]
    pub(crate) wish: WishArguments,
    #[command(flatten)]
    pub(crate) wait: WaitArguments,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// The grant: its id, or the beginning of it
    #[arg(value_name = "GRANT")]
    pub(crate) grant: Option<String>,
    /// What waits for your word
    #[arg(long, conflicts_with_all = ["grant", "all"])]
    pub(crate) inbox: bool,
    /// Emergencies that wait for your review
    #[arg(long, conflicts_with_all = ["grant", "all", "inbox"])]
    pub(crate) reviews: bool,
    /// Everybody's grants that you may see
    #[arg(long, conflicts_with = "grant")]
    pub(crate) all: bool,
    /// At most this many, newest first
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 50,
        conflicts_with = "grant"
    )]
    pub(crate) limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct DecideArguments {
    /// The grant: its id, or the beginning of it
    #[arg(value_name = "GRANT")]
    pub(crate) grant: String,
    /// What to tell the others
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) message: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReviewArguments {
    /// The grant: its id, or the beginning of it
    #[arg(value_name = "GRANT")]
    pub(crate) grant: String,
    /// It was an emergency
    #[arg(long)]
    pub(crate) justified: bool,
    /// It was none
    #[arg(long, conflicts_with = "justified")]
    pub(crate) not_justified: bool,
    /// What to keep with it
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) message: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExtendArguments {
    /// The grant: its id, or the beginning of it
    #[arg(value_name = "GRANT")]
    pub(crate) grant: String,
    /// By how much: 30m, 1h; else the entitlement's default
    #[arg(long = "for", value_name = "DURATION", value_parser = values::duration, allow_hyphen_values = true)]
    pub(crate) duration: Option<Duration>,
    /// Why
    #[arg(
        long,
        short = 'R',
        value_name = "TEXT",
        visible_alias = "justification"
    )]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) wait: WaitArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DropArguments {
    /// The grant: its id, or the beginning of it
    #[arg(value_name = "GRANT")]
    pub(crate) grant: Option<String>,
    /// All that you have or wait for
    #[arg(long, conflicts_with = "grant")]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// The grant: its id, or the beginning of it
    #[arg(value_name = "GRANT")]
    pub(crate) grant: String,
    /// What to tell the others
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) message: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GiveArguments {
    /// The role, such as roles/storage.admin
    #[arg(value_name = "ROLE")]
    pub(crate) role: String,
    /// Who receives it: an address, or an IAM principal
    #[arg(long, value_name = "PRINCIPAL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) to: String,
    /// On what: a resource, a project id, or an address of the Cloud Console
    #[arg(long, value_name = "RESOURCE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) on: String,
    /// For how long: 90m, 1h30m; else the entitlement's default
    #[arg(long = "for", value_name = "DURATION", value_parser = values::duration, allow_hyphen_values = true)]
    pub(crate) duration: Option<Duration>,
    /// Why
    #[arg(
        long,
        short = 'R',
        value_name = "TEXT",
        visible_alias = "justification"
    )]
    pub(crate) reason: Option<String>,
    /// Not now, but from then on
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) at: Option<Timestamp>,
    /// Who else shall hear of it; may be repeated
    #[arg(long, value_name = "EMAIL")]
    pub(crate) notify: Vec<String>,
    #[command(flatten)]
    pub(crate) wait: WaitArguments,
}
