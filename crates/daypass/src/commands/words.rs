//! The words of the command line, before they are read: `eiam …` becomes a line of ours, and what belongs to a wrapped
//! tool is put out of the reader's way.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::eiam::{self, Defaults, Translated};
use crate::cli::ASSUME;
use crate::error::Error;
use crate::settings::Settings;
use crate::wiring::active_project;

/// The wrappers, with their aliases.
const WRAPPERS: [&str; 4] = ["gcloud", "kubectl", "cloud-sql-proxy", "cloud_sql_proxy"];

/// Flags in front of a command that have a value: those of `cli::Global`.
const FLAGS_WITH_A_VALUE: [&str; 4] = ["--server", "--output", "-o", "--id-token-file"];

/// What is to be done with a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// It is to be read; the program's name stands first.
    Read(Vec<OsString>),
    /// This text is to be printed.
    Print(&'static str),
}

/// Prepares the words of the command line, the program's name first.
pub(crate) fn prepare(words: Vec<OsString>) -> Result<Words, Error> {
    let program = words.first().map(Path::new).and_then(Path::file_name);
    if program == Some(OsStr::new(eiam::NAME)) {
        return of_eiam(&[], words.get(1..).unwrap_or_default());
    }
    let Some(place) = place_of_the_command(&words) else {
        return Ok(Words::Read(words));
    };
    if words[place] == eiam::NAME {
        return of_eiam(&words[1..place], &words[place + 1..]);
    }
    Ok(Words::Read(shield(words, place)))
}

/// Whether a line that was typed is to run a program of the person's, whose exit codes are its own.
pub(crate) fn runs_a_program(words: &[OsString]) -> bool {
    let program = words.first().map(Path::new).and_then(Path::file_name);
    let is_eiam = program == Some(OsStr::new(eiam::NAME));
    let Some(place) = place_of_the_command(words) else {
        return false;
    };
    if words[place] == eiam::NAME && !is_eiam {
        return runs_a_program(&words[place..]);
    }
    let command = &words[place];
    let behind = &words[place + 1..];
    WRAPPERS.iter().any(|wrapper| command == wrapper)
        || (ASSUME.iter().any(|name| command == name)
            && behind
                .iter()
                .position(|word| word == "--")
                .is_some_and(|dashes| dashes + 1 < behind.len()))
}

fn of_eiam(front: &[OsString], words: &[OsString]) -> Result<Words, Error> {
    // Settings that cannot be read are told by the commands that need them.
    let settings = Settings::load().unwrap_or_default();
    let defaults = Defaults {
        format: settings.logging_format.unwrap_or_default(),
        project: active_project(),
    };
    Ok(match eiam::translate(words, &defaults)? {
        Translated::Help(text) => Words::Print(text),
        Translated::Words(ours) => {
            let asking = vec!["daypass".into(), "--confirm".into()];
            let words = [asking, front.to_vec(), ours].concat();
            let place = place_of_the_command(&words);
            Words::Read(match place {
                Some(place) => shield(words, place),
                None => words,
            })
        }
    })
}

/// Puts `--` behind a wrapper's name, and the name again: all that follows is read by the rule of
/// `daypass_session::arguments`, and none of it as a flag of every command.
fn shield(mut words: Vec<OsString>, command: usize) -> Vec<OsString> {
    if WRAPPERS.iter().any(|wrapper| words[command] == **wrapper) {
        let name = words[command].clone();
        words.insert(command + 1, "--".into());
        words.insert(command + 2, name);
    }
    words
}

/// Where the command stands, behind the flags that every command takes.
fn place_of_the_command(words: &[OsString]) -> Option<usize> {
    let mut places = 1..words.len();
    while let Some(place) = places.next() {
        let word = words[place].as_encoded_bytes();
        if word == b"--" {
            return None;
        }
        if !word.starts_with(b"-") {
            return Some(place);
        }
        // `-yo json` is `-y -o json`.
        let last = word.strip_prefix(b"-y").map(|rest| [b"-", rest].concat());
        let word = last.as_deref().unwrap_or(word);
        if FLAGS_WITH_A_VALUE
            .iter()
            .any(|flag| flag.as_bytes() == word)
        {
            places.next();
        }
    }
    None
}

#[cfg(test)]
mod tests;
