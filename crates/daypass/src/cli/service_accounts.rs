//! The arguments of `list-service-accounts`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

#[derive(Debug, Args)]
pub(crate) struct ListServiceAccountsArguments {
    /// Only this project's; else those of gcloud's project, and all that an entitlement gives
    #[arg(long, short, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) project: Option<String>,
}
