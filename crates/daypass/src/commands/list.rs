//! `daypass list` and `daypass search`: what may be asked for.

use daypass_api::Entitlements;

use super::Context;
use super::context::block_on;
use crate::cli::{ListArguments, SearchArguments};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(context: &Context, arguments: &ListArguments) -> Result<Exit, Error> {
    let Some(id) = &arguments.entitlement else {
        return entitlements(context, None);
    };
    let client = context.client()?;
    let entitlement = block_on(client.entitlement(id))?;
    context.output.data(&entitlement, || {
        output::entitlement::detail(&entitlement, context.output.width())
    })?;
    Ok(Exit::Done)
}

pub(super) fn search(context: &Context, arguments: &SearchArguments) -> Result<Exit, Error> {
    entitlements(context, Some(&arguments.words.join(" ")))
}

fn entitlements(context: &Context, search: Option<&str>) -> Result<Exit, Error> {
    let client = context.client()?;
    let entitlements = block_on(client.entitlements(search))?;
    if context.output.is_for_people() && entitlements.is_empty() {
        output::talk(match search {
            Some(_) => "Nothing that you may see has these words.",
            None => "There is nothing that you may ask for.",
        });
        output::hint(if search.is_some() {
            "daypass list"
        } else {
            "'daypass whoami' shows the groups that the server knows you in"
        });
        return Ok(Exit::Done);
    }
    // Programs get the shape of the API, in one page.
    let page = Entitlements {
        entitlements,
        next: None,
    };
    context.output.data(&page, || {
        output::entitlement::list(&page.entitlements, context.output.width())
    })?;
    Ok(Exit::Done)
}
