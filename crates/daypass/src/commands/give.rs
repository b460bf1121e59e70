//! `daypass give`: a grantor gives, unasked.

use daypass_api::{CreateGrant, Give};

use super::context::block_on;
use super::{Context, follow, wish};
use crate::cli::GiveArguments;
use crate::error::Error;
use crate::exit::Exit;

pub(super) fn run(context: &Context, arguments: &GiveArguments) -> Result<Exit, Error> {
    let client = context.client()?;
    let give = CreateGrant {
        give: Some(Give {
            role: arguments.role.clone(),
            on: arguments.on.clone(),
            to: arguments.to.clone(),
        }),
        duration: arguments.duration.map(|duration| duration.to_string()),
        justification: arguments.reason.clone(),
        start_at: arguments.at.map(|at| at.to_string()),
        notify: arguments.notify.clone(),
        ..CreateGrant::default()
    };
    if !context.has_said_yes() && !wish::confirm(context, &client, &give, "You give")? {
        return Ok(Exit::Denied);
    }
    let grant = block_on(client.create_grant(&give))?;
    follow::show(context, &client, grant, &arguments.wait)
}
