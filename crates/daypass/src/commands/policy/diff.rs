//! `daypass policy diff`: what a change of the entitlements means for people.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use daypass_core::email::Email;
use daypass_core::entitlement::{Catalogue, load};
use daypass_core::principal::Principal;
use daypass_core::rehearsal::{Change, Difference, Direction, Groups, difference, read};
use serde::Serialize;

use super::Context;
use super::{files, markdown, revision};
use crate::cli::DiffArguments;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::style::{self, paint};
use crate::output::{self, principal, visible};

/// More names than this are counted on a terminal; JSON and YAML name all.
const MOST_NAMES: usize = 12;

pub(super) fn run(context: &Context, arguments: &DiffArguments) -> Result<Exit, Error> {
    let people = people(&arguments.people)?;
    let Some((old, _)) = version(&arguments.old, &arguments.new)? else {
        return Ok(Exit::Failed);
    };
    let Some((new, shared)) = version(&arguments.new, &arguments.old)? else {
        return Ok(Exit::Failed);
    };
    let groups = match (&arguments.groups, shared) {
        (Some(path), _) => files::groups(Some(path))?,
        // The world that the newer version makes up for all of its tests.
        (None, shared) => Ok(shared),
    };
    let groups = match groups {
        Ok(groups) => groups,
        Err(findings) => {
            files::tell(&findings);
            return Ok(Exit::Failed);
        }
    };
    let mut found = difference(&old, &new, &groups);
    if !people.is_empty() {
        found = found.only_for(&people);
    }
    if arguments.markdown && context.output.is_for_people() {
        output::print(&markdown::document(&found))?;
    } else {
        context.output.data(&Report::of(&found), || text(&found))?;
    }
    if groups.is_empty() {
        output::talk("groups stand for themselves; --groups FILE names the people in them");
    }
    Ok(if arguments.fail_on_new_power && found.may_be_new_power() {
        Exit::Failed
    } else {
        Exit::Done
    })
}

/// The entitlements of one version, and the groups of the fixtures that it has for all its files. None: it cannot be
/// read, which is told.
fn version(text: &str, other: &str) -> Result<Option<(Catalogue, Arc<Groups>)>, Error> {
    let sources = revision::read(text, other)?;
    let loaded = load(&sources).and_then(|catalogue| {
        // A file without fixtures of its own plays in the world that is shared.
        let last = daypass_core::entitlement::Source {
            name: String::new(),
            text: "apiVersion: daypass/v1\nentitlements: []".into(),
        };
        let all: Vec<_> = sources.iter().cloned().chain([last]).collect();
        let mut rehearsals = read(&all, &Arc::default())?;
        let shared = rehearsals.pop().map(|last| last.world.groups);
        Ok((catalogue, shared.unwrap_or_default()))
    });
    match loaded {
        Ok(loaded) => Ok(Some(loaded)),
        Err(findings) => {
            files::tell(&findings);
            Ok(None)
        }
    }
}

/// People by their address, and other principals as IAM writes them.
fn people(all: &[String]) -> Result<BTreeSet<String>, Error> {
    let read = |text: &String| match Email::parse(text) {
        Ok(email) => Ok(Principal::of_account(email)),
        Err(_) => text.parse::<Principal>(),
    };
    all.iter()
        .map(|text| {
            let principal = read(text).map_err(|error| Error::Usage {
                message: error.to_string(),
                hint: error.hint().unwrap_or_default().to_owned(),
            })?;
            Ok(principal.to_string())
        })
        .collect()
}

/// The difference as data.
#[derive(Serialize)]
struct Report<'a> {
    summary: String,
    may_be_new_power: bool,
    changes: Vec<Row<'a>>,
    renamed: Vec<[String; 2]>,
    in_words_only: Vec<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    direction: &'static str,
    way: &'static str,
    entitlement: String,
    who: &'a [String],
    what: &'a [String],
    term: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

impl<'a> Report<'a> {
    fn of(found: &'a Difference) -> Self {
        let row = |change: &'a Change| Row {
            direction: change.direction.word(),
            way: change.way.word(),
            entitlement: change.entitlement.to_string(),
            who: &change.who,
            what: &change.what,
            term: &change.term,
            before: change.before.as_deref(),
            after: change.after.as_deref(),
        };
        let renamed = found.renamed.iter();
        Self {
            summary: summary(found),
            may_be_new_power: found.may_be_new_power(),
            changes: found.changes.iter().map(row).collect(),
            renamed: renamed
                .map(|(old, new)| [old.to_string(), new.to_string()])
                .collect(),
            in_words_only: found
                .in_words_only
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

/// What a direction is called above its changes.
pub(super) fn heading(direction: Direction) -> &'static str {
    match direction {
        Direction::New => "Newly possible",
        Direction::More => "Possible more easily, or for longer",
        Direction::Other => "Different: read whether it is more or less",
        Direction::Asked => "Newly asked to approve or review: no new power",
        Direction::Less => "Possible less easily, or for shorter",
        Direction::Lost => "No longer possible",
    }
}

/// One line that says how much changes.
pub(super) fn summary(found: &Difference) -> String {
    let words = |direction| match direction {
        Direction::New => "newly possible",
        Direction::More => "easier or longer",
        Direction::Other => "different",
        Direction::Asked => "newly asked to approve or review",
        Direction::Less => "harder or shorter",
        Direction::Lost => "no longer possible",
    };
    let counts: Vec<String> = Direction::ALL
        .into_iter()
        .map(|direction| (found.pairs(direction), words(direction)))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    if counts.is_empty() {
        return "Nothing changes for anybody.".into();
    }
    format!(
        "{} (each is one person or group with one role on one resource).",
        counts.join(", ")
    )
}

/// What is not a change for anybody, a line each.
pub(super) fn remarks(found: &Difference) -> Vec<String> {
    let renamed = found.renamed.iter();
    let mut lines: Vec<String> = renamed
        .map(|(old, new)| format!("{old} is called {new} now, and is the same otherwise."))
        .collect();
    if !found.in_words_only.is_empty() {
        let ids: Vec<String> = found
            .in_words_only
            .iter()
            .map(ToString::to_string)
            .collect();
        lines.push(format!(
            "Written differently, and the same for everybody: {}. Requests that wait are decided anew.",
            ids.join(", ")
        ));
    }
    lines
}

/// How it was and how it is.
pub(super) fn terms(change: &Change) -> String {
    match (&change.before, &change.after) {
        (None, Some(after)) => after.clone(),
        (Some(before), None) => format!("was {before}"),
        (before, after) => {
            let or = |text: &Option<String>| text.clone().unwrap_or_default();
            format!("{}: {} → {}", change.term, or(before), or(after))
        }
    }
}

fn text(found: &Difference) -> String {
    let mut text = String::new();
    let mut direction = None;
    for change in &found.changes {
        if direction != Some(change.direction) {
            let _ = writeln!(text, "{}", title(change.direction));
            direction = Some(change.direction);
        }
        let who: Vec<String> = change.who.iter().map(|who| principal(who)).collect();
        let _ = writeln!(
            text,
            "  {} {}: {}",
            change.way.word(),
            change.entitlement,
            few(&who)
        );
        let what: Vec<String> = change.what.iter().map(|what| visible(what)).collect();
        let _ = writeln!(text, "      {}", few(&what));
        let _ = writeln!(text, "      {}\n", visible(&terms(change)));
    }
    for remark in remarks(found) {
        let _ = writeln!(text, "{}", visible(&remark));
    }
    let _ = writeln!(text, "{}", summary(found));
    text
}

fn title(direction: Direction) -> String {
    let style = match direction {
        Direction::New | Direction::More => style::BAD,
        Direction::Other => style::WAITING,
        Direction::Asked | Direction::Less | Direction::Lost => style::GOOD,
    };
    paint(style, heading(direction))
}

fn few(names: &[String]) -> String {
    let shown = names.get(..MOST_NAMES).unwrap_or(names).join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
