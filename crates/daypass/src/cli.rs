//! The command line, as typed. What the words mean is decided in `commands`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::exit::Exit;
use crate::output;

mod grants;
mod permissions;
mod plugins;
mod policy;
#[cfg(feature = "sandbox")]
mod sandbox;
mod service_accounts;
mod session;
mod settings;
mod values;
pub(crate) mod wrapped;

pub(crate) use grants::{
    DecideArguments, DropArguments, ExtendArguments, GiveArguments, RequestArguments,
    ReviewArguments, RevokeArguments, StatusArguments, WaitArguments, WishArguments,
};
pub(crate) use permissions::{AskingArguments, Queried, QueryPermissionsArguments};
pub(crate) use plugins::{PluginsArguments, PluginsCommand};
pub(crate) use policy::{
    DiffArguments, ImportArguments, ImportSource, LintArguments, PolicyArguments, PolicyCommand,
    RehearseArguments, TestArguments,
};
#[cfg(feature = "sandbox")]
pub(crate) use sandbox::{SandboxArguments, SandboxCommand};
pub(crate) use service_accounts::ListServiceAccountsArguments;
pub(crate) use session::{
    AssumeArguments, CredentialsArguments, CredentialsFormat, MetadataAudience, SessionArguments,
    TokenArguments,
};
pub(crate) use settings::{
    ConfigArguments, ConfigCommand, DefaultServiceAccountsArguments, DefaultServiceAccountsCommand,
};
pub(crate) use wrapped::WrappedArguments;

/// Privileges with a lifetime on Google Cloud: ask for what the job needs, have it approved, and it ends by itself.
#[derive(Debug, Parser)]
#[command(name = "daypass", version, arg_required_else_help = true, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The names of 'assume'.
pub(crate) const ASSUME: [&str; 3] = ["assume", "priv", "assume-privileges"];

const EXIT_CODES: &str = "Exit codes: 0 done, 1 error or declined, 2 usage, 3 denied, 4 still pending, 5 expired or withdrawn";

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The server; else the one of the last login
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DAYPASS_SERVER",
        hide_env_values = true
    )]
    pub(crate) server: Option<String>,
    /// How to print: tables for people, json or yaml for programs
    #[arg(
        long,
        short,
        global = true,
        value_name = "FORMAT",
        default_value = "table",
        hide_possible_values = true
    )]
    pub(crate) output: Format,
    /// Do not ask for confirmation
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Never ask anything: what is missing is an error
    #[arg(long, global = true)]
    pub(crate) non_interactive: bool,
    /// Before a session, show what it will be and ask, as ephemeral-iam did
    #[arg(long, global = true, hide = true)]
    pub(crate) confirm: bool,
    /// For machines: a file with an ID token, instead of a session
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "DAYPASS_ID_TOKEN_FILE",
        hide = true
    )]
    pub(crate) id_token_file: Option<PathBuf>,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in to a server with the browser
    Login(LoginArguments),
    /// End the session, here and at the server
    Logout,
    /// Show who you are to the server
    Whoami,
    /// List what you may ask for, or show one entitlement
    #[command(visible_alias = "ls")]
    List(ListArguments),
    /// Find entitlements by words in id, title, description, role or resource
    Search(SearchArguments),
    /// Ask for an entitlement
    Request(RequestArguments),
    /// Show what a request would come to, and why; nothing is changed
    Explain(WishArguments),
    /// Show your grants, one grant, or what waits for your word
    Status(StatusArguments),
    /// Approve somebody's request
    Approve(DecideArguments),
    /// Deny somebody's request
    Deny(DecideArguments),
    /// Say afterwards whether an emergency was one
    Review(ReviewArguments),
    /// Ask for more time on an active grant
    Extend(ExtendArguments),
    /// Give a grant of your own back, or take a request back
    Drop(DropArguments),
    /// End somebody's grant
    Revoke(RevokeArguments),
    /// As a grantor, give a role to somebody for a while
    Give(GiveArguments),
    /// Act as a service account for a while, in a shell of its own or for one command
    #[command(visible_alias = "priv", alias = "assume-privileges")]
    Assume(AssumeArguments),
    /// Run gcloud as a service account
    #[command(after_help = wrapped::GCLOUD, override_usage = wrapped::GCLOUD_USAGE)]
    Gcloud(WrappedArguments),
    /// Run kubectl as a service account
    #[command(after_help = wrapped::KUBECTL, override_usage = wrapped::KUBECTL_USAGE)]
    Kubectl(WrappedArguments),
    /// Run the Cloud SQL proxy as a service account
    #[command(visible_alias = "cloud_sql_proxy", after_help = wrapped::CLOUD_SQL_PROXY, override_usage = wrapped::CLOUD_SQL_PROXY_USAGE)]
    CloudSqlProxy(WrappedArguments),
    /// Inside a session, print its credentials for a program
    Credentials(CredentialsArguments),
    /// List the service accounts that you may act as, now or by an entitlement
    #[command(visible_alias = "sa")]
    ListServiceAccounts(ListServiceAccountsArguments),
    /// Show which permissions you have on a resource, and which are missing
    QueryPermissions(QueryPermissionsArguments),
    /// Write, check and rehearse entitlements as code
    Policy(PolicyArguments),
    /// Check the connection to the server, the session and the clocks
    Doctor(DoctorArguments),
    /// Run the server
    Serve(ServeArguments),
    /// Make the keys that a server proves its bindings with
    Keys(KeysArguments),
    /// Try it all on this machine: sandbox cloud, server and example organisation
    #[cfg(feature = "sandbox")]
    Demo(DemoArguments),
    /// Run the emulated cloud, for trying and testing
    #[cfg(feature = "sandbox")]
    Sandbox(SandboxArguments),
    /// Choose the account that is used in a project if none is named
    #[command(visible_alias = "default-sa")]
    DefaultServiceAccounts(DefaultServiceAccountsArguments),
    /// Manage configuration values: what you have settled for your commands
    Config(ConfigArguments),
    /// Commands that others add: list, install and remove them
    Plugins(PluginsArguments),
    /// Understand a line of ephemeral-iam's: its commands, aliases and flags
    #[command(disable_help_flag = true)]
    Eiam {
        /// The line, as it would stand behind 'eiam'
        #[arg(
            value_name = "LINE",
            trailing_var_arg = true,
            allow_hyphen_values = true
        )]
        words: Vec<OsString>,
    },
    /// Print the version
    Version,
    /// Print the completions for a shell
    Completions(CompletionsArguments),
    /// A plugin's name and its arguments, as they are
    #[command(external_subcommand)]
    Plugin(Vec<OsString>),
}

#[derive(Debug, Args)]
pub(crate) struct LoginArguments {
    /// Show an address to open anywhere, and take the code that it shows
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Sign in as this person, at a server that works on a sandbox
    #[arg(long = "as", value_name = "PERSON", conflicts_with = "no_browser", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) person: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Show this one in full
    #[arg(value_name = "ENTITLEMENT")]
    pub(crate) entitlement: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArguments {
    /// Words to look for
    #[arg(value_name = "TEXT", required = true)]
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Check this server configuration, too
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print the smallest roles that the server's service account needs, and stop
    #[arg(long, requires = "config")]
    pub(crate) print_iam: bool,
    /// Print the kinds of resources that entitlements can name, and stop
    #[arg(long)]
    pub(crate) resource_kinds: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "daypass.yaml")]
    pub(crate) config: PathBuf,
    /// How to log to stderr
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for a collector.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct KeysArguments {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a new key and make it the current one; the others still verify
    New {
        /// The folder of the keys
        #[arg(long, value_name = "FOLDER", default_value = "keys")]
        dir: PathBuf,
    },
}

#[cfg(feature = "sandbox")]
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Run the whole main job without a person, check each step, and end
    #[arg(long)]
    pub(crate) tour: bool,
    /// Where the server listens; else 127.0.0.1:8080, or any free port if that is taken
    #[arg(long, value_name = "ADDRESS", conflicts_with = "tour")]
    pub(crate) listen: Option<std::net::SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// Reads the command line. Help is printed, and what is not understood is told, here.
pub(crate) fn parse(words: &[OsString]) -> Result<Cli, Exit> {
    Cli::try_parse_from(words).map_err(|error| {
        // A closed stderr: nobody listens.
        let _ = error.print();
        if !error.use_stderr() {
            return Exit::Done;
        }
        if let Some(step) = next_step(words, &error) {
            output::hint(&step);
        }
        Exit::Usage
    })
}

/// What to write instead, where a word of 'assume' has no flag in front of it.
fn next_step(words: &[OsString], error: &clap::Error) -> Option<String> {
    let is_assume = words
        .iter()
        .any(|word| ASSUME.iter().any(|name| word == name));
    if !is_assume || error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let word = output::visible(word);
    match word.as_str() {
        flag if flag.starts_with('-') => None,
        account if account.contains('@') => Some(format!(
            "the account is named by -s: daypass assume -s {account} -R WHY"
        )),
        program => Some(format!(
            "write '--' in front of the command: daypass assume -s EMAIL -R WHY -- {program} …"
        )),
    }
}

/// The definition of the command line, for completions.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_is_consistent() {
        super::definition().debug_assert();
    }
}
