//! What a session needs and nobody has said is asked for, where somebody is there to be asked.

use std::path::Path;

use daypass_session::Inside;
use daypass_session::arguments::{ArgumentError, Strayed, is_project, strayed};

use super::direct::named_account;
use crate::cli::TokenArguments;
use crate::commands::context::terminal_error;
use crate::commands::{Context, list_service_accounts};
use crate::error::Error;
use crate::output::{self, visible};
use crate::wiring::active_project;

/// The same arguments with an account and a reason. Without a terminal what is missing is an error of its own, later.
pub(super) fn complete(
    context: &Context,
    arguments: &TokenArguments,
) -> Result<TokenArguments, Error> {
    let mut complete = arguments.clone();
    if let Some(project) = complete.project.as_deref().filter(|it| !is_project(it)) {
        return Err(ArgumentError::NotAProject(project.to_owned()).into());
    }
    if !context.can_ask() {
        return Ok(complete);
    }
    if named_account(&complete)?.is_none() {
        let project = complete.project.as_deref();
        complete.service_account = Some(list_service_accounts::choose(context, project)?);
    }
    if complete.reason.is_none() {
        complete.reason = Some(reason()?);
    }
    Ok(complete)
}

/// What is missing still, where a flag that would say it stands among the command's own arguments: there it is the
/// command's, which the person may not know.
pub(super) fn check(arguments: &TokenArguments, inside: &Inside) -> Result<(), Error> {
    let Inside::Command {
        program,
        arguments: behind,
    } = inside
    else {
        return Ok(());
    };
    let Strayed { account, reason } = strayed(behind);
    let is_said = |reason: &String| !reason.trim().is_empty();
    let (question, flag) = match (account, reason) {
        (Some(flag), _) if named_account(arguments)?.is_none() => ("which service account?", flag),
        (_, Some(flag)) if !arguments.reason.as_ref().is_some_and(is_said) => ("why?", flag),
        _ => return Ok(()),
    };
    let program = Path::new(program).file_name().unwrap_or(program);
    let program = visible(&program.to_string_lossy());
    Err(Error::Usage {
        message: format!(
            "{question} {flag} stands among the arguments of {program}, so it went to {program}"
        ),
        hint: format!(
            "write Daypass's {flag} in front of all that is {program}'s, and of '--' where there is one"
        ),
    })
}

fn reason() -> Result<String, Error> {
    dialoguer::Input::<String>::new()
        .with_prompt("Why (it goes into the audit logs)")
        .validate_with(|text: &String| match text.trim() {
            "" => Err("say why"),
            _ => Ok(()),
        })
        .interact_text()
        .map_err(terminal_error)
}

/// Shows what is about to begin and asks for a yes, of those who are used to it from ephemeral-iam: there, no is the
/// usual answer, and is no mistake.
pub(super) fn is_wanted(
    context: &Context,
    arguments: &TokenArguments,
    inside: &Inside,
) -> Result<bool, Error> {
    if !context.confirms_sessions() {
        return Ok(true);
    }
    let project = arguments.project.clone().or_else(active_project);
    let account = named_account(arguments)?.map(|account| account.to_string());
    let rows = [
        ("Project", project),
        ("Service account", account),
        ("Reason", arguments.reason.clone()),
        ("Command", Some(command(inside))),
    ];
    let rows = rows.map(|(name, value)| {
        let value = value.unwrap_or_else(|| "(none)".into());
        (name, visible(&value))
    });
    output::talk(&output::fields(rows.into(), context.output.width()));
    let answer = dialoguer::Confirm::new()
        .with_prompt("Continue")
        .default(false)
        .interact_opt();
    let is_wanted = answer.map_err(terminal_error)? == Some(true);
    if !is_wanted {
        output::talk("Abandoning Command...");
    }
    Ok(is_wanted)
}

fn command(inside: &Inside) -> String {
    match inside {
        Inside::Shell(_) => "a shell".into(),
        Inside::Command { program, arguments } => std::iter::once(program)
            .chain(arguments)
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" "),
    }
}
