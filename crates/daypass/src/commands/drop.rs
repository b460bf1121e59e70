//! `daypass drop`: what waits is taken back, what is in force is given back.

use daypass_api::{Decide, Grant, Grants};
use daypass_core::state::State;
use dialoguer::Select;

use super::context::{block_on, terminal_error};
use super::{Context, grant_id};
use crate::cli::DropArguments;
use crate::client::Client;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

/// How far back open grants are looked for.
const LOOKED_THROUGH: usize = 1_000;

pub(super) fn run(context: &Context, arguments: &DropArguments) -> Result<Exit, Error> {
    let client = context.client()?;
    let chosen = choose(context, arguments, &client)?;
    if chosen.is_empty() {
        output::talk("You have nothing to drop.");
        return Ok(Exit::Done);
    }
    let mut dropped = Vec::new();
    let mut first_error = None;
    for grant in &chosen {
        match block_on(drop_one(&client, grant)) {
            Ok(grant) => dropped.push(grant),
            // The others are dropped all the same: less standing access is what was asked for.
            Err(error) if arguments.all => {
                output::talk(&format!(
                    "{} is not dropped: {}",
                    output::visible(&grant.id),
                    output::visible(&error.to_string())
                ));
                first_error.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    let (now, width) = (client.now(), context.output.width());
    if let (false, [grant]) = (arguments.all, dropped.as_slice()) {
        context
            .output
            .data(grant, || output::grant::detail(grant, now, width))?;
    } else {
        let page = Grants {
            grants: dropped,
            next: None,
        };
        context.output.data(&page, || {
            output::grant::list(&page.grants, output::grant::Listing::Own, now, width)
        })?;
    }
    first_error.map_or(Ok(Exit::Done), Err)
}

fn choose(
    context: &Context,
    arguments: &DropArguments,
    client: &Client,
) -> Result<Vec<Grant>, Error> {
    if let Some(id) = &arguments.grant {
        return Ok(vec![block_on(grant_id::find(client, id))?]);
    }
    let mut open = block_on(client.grants("mine", LOOKED_THROUGH))?;
    open.retain(|grant| {
        State::parse(&grant.state)
            .is_some_and(|state| !state.is_terminal() && state != State::Revoking)
    });
    if arguments.all || open.is_empty() {
        return Ok(open);
    }
    if !context.can_ask() {
        return Err(Error::Usage {
            message: "which grant?".into(),
            hint: "daypass drop GRANT, or daypass drop --all".into(),
        });
    }
    let table = output::grant::list(
        &open,
        output::grant::Listing::Own,
        client.now(),
        context.output.width(),
    );
    let rows: Vec<&str> = table.lines().skip(1).take(open.len()).collect();
    let picked = Select::new()
        .with_prompt("Drop which grant")
        .items(&rows)
        .default(0)
        .interact_opt()
        .map_err(terminal_error)?;
    match picked {
        Some(index) => Ok(vec![open.swap_remove(index)]),
        None => Err(Error::Declined),
    }
}

async fn drop_one(client: &Client, grant: &Grant) -> Result<Grant, Error> {
    let verb = match State::parse(&grant.state) {
        Some(State::ApprovalAwaited | State::Scheduled) => "withdraw",
        _ => "revoke",
    };
    client.decide(&grant.id, verb, &Decide::default()).await
}
