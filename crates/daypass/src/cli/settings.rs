//! `daypass config …` and `daypass default-service-accounts …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting with its value, and where that comes from
    Print,
    /// Print the value of one setting
    View {
        /// The setting, as logging.level
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Change a setting; the file is written anew, without the comments in it
    #[command(
        override_usage = "daypass config set KEY VALUE",
        after_help = "'daypass config print' shows the keys."
    )]
    Set {
        /// The setting, and its new value
        #[arg(value_name = "KEY VALUE", allow_hyphen_values = true)]
        key_and_value: Vec<String>,
    },
    /// Go back to a setting's default
    Unset {
        /// The setting, as logging.level
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Print where settings, plugins and tools are
    Info,
    /// Take over the settings of ephemeral-iam, and tell what was not taken; tokens never are
    Import {
        /// Its config.yml; else the one in its usual place
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DefaultServiceAccountsArguments {
    #[command(subcommand)]
    pub(crate) command: DefaultServiceAccountsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DefaultServiceAccountsCommand {
    /// Use this account in a project wherever none is named
    Set {
        /// The project; else the one that gcloud works in
        #[arg(long, short, value_name = "PROJECT")]
        project: Option<String>,
        /// The account's address
        #[arg(value_name = "SERVICE_ACCOUNT")]
        service_account: Option<String>,
    },
    /// Print the default account of each project
    List,
}
