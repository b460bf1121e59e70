//! `daypass approve` and `daypass deny`.

use daypass_api::Decide;

use super::context::{block_on, terminal_error};
use super::{Context, grant_id};
use crate::cli::DecideArguments;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn approve(context: &Context, arguments: &DecideArguments) -> Result<Exit, Error> {
    decide(context, arguments, "approve", "Approve this?")
}

pub(super) fn deny(context: &Context, arguments: &DecideArguments) -> Result<Exit, Error> {
    decide(context, arguments, "deny", "Deny this?")
}

/// Shows what is decided on, then sends the hash of just that: if the request is another by then, the server refuses.
fn decide(
    context: &Context,
    arguments: &DecideArguments,
    verb: &str,
    question: &str,
) -> Result<Exit, Error> {
    let client = context.client()?;
    let seen = block_on(grant_id::find(&client, &arguments.grant))?;
    if !context.has_said_yes() && context.can_ask() {
        output::talk(&output::grant::detail(
            &seen,
            client.now(),
            context.output.width(),
        ));
        context.confirm_word(question)?;
    }
    let mut comment = arguments.message.clone();
    if verb == "approve" && seen.comment_required && comment.is_none() {
        comment = Some(required_comment(context)?);
    }
    let decide = Decide {
        comment,
        request_hash: Some(seen.request_hash.clone()),
    };
    let grant = block_on(client.decide(&seen.id, verb, &decide))?;
    context.output.data(&grant, || {
        output::grant::detail(&grant, client.now(), context.output.width())
    })?;
    Ok(Exit::Done)
}

/// Asks why, where the entitlement wants the approver to say so.
fn required_comment(context: &Context) -> Result<String, Error> {
    if context.has_said_yes() || !context.can_ask() {
        return Err(Error::Usage {
            message: "whoever approves this must say why".into(),
            hint: "add -m TEXT".into(),
        });
    }
    dialoguer::Input::<String>::new()
        .with_prompt("Why do you approve it?")
        .interact_text()
        .map_err(terminal_error)
}
