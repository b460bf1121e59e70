//! `daypass revoke`: ends somebody's grant.

use daypass_api::Decide;

use super::context::block_on;
use super::{Context, grant_id};
use crate::cli::RevokeArguments;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(context: &Context, arguments: &RevokeArguments) -> Result<Exit, Error> {
    let client = context.client()?;
    let seen = block_on(grant_id::find(&client, &arguments.grant))?;
    let decide = Decide {
        comment: arguments.message.clone(),
        request_hash: None,
    };
    let grant = block_on(client.decide(&seen.id, "revoke", &decide))?;
    context.output.data(&grant, || {
        output::grant::detail(&grant, client.now(), context.output.width())
    })?;
    Ok(Exit::Done)
}
