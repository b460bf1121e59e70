//! `daypass request` and `daypass explain`: the same words, with and without the effect.

use daypass_api::CreateGrant;
use daypass_core::entitlement::JustificationRule;
use dialoguer::{Input, Select};

use super::context::{block_on, terminal_error};
use super::{Context, follow, inputs, wish};
use crate::cli::{RequestArguments, WishArguments};
use crate::client::Client;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{self, short, visible};

pub(super) fn run(context: &Context, arguments: &RequestArguments) -> Result<Exit, Error> {
    let client = context.client()?;
    let mut ask = read(context, &client, &arguments.wish)?;
    if !context.has_said_yes() {
        if context.can_ask() {
            complete(&client, &mut ask)?;
        }
        if !wish::confirm(context, &client, &ask, "You ask")? {
            return Ok(Exit::Denied);
        }
    }
    let grant = block_on(client.create_grant(&ask))?;
    follow::show(context, &client, grant, &arguments.wait)
}

pub(super) fn explain(context: &Context, arguments: &WishArguments) -> Result<Exit, Error> {
    let client = context.client()?;
    let ask = read(context, &client, arguments)?;
    let explanation = block_on(client.explain(&ask))?;
    context.output.data(&explanation, || {
        output::explanation::detail(&explanation, context.output.width())
    })?;
    Ok(if explanation.decision == "denied" {
        Exit::Denied
    } else {
        Exit::Done
    })
}

fn read(
    context: &Context,
    client: &Client,
    arguments: &WishArguments,
) -> Result<CreateGrant, Error> {
    let entitlement = match &arguments.entitlement {
        Some(id) => id.clone(),
        None => pick(context, client)?,
    };
    Ok(CreateGrant {
        entitlement: Some(entitlement),
        give: None,
        duration: arguments
            .terms
            .duration
            .map(|duration| duration.to_string()),
        justification: arguments.terms.reason.clone(),
        start_at: arguments.terms.at.map(|at| at.to_string()),
        only: arguments.terms.only.clone(),
        beneficiary: arguments.terms.to.clone(),
        input: inputs::given(&arguments.terms.input)?,
        notify: arguments.notify.clone(),
    })
}

/// Lets the person choose; without a terminal it is an error.
fn pick(context: &Context, client: &Client) -> Result<String, Error> {
    if !context.can_ask() {
        return Err(Error::Usage {
            message: "which entitlement?".into(),
            hint: "name one; 'daypass list' shows them".into(),
        });
    }
    let mut entitlements = block_on(client.entitlements(None))?;
    entitlements.retain(|entitlement| entitlement.may_request);
    let longest = entitlements
        .iter()
        .map(|entitlement| entitlement.id.len())
        .max()
        .unwrap_or(0);
    let rows: Vec<_> = entitlements
        .iter()
        .map(|entitlement| {
            format!(
                "{:longest$}  {}, up to {}",
                visible(&entitlement.id),
                short(&entitlement.title, 60),
                visible(&entitlement.max_duration)
            )
        })
        .collect();
    if rows.is_empty() {
        return Err(Error::Usage {
            message: "there is nothing that you may ask for".into(),
            hint: "'daypass whoami' shows the groups that the server knows you in".into(),
        });
    }
    match Select::new()
        .with_prompt("Ask for what")
        .items(&rows)
        .default(0)
        .max_length(15)
        .interact_opt()
        .map_err(terminal_error)?
    {
        Some(index) => Ok(entitlements.swap_remove(index).id),
        None => Err(Error::Declined),
    }
}

/// Asks for what the entitlement wants and the command line does not say.
fn complete(client: &Client, ask: &mut CreateGrant) -> Result<(), Error> {
    let id = ask.entitlement.as_deref().unwrap_or_default();
    let entitlement = block_on(client.entitlement(id))?;
    inputs::complete(&entitlement.inputs, &mut ask.input)?;
    if ask.justification.is_some() || !entitlement.justification_required {
        return Ok(());
    }
    let prompt = match output::entitlement::writing(&entitlement) {
        Some(what) => format!("Why? ({what})"),
        None => "Why?".into(),
    };
    let rule = JustificationRule {
        required: true,
        pattern: entitlement.justification_pattern.clone(),
        hint: None,
    };
    let reason = Input::<String>::new()
        .with_prompt(prompt)
        .validate_with(|text: &String| rule.read(text).map(drop))
        .interact_text()
        .map_err(terminal_error)?;
    ask.justification = Some(reason);
    Ok(())
}
