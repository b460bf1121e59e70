//! `daypass assume`: a session in which every tool acts as a service account.

mod binding;
mod brokered;
mod direct;
mod notices;
mod proxy;
mod way;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use daypass_core::email::Email;
use daypass_core::ids::GrantId;
use daypass_engine::ports::{Clock, Tokens};
use daypass_session::{
    Audience, Ending, Inside, Journal, Length, Plan, SessionError, Sessions, Variables, Way, place,
};

use super::{Context, own_failure};
use crate::cli::{AssumeArguments, MetadataAudience, SessionArguments};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(context: &Context, arguments: &AssumeArguments) -> Result<Exit, Error> {
    let mut words = arguments.command.iter().cloned();
    match words.next() {
        Some(program) => {
            let arguments_inside = words.collect();
            Ok(run_inside(
                context,
                &arguments.session,
                program,
                arguments_inside,
            ))
        }
        None => {
            let shell = daypass_session::of_user(&inherited());
            let ending = open(context, &arguments.session, Inside::Shell(shell))?;
            Ok(match ending {
                Ending::TimeUp => Exit::Over,
                other => told_by(other),
            })
        }
    }
}

/// One program in a session of its own. Its exit code is ours; whatever goes wrong before is told here.
pub(super) fn run_inside(
    context: &Context,
    arguments: &SessionArguments,
    program: OsString,
    inside: Vec<OsString>,
) -> Exit {
    let inside = Inside::Command {
        program,
        arguments: inside,
    };
    match open(context, arguments, inside) {
        Ok(Ending::TimeUp) => Exit::Over.beside_a_program(),
        Ok(ending) => told_by(ending),
        Err(error) => {
            output::error(&error);
            match &error {
                Error::Session(SessionError::Start { source, .. }) => Exit::not_started(source),
                other => other.exit().beside_a_program(),
            }
        }
    }
}

/// What keeps a session from beginning, in the words of whoever refused.
fn failed(error: SessionError) -> Error {
    match error {
        SessionError::Token { account, source } => {
            own_failure::failed(&format!("act as {account}"), &source)
        }
        other => Error::Session(other),
    }
}

/// The exit code of an ending, as shells tell it.
fn told_by(ending: Ending) -> Exit {
    /// What a shell would say of a program whose terminal is gone.
    const HANG_UP: u8 = 1;
    match ending {
        Ending::Exit(code) => Exit::Program(code),
        Ending::TimeUp => Exit::Over,
        Ending::Signal(signal) => Exit::Program(128 + u8::try_from(signal).unwrap_or(0)),
        Ending::Abandoned => Exit::Program(128 + HANG_UP),
    }
}

fn open(context: &Context, arguments: &SessionArguments, inside: Inside) -> Result<Ending, Error> {
    let is_for_a_person = matches!(inside, Inside::Shell(_));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let ending = runtime.block_on(async {
        let inherited = inherited();
        let source = way::choose(context, arguments).await?;
        let plan = plan(arguments, inherited, source, inside)?;
        let clock = Arc::clone(&plan.clock);
        let account = plan.account.to_string();
        let tell = move |notice: &_| notices::tell(notice, &account, clock.now(), is_for_a_person);
        daypass_session::hold(plan, &tell).await.map_err(failed)
    });
    // A thread that still waits for Google must not hold up the end.
    runtime.shutdown_background();
    ending
}

/// Where the tokens of a session come from, and what follows from that.
struct Source {
    tokens: Arc<dyn Tokens>,
    clock: Arc<dyn Clock>,
    account: Email,
    said: String,
    way: Way,
    /// What joins Google's audit log to ours: the grant's, or one of its own.
    id: GrantId,
    length: Length,
    token_lifetime: daypass_core::duration::Duration,
    is_sandbox: bool,
}

fn plan(
    arguments: &SessionArguments,
    inherited: Variables,
    source: Source,
    inside: Inside,
) -> Result<Plan, Error> {
    Ok(Plan {
        reason: daypass_core::reason::RequestReason::of_session(source.id, &source.said),
        // Two sessions may stand on one grant, so each has a name of its own.
        id: direct::new_id(source.clock.now()).to_string(),
        tokens: source.tokens,
        clock: source.clock,
        account: source.account,
        way: source.way,
        said: source.said,
        length: source.length,
        token_lifetime: source.token_lifetime,
        metadata: arguments.metadata.map(|audience| match audience {
            MetadataAudience::Secret => Audience::Secret,
            MetadataAudience::User => Audience::User,
        }),
        proxy: if arguments.proxy {
            Some(proxy::wanted(arguments, &inherited)?)
        } else {
            None
        },
        project: arguments.project.clone(),
        sessions: Sessions::at(place::sessions(&inherited).map_err(Error::Session)?),
        journal: Journal::below(&place::state(&inherited).map_err(Error::Session)?),
        left_out: left_out(&inside),
        inside,
        inherited,
        is_sandbox: source.is_sandbox,
        program: own_program()?,
    })
}

/// The first version of the Cloud SQL proxy knows no credential file of this kind and ends over it; without one it asks
/// gcloud, which has the session's token (finding of its version 1.17).
fn left_out(inside: &Inside) -> &'static [&'static str] {
    match inside {
        Inside::Command { program, .. }
            if std::path::Path::new(program).file_name() == Some("cloud_sql_proxy".as_ref()) =>
        {
            &["GOOGLE_APPLICATION_CREDENTIALS"]
        }
        _ => &[],
    }
}

/// The environment as it is outside.
pub(super) fn inherited() -> Variables {
    std::env::vars_os().collect()
}

fn own_program() -> Result<PathBuf, Error> {
    Ok(std::env::current_exe()?)
}
