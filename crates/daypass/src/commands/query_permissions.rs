//! `daypass query-permissions`: what one has on a resource, of all that can be had there.

mod target;

use std::collections::BTreeSet;

use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::ids::GrantId;
use daypass_core::reason::RequestReason;
use daypass_core::resource::ResourceName;
use daypass_engine::ports::{CLOUD_PLATFORM, Random as _, Tokens as _, WantedToken};
use daypass_google::{Google, OsRandom};
use serde::Serialize;

use super::Context;
use super::context::block_on;
use super::own_failure::failed;
use crate::cli::{AskingArguments, QueryPermissionsArguments};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{self, visible};
use crate::wiring::{google_as_bearer, google_as_oneself};

/// How long the token lives that is minted to ask as an account: far longer than asking takes, and the least that
/// anybody else mints.
const TOKEN_LASTS: Duration = Duration::minutes(10);

/// The answer, for programs. A side that was not asked for is absent.
#[derive(Serialize)]
struct Answer<'a> {
    resource: &'a str,
    /// Who was asked about; null for oneself, where the credentials do not tell who that is.
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    granted: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<Vec<&'a str>>,
}

/// What can be had on a resource, and what is.
struct Rights {
    account: Option<String>,
    testable: BTreeSet<String>,
    held: BTreeSet<String>,
}

pub(super) fn run(context: &Context, arguments: &QueryPermissionsArguments) -> Result<Exit, Error> {
    let resource = target::resource(&arguments.on)?;
    let asking = arguments.on.asking();
    let rights = block_on(rights(&resource, asking))?;
    show(context, &resource, asking, &rights)?;
    output::talk(&summary(&rights));
    Ok(Exit::Done)
}

async fn rights(resource: &ResourceName, asking: &AskingArguments) -> Result<Rights, Error> {
    let own = google_as_oneself().await?;
    let other = match &asking.service_account {
        Some(account) => Some(as_account(&own, account, asking).await?),
        None => None,
    };
    // What can be had is the same whoever asks; only the test is the account's own.
    let testable = own.testable_permissions(resource).await.map_err(|error| {
        let doing = format!("ask which permissions there are on {resource}");
        failed(&doing, &error)
    })?;
    let google = other.as_ref().unwrap_or(&own);
    let held = google.held_permissions(resource, &testable).await;
    let held = held.map_err(|error| {
        let doing = format!("ask which permissions are granted on {resource}");
        failed(&doing, &error)
    })?;
    let account = match &asking.service_account {
        Some(account) => Some(account.to_string()),
        None => own.account().map(str::to_owned),
    };
    Ok(Rights {
        account,
        testable,
        held,
    })
}

/// Google as a service account, by a token that is minted with one's own credentials.
async fn as_account(
    own: &Google,
    account: &Email,
    asking: &AskingArguments,
) -> Result<Google, Error> {
    let mut random = [0; 10];
    OsRandom.fill(&mut random);
    let session = GrantId::new(own.clock().now(), random);
    let said = asking.reason.as_deref().unwrap_or_default();
    let wanted = WantedToken {
        account: account.clone(),
        lifetime: TOKEN_LASTS,
        scopes: vec![CLOUD_PLATFORM.to_owned()],
        reason: RequestReason::of_session(session, said),
    };
    let token = own.mint(&wanted).await;
    let token = token.map_err(|error| failed(&format!("act as {account}"), &error))?;
    google_as_bearer(token).await
}

fn show(
    context: &Context,
    resource: &ResourceName,
    asking: &AskingArguments,
    rights: &Rights,
) -> Result<(), Error> {
    let granted = || rights.held.iter().map(String::as_str);
    let missing = || rights.testable.difference(&rights.held).map(String::as_str);
    let answer = Answer {
        resource: resource.as_str(),
        account: rights.account.as_deref(),
        granted: (!asking.missing).then(|| granted().collect()),
        missing: (!asking.granted).then(|| missing().collect()),
    };
    let rows = |side: &Option<Vec<&str>>| side.as_ref().map_or(0, Vec::len);
    if context.output.is_for_people() && rows(&answer.granted) + rows(&answer.missing) == 0 {
        return Ok(());
    }
    context.output.data(&answer, || {
        let granted = answer.granted.iter().flatten().copied();
        let missing = answer.missing.iter().flatten().copied();
        output::permissions::list(granted, missing, context.output.width())
    })
}

/// What it comes to, for people.
fn summary(rights: &Rights) -> String {
    let (who, has) = match &rights.account {
        Some(account) => (visible(account), "has"),
        None => ("You".to_owned(), "have"),
    };
    match (rights.held.len(), rights.testable.len()) {
        (_, 0) => "Google names no permission that could be granted on this resource.".into(),
        (0, _) => format!("{who} {has} no access to this resource."),
        (held, all) if held == all => format!("{who} {has} full access to this resource."),
        (held, all) => format!("{who} {has} {held} of {all} permissions on this resource."),
    }
}
