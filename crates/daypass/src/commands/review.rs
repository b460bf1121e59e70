//! `daypass review`: looking at an emergency afterwards.

use daypass_api::GiveReview;

use super::context::{block_on, terminal_error};
use super::{Context, grant_id};
use crate::cli::ReviewArguments;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(context: &Context, arguments: &ReviewArguments) -> Result<Exit, Error> {
    let client = context.client()?;
    let seen = block_on(grant_id::find(&client, &arguments.grant))?;
    let justified = match (arguments.justified, arguments.not_justified) {
        (true, _) => true,
        (_, true) => false,
        _ => {
            if !context.can_ask() {
                return Err(Error::Usage {
                    message: "was it an emergency?".into(),
                    hint: "add --justified or --not-justified".into(),
                });
            }
            output::talk(&output::grant::detail(
                &seen,
                client.now(),
                context.output.width(),
            ));
            ask()?
        }
    };
    let review = GiveReview {
        justified,
        comment: arguments.message.clone(),
    };
    let grant = block_on(client.review(&seen.id, &review))?;
    context.output.data(&grant, || {
        output::grant::detail(&grant, client.now(), context.output.width())
    })?;
    Ok(Exit::Done)
}

fn ask() -> Result<bool, Error> {
    let answers = [
        "justified: it was an emergency",
        "not justified: it was none",
    ];
    let chosen = dialoguer::Select::new()
        .with_prompt("Your review")
        .items(answers)
        .interact_opt()
        .map_err(terminal_error)?;
    chosen.map(|index| index == 0).ok_or(Error::Declined)
}
