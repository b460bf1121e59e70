//! `daypass list-service-accounts`: whom one may act as, now or by an entitlement.

use std::collections::BTreeMap;

use daypass_api::Entitlement;
use daypass_core::email::Email;
use daypass_core::resource::ResourceName;
use daypass_core::service_account::project_of;
use daypass_engine::ports::IamError;
use daypass_google::{Google, ServiceAccount};
use dialoguer::Select;
use serde::Serialize;

use super::Context;
use super::context::{block_on, terminal_error};
use super::own_failure::{failed, words};
use crate::cli::ListServiceAccountsArguments;
use crate::client::Client;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::service_accounts::ServiceAccount as Row;
use crate::output::{self, short, visible};
use crate::wiring::{google_as_oneself, project, required_project};

/// The accounts of a project that one may act as with one's own credentials, and those where that is not known.
#[derive(Default)]
struct Found {
    /// Tokens of these may be minted; some may be disabled.
    may: Vec<ServiceAccount>,
    /// Google did not answer for these.
    unknown: Vec<(ServiceAccount, IamError)>,
}

/// The list, for programs.
#[derive(Serialize)]
struct Listed {
    service_accounts: Vec<Row>,
}

/// Rows by address, so that one account is one row however one may act as it.
type Rows = BTreeMap<Email, Row>;

pub(super) fn run(
    context: &Context,
    arguments: &ListServiceAccountsArguments,
) -> Result<Exit, Error> {
    let (project, rows) = look(context, arguments.project.as_deref())?;
    show(context, project.as_ref(), rows)
}

/// Lets the person choose one of those; without a terminal it is an error.
pub(super) fn choose(context: &Context, named: Option<&str>) -> Result<String, Error> {
    if !context.can_ask() {
        return Err(Error::Usage {
            message: "which service account?".into(),
            hint:
                "name it with -s; 'daypass list-service-accounts' shows those that you may act as"
                    .into(),
        });
    }
    let (_, rows) = look(context, named)?;
    let rows: Vec<Row> = rows.into_values().filter(Row::can_be_used).collect();
    if rows.is_empty() {
        return Err(Error::Usage {
            message: "there is no service account that you may act as".into(),
            hint: "name a project with -p, or an account with -s".into(),
        });
    }
    let longest = rows.iter().map(|row| row.email.len()).max().unwrap_or(0);
    let shown: Vec<_> = rows
        .iter()
        .map(|row| {
            let line = format!(
                "{:longest$}  {}",
                visible(&row.email),
                short(&row.description, 60)
            );
            line.trim_end().to_owned()
        })
        .collect();
    let chosen = Select::new()
        .with_prompt("Act as")
        .items(&shown)
        .default(0)
        .max_length(15)
        .interact_opt()
        .map_err(terminal_error)?;
    let chosen = chosen.and_then(|place| rows.into_iter().nth(place));
    chosen.map(|row| row.email).ok_or(Error::Declined)
}

/// All that is known, and the project that was looked in. What could not be asked is told.
fn look(context: &Context, named: Option<&str>) -> Result<(Option<ResourceName>, Rows), Error> {
    let client = client(context)?;
    // With entitlements to show, a project is not needed.
    let project = if client.is_some() {
        project(named)?
    } else {
        Some(required_project(named)?)
    };
    let (found, entitled) = block_on(async {
        Ok(tokio::join!(
            now(project.as_ref()),
            by_entitlement(client.as_ref())
        ))
    })?;
    let mut rows = Rows::new();
    let asked = project.as_ref().filter(|_| found.is_ok());
    let within = project.as_ref().filter(|_| named.is_some());
    let mut failure = found.map(|found| add_found(&mut rows, found)).err();
    match entitled {
        Ok(entitled) => add_entitled(&mut rows, entitled, asked, within),
        // Without a project, nothing else was asked: it is the one error, and is told as such.
        Err(error) if project.is_none() && failure.is_none() => failure = Some(error),
        Err(error) => tell("Entitlements are not looked at: ", &error),
    }
    match failure {
        Some(error) if rows.is_empty() => return Err(error),
        // What is known is shown all the same.
        Some(error) => tell("", &error),
        None => {}
    }
    Ok((project, rows))
}

/// The accounts of a project that one may act as, with Google asked about each of them. If Google answers for none of
/// them, that is the error.
async fn accounts_that_may_be_acted_as(
    google: &Google,
    project: &ResourceName,
) -> Result<Found, Error> {
    let accounts = google.service_accounts(project).await;
    let accounts = accounts.map_err(|error| {
        failed(
            &format!("list the service accounts of {}", id(project)),
            &error,
        )
    })?;
    let names: Vec<_> = accounts
        .iter()
        .map(|account| account.name.clone())
        .collect();
    let answers = google.may_act_as(&names).await;
    let mut found = Found::default();
    let all = accounts.len();
    for (account, answer) in accounts.into_iter().zip(answers) {
        match answer {
            Ok(true) => found.may.push(account),
            Ok(false) => {}
            Err(error) => found.unknown.push((account, error)),
        }
    }
    match found.unknown.first() {
        Some((_, error)) if found.unknown.len() == all => {
            let doing = format!(
                "ask which service accounts of {} you may act as",
                id(project)
            );
            Err(failed(&doing, error))
        }
        _ => Ok(found),
    }
}

/// Tells of what failed beside that which is shown.
fn tell(what: &str, error: &Error) {
    output::talk(&format!("{what}{}", visible(&error.to_string())));
    if let Some(next) = error.hint() {
        output::hint(&visible(&next));
        output::talk("");
    }
}

/// The project as people write it.
fn id(project: &ResourceName) -> &str {
    project.project().unwrap_or_default()
}

/// Nothing is found where there is no project to look in.
async fn now(project: Option<&ResourceName>) -> Result<Found, Error> {
    let Some(project) = project else {
        return Ok(Found::default());
    };
    let google = google_as_oneself().await?;
    accounts_that_may_be_acted_as(&google, project).await
}

/// The server, where one is known and one has a session at it.
fn client(context: &Context) -> Result<Option<Client>, Error> {
    match context.client() {
        Ok(client) => Ok(Some(client)),
        Err(Error::NoServer | Error::NoHome) => Ok(None),
        Err(Error::NotSignedIn(server)) => {
            output::talk(&format!(
                "You are not signed in to {}, so its entitlements are not looked at.",
                visible(&server)
            ));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// An account that an entitlement gives.
struct Entitled {
    account: Email,
    entitlement: String,
    title: String,
}

/// The accounts that one may ask for.
async fn by_entitlement(client: Option<&Client>) -> Result<Vec<Entitled>, Error> {
    let Some(client) = client else {
        return Ok(Vec::new());
    };
    let entitlements = client.entitlements(None).await?;
    Ok(entitlements.iter().flat_map(entitled).collect())
}

fn entitled(entitlement: &Entitlement) -> Vec<Entitled> {
    let given = entitlement.privileges.iter();
    let given = given.filter_map(|privilege| privilege.impersonate.as_ref());
    given
        .filter(|_| entitlement.may_request)
        .filter_map(|given| Email::parse(&given.service_account).ok())
        .map(|account| Entitled {
            account,
            entitlement: entitlement.id.clone(),
            title: entitlement.title.clone(),
        })
        .collect()
}

fn add_found(rows: &mut Rows, found: Found) {
    for account in found.may {
        rows.insert(account.email.clone(), row(&account, Some(true), None));
    }
    for (account, error) in found.unknown {
        let why = Some(words(&error));
        rows.insert(account.email.clone(), row(&account, None, why));
    }
}

fn row(account: &ServiceAccount, now: Option<bool>, error: Option<String>) -> Row {
    let description = [&account.description, &account.display_name];
    let description = description.into_iter().find(|text| !text.is_empty());
    Row {
        email: account.email.to_string(),
        now,
        entitlements: Vec::new(),
        disabled: account.disabled,
        description: description.cloned().unwrap_or_default(),
        error,
    }
}

/// Adds what entitlements give. `asked` is the project whose accounts were all asked about; `within` is the project
/// that was named: accounts whose address tells of another are left out then.
fn add_entitled(
    rows: &mut Rows,
    entitled: Vec<Entitled>,
    asked: Option<&ResourceName>,
    within: Option<&ResourceName>,
) {
    let asked = asked.and_then(ResourceName::project);
    let within = within.and_then(ResourceName::project);
    for one in entitled {
        let own = project_of(&one.account);
        if is_elsewhere(own, within) && !rows.contains_key(&one.account) {
            continue;
        }
        let row = rows.entry(one.account.clone()).or_insert_with(|| Row {
            email: one.account.to_string(),
            now: (own.is_some() && own == asked).then_some(false),
            entitlements: Vec::new(),
            disabled: false,
            description: one.title,
            error: None,
        });
        if !row.entitlements.contains(&one.entitlement) {
            row.entitlements.push(one.entitlement);
        }
    }
}

/// Whether an account is certainly of another project. Of two names, one may be an id and the other a number: that
/// tells nothing.
fn is_elsewhere(own: Option<&str>, within: Option<&str>) -> bool {
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    match (own, within) {
        (Some(own), Some(within)) => own != within && is_number(own) == is_number(within),
        _ => false,
    }
}

fn show(context: &Context, project: Option<&ResourceName>, rows: Rows) -> Result<Exit, Error> {
    let listed = Listed {
        service_accounts: rows.into_values().collect(),
    };
    if listed.service_accounts.is_empty() {
        output::talk(&match project {
            Some(project) => format!("You may act as no service account of {}.", id(project)),
            None => "No entitlement lets you act as a service account.".to_owned(),
        });
        if context.output.is_for_people() {
            return Ok(Exit::Done);
        }
    }
    context.output.data(&listed, || {
        output::service_accounts::list(&listed.service_accounts, context.output.width())
    })?;
    Ok(Exit::Done)
}
