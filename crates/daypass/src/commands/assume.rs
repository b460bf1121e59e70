//! `daypass assume`: a session in which every tool acts as a service account.

mod asking;
mod binding;
mod brokered;
mod direct;
mod failure;
mod notices;
mod own;
mod program;
mod proxy;
mod way;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::ids::GrantId;
use daypass_engine::ports::{AccessToken, Clock, Tokens};
use daypass_session::{
    Audience, Ending, Inside, Journal, Length, Notice, Plan, SessionError, Sessions, Standing,
    Variables, Way, place,
};

use super::context::block_on;
use super::{Context, signals};
pub(super) use failure::is_inside;

use crate::cli::{AssumeArguments, MetadataAudience, SessionArguments, TokenArguments};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

/// What comes of the wish for a session.
enum Outcome {
    /// There was one.
    Ended(Ending),
    /// The person did not want it after all.
    Declined,
}

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
            let outcome = open(context, &arguments.session, Inside::Shell(shell))?;
            Ok(match outcome {
                Outcome::Ended(Ending::TimeUp | Ending::Fallen(_)) => Exit::Over,
                Outcome::Ended(other) => told_by(&other),
                Outcome::Declined => Exit::Done,
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
        Ok(Outcome::Ended(Ending::TimeUp | Ending::Fallen(_))) => Exit::Over.beside_a_program(),
        Ok(Outcome::Ended(ending)) => told_by(&ending),
        Ok(Outcome::Declined) => Exit::Done,
        Err(error) => {
            output::error(&error);
            match &error {
                Error::Session(SessionError::Start { source, .. }) => Exit::not_started(source),
                other => other.exit().beside_a_program(),
            }
        }
    }
}

/// The exit code of an ending, as shells tell it.
fn told_by(ending: &Ending) -> Exit {
    /// What a shell would say of a program whose terminal is gone.
    const HANG_UP: u8 = 1;
    match ending {
        Ending::Exit(code) => Exit::Program(*code),
        Ending::TimeUp | Ending::Fallen(_) => Exit::Over,
        Ending::Signal(signal) => Exit::Program(128 + u8::try_from(*signal).unwrap_or(0)),
        Ending::Abandoned => Exit::Program(128 + HANG_UP),
    }
}

fn open(context: &Context, arguments: &SessionArguments, inside: Inside) -> Result<Outcome, Error> {
    // First of all: a grant may be waited for, and whoever began this may go meanwhile.
    let parent = std::os::unix::process::parent_id();
    program::check(&inside)?;
    let token = asking::complete(context, &arguments.token)?;
    asking::check(&token, &inside)?;
    if !asking::is_wanted(context, &token, &inside)? {
        return Ok(Outcome::Declined);
    }
    let is_for_a_person = matches!(inside, Inside::Shell(_));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let ending = runtime.block_on(async {
        let source = way::choose(context, &token).await?;
        let plan = plan(arguments, inherited(), source, inside, parent)?;
        let clock = Arc::clone(&plan.clock);
        let account = plan.account.to_string();
        let way = plan.way.clone();
        let served = notices::served(arguments, &plan.inherited);
        let tell = move |notice: &_| {
            notices::tell(notice, &account, clock.now(), is_for_a_person);
            if let (true, Notice::Began { .. }) = (is_for_a_person, notice) {
                for line in &served {
                    output::talk(line);
                }
            }
        };
        let held = daypass_session::hold(plan, &tell).await;
        held.map_err(|error| failure::told(error, &way))
    });
    // A thread that still waits for Google must not hold up the end.
    runtime.shutdown_background();
    ending.map(Outcome::Ended)
}

/// What Google gives at the very most, to accounts that an organization policy allows it; else it is an hour
/// (<https://cloud.google.com/iam/docs/create-short-lived-credentials-direct>).
const LONGEST_AT_GOOGLE: Duration = Duration::minutes(12 * 60);

/// One token, for a script that wants nothing else.
pub(super) fn single(
    context: &Context,
    arguments: &TokenArguments,
    program: &str,
) -> Result<Single, Error> {
    if let Some(asked) = arguments
        .duration
        .filter(|asked| *asked > LONGEST_AT_GOOGLE)
    {
        return Err(Error::Usage {
            message: format!("{asked} is too long: a token lives {LONGEST_AT_GOOGLE} at most"),
            hint: "a session has new tokens for as long as it lasts: daypass assume".into(),
        });
    }
    let token = asking::complete(context, arguments)?;
    let inside = Inside::Command {
        program: program.into(),
        arguments: Vec::new(),
    };
    block_on(async {
        let mut source = way::choose(context, &token).await?;
        if let (Way::Direct, Some(asked)) = (&source.way, token.duration) {
            // Google says what the account allows.
            source.token_lifetime = asked;
        }
        let account = source.account.clone();
        let session = SessionArguments {
            token,
            ..SessionArguments::default()
        };
        let parent = std::os::unix::process::parent_id();
        let plan = plan(&session, inherited(), source, inside, parent)?;
        let told_to_end = signals::told_to_end()?;
        let token = tokio::select! {
            token = daypass_session::single(&plan) => token,
            () = told_to_end => return Err(Error::Declined),
        };
        let token = token.map_err(|error| failure::told(error, &plan.way))?;
        Ok(Single { account, token })
    })
}

/// A token, and whose it is.
pub(super) struct Single {
    pub(super) account: Email,
    pub(super) token: AccessToken,
}

/// Where the tokens of a session come from, and what follows from that.
struct Source {
    tokens: Arc<dyn Tokens>,
    /// The grant, where there is one.
    standing: Option<Arc<dyn Standing>>,
    clock: Arc<dyn Clock>,
    account: Email,
    said: String,
    way: Way,
    /// What joins Google's audit log to ours: the grant's, or one of its own.
    id: GrantId,
    length: Length,
    token_lifetime: Duration,
    is_sandbox: bool,
}

fn plan(
    arguments: &SessionArguments,
    inherited: Variables,
    source: Source,
    inside: Inside,
    parent: u32,
) -> Result<Plan, Error> {
    Ok(Plan {
        reason: daypass_core::reason::RequestReason::of_session(source.id, &source.said),
        id: match source.way {
            Way::Direct => source.id,
            // Two sessions may stand on one grant, so each has a name of its own.
            _ => direct::new_id(source.clock.now()),
        }
        .to_string(),
        tokens: source.tokens,
        standing: source.standing,
        clock: source.clock,
        account: source.account,
        said: source.said,
        length: match source.way {
            Way::Direct if arguments.renew => Length::WhileAllowed,
            // The grant behind it ends, whatever is wished.
            _ => source.length,
        },
        way: source.way,
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
        project: arguments.token.project.clone(),
        sessions: Sessions::at(place::sessions(&inherited).map_err(Error::Session)?),
        journal: Journal::below(&place::state(&inherited).map_err(Error::Session)?),
        left_out: left_out(&inside),
        inside,
        inherited,
        is_sandbox: source.is_sandbox,
        parent,
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
