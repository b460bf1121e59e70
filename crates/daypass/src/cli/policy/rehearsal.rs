//! The arguments of the rehearsals: entitlements tried without a server.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use crate::cli::grants::TermsArguments;
use crate::cli::values;

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Files and folders with entitlements and their tests
    #[arg(value_name = "PATH", default_value = "entitlements")]
    pub(crate) paths: Vec<PathBuf>,
    /// Who is in which group, where the fixtures do not say: a file as the server's own
    #[arg(long, value_name = "FILE")]
    pub(crate) groups: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The older version: a folder, a file, or REVISION:PATH of git, as main:entitlements
    #[arg(value_name = "OLD")]
    pub(crate) old: String,
    /// The newer version, written the same way
    #[arg(value_name = "NEW")]
    pub(crate) new: String,
    /// Who is in which group: names people instead of groups; a file as the server's own
    #[arg(long, value_name = "FILE")]
    pub(crate) groups: Option<PathBuf>,
    /// Tell only what changes for these people, groups or other principals
    #[arg(long, value_name = "WHO,WHO", value_delimiter = ',')]
    pub(crate) people: Vec<String>,
    /// Print Markdown for a comment on a pull request
    #[arg(long)]
    pub(crate) markdown: bool,
    /// Exit with 1 if somebody can, or may be able to, do more than before
    ///
    /// Another role counts as new, also where it gives less than the one that it replaces: roles are not looked into.
    /// Being newly asked to approve what got harder to have counts as no new power.
    #[arg(long)]
    pub(crate) fail_on_new_power: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RehearseArguments {
    /// The entitlement's id
    #[arg(value_name = "ENTITLEMENT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) entitlement: String,
    /// Who asks
    #[arg(long = "as", value_name = "PERSON", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) person: String,
    #[command(flatten)]
    pub(crate) terms: TermsArguments,
    /// Files and folders with entitlements; may be repeated
    #[arg(long, value_name = "PATH", default_value = "entitlements")]
    pub(crate) files: Vec<PathBuf>,
    /// Who is in which group, where the fixtures do not say: a file as the server's own
    #[arg(long, value_name = "FILE")]
    pub(crate) groups: Option<PathBuf>,
    /// What time it is; else now
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) time: Option<Timestamp>,
}
