//! `daypass default-service-accounts …`: whom to act as in a project if nobody is named.

use serde::Serialize;

use super::{Context, list_service_accounts};
use crate::cli::{DefaultServiceAccountsArguments, DefaultServiceAccountsCommand};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;
use crate::settings::{Key, Settings, SettingsFile, service_account};
use crate::wiring::active_project;

pub(super) fn run(
    context: &Context,
    arguments: &DefaultServiceAccountsArguments,
) -> Result<Exit, Error> {
    match &arguments.command {
        DefaultServiceAccountsCommand::Set {
            project,
            service_account,
        } => set(context, project.clone(), service_account.clone()),
        DefaultServiceAccountsCommand::List => list(context),
    }
}

fn set(context: &Context, project: Option<String>, account: Option<String>) -> Result<Exit, Error> {
    let project = project
        .or_else(active_project)
        .ok_or_else(|| Error::Usage {
            message: "no project is named, and gcloud has none".into(),
            hint: "add --project PROJECT".into(),
        })?;
    let account = match account {
        Some(account) => account,
        None if context.can_ask() => list_service_accounts::choose(context, Some(&project))?,
        None => {
            return Err(Error::Usage {
                message: "no service account is named".into(),
                hint: format!(
                    "daypass default-service-accounts set --project {project} SERVICE_ACCOUNT; 'daypass list-service-accounts' names those that you may act as"
                ),
            });
        }
    };
    service_account(&account)?;
    let key = Key::parse(&format!("serviceaccounts.{project}"))?;
    let before = SettingsFile::of_user()?.change(|settings| {
        let before = settings.default_account(Some(&project)).cloned();
        settings.set(&key, &account)?;
        Ok(before)
    })?;
    let account = account.to_ascii_lowercase();
    output::talk(&match before {
        Some(before) if before.as_str() == account => {
            format!("{account} is the default account in {project} already.")
        }
        Some(before) => {
            format!("{account} is the default account in {project}; before, it was {before}.")
        }
        None => format!("{account} is the default account in {project}."),
    });
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Default {
    project: String,
    service_account: String,
}

fn list(context: &Context) -> Result<Exit, Error> {
    let defaults: Vec<Default> = Settings::load()?
        .service_accounts
        .into_iter()
        .map(|(project, account)| Default {
            project,
            service_account: account.to_string(),
        })
        .collect();
    if defaults.is_empty() && context.output.is_for_people() {
        output::talk("You have not set any default service accounts");
        output::hint("daypass default-service-accounts set --project PROJECT SERVICE_ACCOUNT");
        return Ok(Exit::Done);
    }
    context.output.data(&defaults, || {
        let rows = defaults
            .iter()
            .map(|it| vec![it.project.clone(), it.service_account.clone()]);
        output::settings::columns(
            &["PROJECT", "SERVICE ACCOUNT"],
            rows.collect(),
            context.output.width(),
        )
    })?;
    Ok(Exit::Done)
}
