//! The verbs, one file each.

mod assume;
mod completions;
mod config;
mod context;
mod credentials;
mod decide;
mod default_service_accounts;
#[cfg(feature = "sandbox")]
mod demo;
mod doctor;
mod doctor_groups;
mod doctor_iam;
mod doctor_scopes;
mod doctor_server;
mod doctor_tokens;
mod drop;
mod eiam;
mod extend;
mod follow;
mod give;
mod grant_id;
mod inputs;
mod list;
mod list_service_accounts;
mod log;
mod login;
mod logout;
mod own_failure;
mod plugins;
mod policy;
mod query_permissions;
mod request;
mod review;
mod revoke;
#[cfg(feature = "sandbox")]
mod sandbox;
mod serve;
mod signals;
mod status;
mod version;
mod whoami;
mod wish;
mod words;
mod wrap;

use std::path::Path;

use context::Context;
use daypass_session::arguments::Tool;
pub(crate) use words::{Words, prepare, runs_a_program};

use crate::cli::{Cli, Command};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

/// The commands that Daypass gives itself, which nobody types: they are looked for before the command line is read.
pub(crate) fn hidden() -> Option<Exit> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != daypass_session::warden::COMMAND {
        return None;
    }
    let (folder, holder) = (arguments.next()?, arguments.next()?);
    daypass_session::warden::watch(Path::new(&folder), holder.to_str()?);
    Some(Exit::Done)
}

/// Runs one command line; whatever goes wrong is told here, once.
pub(crate) fn run(cli: Cli) -> Exit {
    if !starts_a_log_of_its_own(&cli.command) {
        log::as_settled();
    }
    let context = Context::new(cli.global);
    dispatch(&context, cli.command).unwrap_or_else(|error| {
        output::error(&error);
        error.exit()
    })
}

/// Whether the command is a server, which logs more than a person at a terminal wants to see.
fn starts_a_log_of_its_own(command: &Command) -> bool {
    match command {
        Command::Serve(_) => true,
        #[cfg(feature = "sandbox")]
        Command::Demo(_) | Command::Sandbox(_) => true,
        _ => false,
    }
}

fn dispatch(context: &Context, command: Command) -> Result<Exit, Error> {
    match command {
        Command::Login(arguments) => login::run(context, &arguments),
        Command::Logout => logout::run(context),
        Command::Whoami => whoami::run(context),
        Command::List(arguments) => list::run(context, &arguments),
        Command::Search(arguments) => list::search(context, &arguments),
        Command::Request(arguments) => request::run(context, &arguments),
        Command::Explain(arguments) => request::explain(context, &arguments),
        Command::Status(arguments) => status::run(context, &arguments),
        Command::Approve(arguments) => decide::approve(context, &arguments),
        Command::Deny(arguments) => decide::deny(context, &arguments),
        Command::Review(arguments) => review::run(context, &arguments),
        Command::Extend(arguments) => extend::run(context, &arguments),
        Command::Drop(arguments) => drop::run(context, &arguments),
        Command::Revoke(arguments) => revoke::run(context, &arguments),
        Command::Give(arguments) => give::run(context, &arguments),
        Command::Assume(arguments) => assume::run(context, &arguments),
        Command::Gcloud(arguments) => wrap::run(context, Tool::Gcloud, &arguments),
        Command::Kubectl(arguments) => wrap::run(context, Tool::Kubectl, &arguments),
        Command::CloudSqlProxy(arguments) => wrap::run(context, Tool::CloudSqlProxy, &arguments),
        Command::Credentials(arguments) => credentials::run(context, &arguments),
        Command::ListServiceAccounts(arguments) => list_service_accounts::run(context, &arguments),
        Command::QueryPermissions(arguments) => query_permissions::run(context, &arguments),
        Command::Policy(arguments) => policy::run(context, &arguments),
        Command::Doctor(arguments) => doctor::run(context, &arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Keys(arguments) => serve::keys(&arguments),
        #[cfg(feature = "sandbox")]
        Command::Demo(arguments) => demo::run(&arguments),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => sandbox::run(&arguments),
        Command::DefaultServiceAccounts(arguments) => {
            default_service_accounts::run(context, &arguments)
        }
        Command::Config(arguments) => config::run(context, &arguments),
        Command::Plugins(arguments) => plugins::run(context, &arguments),
        Command::Plugin(words) => plugins::call(&words),
        // A line of its was translated before it was read (`words`): here only its help can be asked for.
        Command::Eiam { .. } => eiam::help(),
        Command::Version => version::run(context),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
