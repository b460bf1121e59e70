//! `daypass extend`: a new request that, once decided, takes the place of a grant that is active.

use daypass_api::Extend;

use super::context::block_on;
use super::{Context, follow, grant_id};
use crate::cli::ExtendArguments;
use crate::error::Error;
use crate::exit::Exit;

pub(super) fn run(context: &Context, arguments: &ExtendArguments) -> Result<Exit, Error> {
    let client = context.client()?;
    let parent = block_on(grant_id::find(&client, &arguments.grant))?;
    let extend = Extend {
        duration: arguments.duration.map(|duration| duration.to_string()),
        justification: arguments.reason.clone(),
    };
    let child = block_on(client.extend(&parent.id, &extend))?;
    follow::show(context, &client, child, &arguments.wait)
}
