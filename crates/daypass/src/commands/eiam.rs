//! `daypass eiam …`, and `daypass` called by the name `eiam`: ephemeral-iam's own command names, aliases and flags.
//!
//! A line of its is translated into one of ours, and nothing else: what ours does is what happens. So what it did
//! worse is not brought back; `query-permissions` asks as the person and not silently as their default account.

mod flags;
mod query;

use std::ffi::OsString;

use daypass_session::arguments::{OwnFlags, split_like_ephemeral_iam};

use crate::error::Error;
use crate::exit::Exit;
use crate::output;
use crate::settings::LoggingFormat;
use flags::{Flag, Line};

/// The command, and the name of the program that is as good.
pub(super) const NAME: &str = "eiam";

/// What a line means that leaves it out.
#[derive(Debug, Clone, Default)]
pub(super) struct Defaults {
    /// The value of `-f`.
    pub(super) format: LoggingFormat,
    /// The project that gcloud works in.
    pub(super) project: Option<String>,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Translated {
    /// This line of ours, without the program's name.
    Words(Vec<OsString>),
    /// This text.
    Help(&'static str),
}

const HELP: &str = "\
ephemeral-iam's commands, as Daypass has them

Usage: daypass eiam [-f text|json|debug] [-y] COMMAND …

  assume-privileges, priv -s SA -R REASON [-p PROJECT]   daypass assume
  gcloud, kubectl, cloud_sql_proxy ARGS -s SA -R REASON  daypass gcloud, kubectl, cloud-sql-proxy
  list-service-accounts, list [-p PROJECT]               daypass list-service-accounts
  default-service-accounts, default-sa set|list          daypass default-service-accounts
  query-permissions compute-instance -i NAME -z ZONE     daypass query-permissions compute-instance
  query-permissions project -p PROJECT                   daypass query-permissions project
  query-permissions pubsub -t TOPIC                      daypass query-permissions pubsub-topic
  query-permissions service-account -s SA                daypass query-permissions service-account
  query-permissions storage-bucket -b BUCKET             daypass query-permissions bucket
  config print|view|set|info|import                      daypass config
  plugins list|install|remove                            daypass plugins
  version                                                daypass version

-f json prints data as JSON (-o json). 'daypass config import' takes over ephemeral-iam's own settings.
'daypass help COMMAND' says more about each.
";

/// Prints its commands beside ours.
pub(super) fn help() -> Result<Exit, Error> {
    output::print(HELP)?;
    Ok(Exit::Done)
}

/// Translates what stands behind `eiam`.
pub(super) fn translate(words: &[OsString], defaults: &Defaults) -> Result<Translated, Error> {
    let (mut line, behind) = Line::up_to_the_command(words)?;
    let Some((command, rest)) = behind.split_first() else {
        return Ok(Translated::Help(HELP));
    };
    // What is no text is no command of its, so it is a plugin's name, if anything.
    let command = command.to_str().unwrap_or_default();
    if line
        .words
        .iter()
        .any(|word| word == "-h" || word == "--help")
        || command == "help"
    {
        return Ok(Translated::Help(HELP));
    }
    let words = match command {
        "gcloud" | "kubectl" | "cloud_sql_proxy" | "cloud-sql-proxy" => {
            return wrapper(&line, command, rest).map(Translated::Words);
        }
        "assume-privileges" | "priv" => {
            line.read(rest)?;
            let flags = line.take(&[Flag::ServiceAccount, Flag::Reason, Flag::Project]);
            [line.ours()?, vec!["assume".into()], flags, line.words].concat()
        }
        "list-service-accounts" | "list" | "ls" => {
            line.read(rest)?;
            let flags = line.take(&[Flag::Project]);
            let command = vec!["list-service-accounts".into()];
            [line.data(defaults)?, command, flags, line.words].concat()
        }
        "default-service-accounts" | "default-sa" => {
            line.read(rest)?;
            let flags = line.take(&[Flag::Project]);
            let command = vec!["default-service-accounts".into()];
            // There it is a flag, here the command's argument.
            let account = line.values(Flag::ServiceAccount);
            [line.data(defaults)?, command, line.words, flags, account].concat()
        }
        "query-permissions" => query::translate(line, rest, defaults)?,
        "config" => {
            line.read(rest)?;
            [line.data(defaults)?, vec!["config".into()], line.words].concat()
        }
        "plugins" => plugins(line, rest, defaults)?,
        "version" => {
            line.read(rest)?;
            [line.data(defaults)?, vec!["version".into()], line.words].concat()
        }
        "completion" => [vec!["completions".into()], rest.to_vec()].concat(),
        // A plugin reads its own flags.
        _ => [line.ours()?, behind.to_vec()].concat(),
    };
    Ok(Translated::Words(words))
}

/// Its flags are taken out of the tool's arguments and stand in front of them.
fn wrapper(line: &Line, command: &str, rest: &[OsString]) -> Result<Vec<OsString>, Error> {
    let mut words = line.ours()?;
    words.push(command.into());
    if rest
        .first()
        .is_some_and(|first| first == "-h" || first == "--help")
    {
        words.push("--help".into());
        return Ok(words);
    }
    let split = split_like_ephemeral_iam(rest)?;
    let OwnFlags {
        service_account,
        reason,
        project,
        yes,
        ..
    } = split.own;
    let flags = [
        ("-s", service_account.map(|account| account.to_string())),
        ("-p", project),
    ];
    for (flag, value) in flags {
        words.extend(
            value
                .into_iter()
                .flat_map(|value| [flag.into(), value.into()]),
        );
    }
    // In one word: a reason may begin with a dash.
    words.extend(reason.map(|reason| format!("--reason={reason}").into()));
    words.extend(yes.then(|| "-y".into()));
    words.push("--".into());
    words.extend(split.rest);
    Ok(words)
}

fn plugins(mut line: Line, rest: &[OsString], defaults: &Defaults) -> Result<Vec<OsString>, Error> {
    let gone = |what: &str| Error::Usage {
        message: format!("{what}: no tokens are kept"),
        hint: "daypass plugins install FILE_OR_URL --sha256 HEX needs none".into(),
    };
    // `-t` is a token here, and a topic elsewhere.
    line.read(rest)?;
    if line.words.first().is_some_and(|word| word == "auth") {
        return Err(gone("there is no 'plugins auth' any more"));
    }
    if line.has(Flag::Topic) || line.words.iter().any(is_token) {
        return Err(gone("'plugins install' takes no token"));
    }
    let url = line.values(Flag::Url);
    Ok([
        line.data(defaults)?,
        vec!["plugins".into()],
        line.words,
        url,
    ]
    .concat())
}

fn is_token(word: &OsString) -> bool {
    let bytes = word.as_encoded_bytes();
    bytes == b"--token" || bytes.starts_with(b"--token=")
}

#[cfg(test)]
mod tests;
