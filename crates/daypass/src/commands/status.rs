//! `daypass status`: one's grants, one grant, or the inbox.

use daypass_api::{Grant, Grants};
use daypass_core::Timestamp;
use daypass_session::{Description, SESSION, Sessions};
use serde::Serialize;

use super::assume::inherited;
use super::context::block_on;
use super::{Context, grant_id};
use crate::cli::StatusArguments;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;
use crate::output::grant::Listing;

pub(super) fn run(context: &Context, arguments: &StatusArguments) -> Result<Exit, Error> {
    let is_plain =
        arguments.grant.is_none() && !arguments.inbox && !arguments.all && !arguments.reviews;
    let sessions = if is_plain { sessions()? } else { Vec::new() };
    // They are of this machine, so that no server is needed to see them, nor waited for.
    if context.output.is_for_people() && !sessions.is_empty() {
        show(context, &sessions)?;
    }
    let client = match context.client() {
        Err(Error::NoServer) if is_plain => return without_server(context, sessions),
        client => client?,
    };
    if let Some(id) = &arguments.grant {
        let grant = block_on(grant_id::find(&client, id))?;
        context.output.data(&grant, || {
            output::grant::detail(&grant, client.now(), context.output.width())
        })?;
        if let (true, Some(step)) = (context.output.is_for_people(), next_step(&grant)) {
            output::hint(&step);
        }
        return Ok(Exit::Done);
    }
    let scope = match (arguments.inbox, arguments.all) {
        (true, _) => "inbox",
        (_, true) => "overseen",
        _ if arguments.reviews => "reviews",
        _ => "mine",
    };
    let mut grants = block_on(client.grants(scope, arguments.limit))?;
    if arguments.all {
        // Whoever oversees nothing may still see their own; ids begin with the time, so their order is that of asking.
        grants.extend(block_on(client.grants("mine", arguments.limit))?);
        grants.sort_unstable_by(|one, other| other.id.cmp(&one.id));
        grants.dedup_by(|one, other| one.id == other.id);
        grants.truncate(arguments.limit);
    }
    if context.output.is_for_people() && !sessions.is_empty() {
        output::print("\n")?;
    }
    if context.output.is_for_people() && grants.is_empty() {
        output::talk(match scope {
            "inbox" => "Nothing waits for your word.",
            "reviews" => "No emergency waits for your review.",
            "overseen" => "There are no grants that you may see.",
            _ => "You have no grants.",
        });
        if scope == "mine" {
            output::hint("'daypass list' shows what you may ask for");
        }
        return Ok(Exit::Done);
    }
    let page = Status {
        sessions,
        grants: Grants { grants, next: None },
    };
    context.output.data(&page, || {
        output::grant::list(
            &page.grants.grants,
            match scope {
                "mine" => Listing::Own,
                "reviews" => Listing::Reviews,
                _ => Listing::OfPeople,
            },
            client.now(),
            context.output.width(),
        )
    })?;
    Ok(Exit::Done)
}

/// What there is to see: the sessions of this machine, and grants.
#[derive(Serialize)]
struct Status {
    /// Left out where grants of others are looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sessions: Vec<Description>,
    #[serde(flatten)]
    grants: Grants,
}

/// The sessions that are alive here, after what dead ones left was cleared up.
fn sessions() -> Result<Vec<Description>, Error> {
    let place = daypass_session::place::sessions(&inherited()).map_err(Error::Session)?;
    let sessions = Sessions::at(place);
    sessions.sweep();
    Ok(sessions.list())
}

/// Where no server is known, sessions are all there is, and all of them are direct.
fn without_server(context: &Context, sessions: Vec<Description>) -> Result<Exit, Error> {
    if context.output.is_for_people() {
        if sessions.is_empty() {
            output::talk("No session is open, and no server is known.");
            output::hint(
                "daypass login --server https://daypass.example.com, or daypass assume -s EMAIL -R WHY",
            );
        }
        return Ok(Exit::Done);
    }
    let status = Status {
        sessions,
        grants: Grants {
            grants: Vec::new(),
            next: None,
        },
    };
    context.output.data(&status, String::new)?;
    Ok(Exit::Done)
}

/// The sessions for people, with a mark at that of this shell.
fn show(context: &Context, sessions: &[Description]) -> Result<(), Error> {
    let own = inherited().get(SESSION).map(std::ffi::OsStr::to_owned);
    let is_own = |session: &Description| own.as_ref().is_some_and(|own| *own == *session.id);
    let table = output::session::list(sessions, is_own, now(), context.output.width());
    output::print(&table)
}

#[expect(
    clippy::disallowed_methods,
    reason = "sessions are of this machine, and shown before any server is asked for the time"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// What the caller may do about the grant, if it is their turn.
fn next_step(grant: &Grant) -> Option<String> {
    let id = output::visible(&grant.id);
    let comment = if grant.comment_required {
        " -m TEXT"
    } else {
        ""
    };
    if grant.may_decide {
        Some(format!(
            "daypass approve {id}{comment}, or daypass deny {id} -m TEXT"
        ))
    } else if grant.may_review {
        Some(format!(
            "daypass review {id} --justified, or --not-justified -m TEXT"
        ))
    } else if grant.may_deny {
        Some(format!(
            "it is not for you to approve now; you may still deny it: daypass deny {id} -m TEXT"
        ))
    } else {
        None
    }
}
