//! The arguments of `query-permissions`. A name is the first argument; the flags for it are those of ephemeral-iam.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use daypass_core::email::Email;

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct QueryPermissionsArguments {
    #[command(subcommand)]
    pub(crate) on: Queried,
}

/// What is asked about.
#[derive(Debug, Subcommand)]
pub(crate) enum Queried {
    /// On a project; else gcloud's
    Project(OnProject),
    /// On a folder
    Folder(OnContainer),
    /// On an organization
    Organization(OnContainer),
    /// On a bucket of Cloud Storage
    #[command(alias = "storage-bucket")]
    Bucket(OnBucket),
    /// On a service account, such as the right to act as it
    ServiceAccount(OnServiceAccount),
    /// On a topic of Pub/Sub
    #[command(aliases = ["pubsub", "topic"])]
    PubsubTopic(OnTopic),
    /// On an instance of Compute Engine
    #[command(alias = "instance")]
    ComputeInstance(OnInstance),
    /// On a secret of Secret Manager
    Secret(OnSecret),
}

impl Queried {
    /// Who asks, and what is shown.
    pub(crate) fn asking(&self) -> &AskingArguments {
        match self {
            Self::Project(on) => &on.asking,
            Self::Folder(on) | Self::Organization(on) => &on.asking,
            Self::Bucket(on) => &on.asking,
            Self::ServiceAccount(on) => &on.asking,
            Self::PubsubTopic(on) => &on.asking,
            Self::ComputeInstance(on) => &on.asking,
            Self::Secret(on) => &on.asking,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct AskingArguments {
    /// Ask as this service account; a token of ten minutes is minted for it
    #[arg(long, short, value_name = "SA", visible_alias = "service-account-email", requires = "reason", value_parser = account)]
    pub(crate) service_account: Option<Email>,
    /// Why the token is minted: Google's audit log shows it
    #[arg(long, short = 'R', value_name = "TEXT", requires = "service_account", value_parser = reason)]
    pub(crate) reason: Option<String>,
    /// Show only what is granted
    #[arg(long)]
    pub(crate) granted: bool,
    /// Show only what is missing
    #[arg(long, conflicts_with = "granted")]
    pub(crate) missing: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OnProject {
    /// Its id or number
    #[arg(value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
    /// The same as a flag
    #[arg(long, short, value_name = "PROJECT", conflicts_with = "name", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) project: Option<String>,
    #[command(flatten)]
    asking: AskingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct OnContainer {
    /// Its number
    #[arg(value_name = "NUMBER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
    #[command(flatten)]
    asking: AskingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct OnBucket {
    /// Its name, with or without gs://
    #[arg(value_name = "BUCKET", required_unless_present = "bucket", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// The same as a flag
    #[arg(long, short, value_name = "BUCKET", conflicts_with = "name", value_parser = NonEmptyStringValueParser::new())]
    bucket: Option<String>,
    #[command(flatten)]
    asking: AskingArguments,
}

impl OnBucket {
    pub(crate) fn name(&self) -> &str {
        either(self.name.as_deref(), self.bucket.as_deref())
    }
}

#[derive(Debug, Args)]
pub(crate) struct OnServiceAccount {
    /// Its address
    #[arg(value_name = "EMAIL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
    /// Its project, where the address does not tell it; else gcloud's
    #[arg(long, short, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) project: Option<String>,
    #[command(flatten)]
    asking: AskingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct OnTopic {
    /// Its name
    #[arg(value_name = "TOPIC", required_unless_present = "topic", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// The same as a flag
    #[arg(long, short, value_name = "TOPIC", conflicts_with = "name", value_parser = NonEmptyStringValueParser::new())]
    topic: Option<String>,
    /// Its project; else gcloud's
    #[arg(long, short, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) project: Option<String>,
    #[command(flatten)]
    asking: AskingArguments,
}

impl OnTopic {
    pub(crate) fn name(&self) -> &str {
        either(self.name.as_deref(), self.topic.as_deref())
    }
}

#[derive(Debug, Args)]
pub(crate) struct OnInstance {
    /// Its name
    #[arg(value_name = "INSTANCE", required_unless_present = "instance", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// The same as a flag
    #[arg(long, short, value_name = "INSTANCE", conflicts_with = "name", value_parser = NonEmptyStringValueParser::new())]
    instance: Option<String>,
    /// Its zone; else gcloud's
    #[arg(long, short, value_name = "ZONE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) zone: Option<String>,
    /// Its project; else gcloud's
    #[arg(long, short, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) project: Option<String>,
    #[command(flatten)]
    asking: AskingArguments,
}

impl OnInstance {
    pub(crate) fn name(&self) -> &str {
        either(self.name.as_deref(), self.instance.as_deref())
    }
}

#[derive(Debug, Args)]
pub(crate) struct OnSecret {
    /// Its name
    #[arg(value_name = "SECRET", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
    /// Its project; else gcloud's
    #[arg(long, short, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) project: Option<String>,
    #[command(flatten)]
    asking: AskingArguments,
}

/// The name, in whichever place it was written; one of them is required.
fn either<'a>(name: Option<&'a str>, flag: Option<&'a str>) -> &'a str {
    name.or(flag).unwrap_or_default()
}

fn account(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|error| error.to_string())
}

fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("say why, in a few words".into());
    }
    Ok(text.to_owned())
}
