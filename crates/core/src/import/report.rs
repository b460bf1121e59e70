//! What became of everything that was read.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::draft::{self, Draft};
use super::slug::Ids;
use crate::entitlement::{Source, load};
use crate::justification::printable;

/// Longest text of a source that a note shows, in characters.
const SHOWN: usize = 200;

/// Longest message of a note, in characters.
const LONGEST_MESSAGE: usize = 600;

/// Where something stood.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Place {
    /// The file, as it was named.
    pub file: String,
    /// Line and column, from 1, where the format of the source has them.
    pub position: Option<(u64, u64)>,
    /// The way to it in the document, `bindings[3].condition`; empty for the whole.
    pub path: String,
}

impl Place {
    /// The whole of a file.
    pub(super) fn file(name: &str) -> Self {
        Self {
            file: name.to_owned(),
            ..Self::default()
        }
    }

    /// Something inside this place.
    pub(super) fn inside(&self, step: impl fmt::Display) -> Self {
        let step = step.to_string();
        let joint = if self.path.is_empty() || step.starts_with('[') {
            ""
        } else {
            "."
        };
        Self {
            path: format!("{}{joint}{step}", self.path),
            ..self.clone()
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        if !self.path.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        Ok(())
    }
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The source is not what it should be; nothing is imported until it is mended.
    Wrong,
    /// It was not carried over.
    Left,
    /// It was carried over, and works differently now.
    Changed,
    /// It was carried over.
    Carried,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it is about.
    pub weight: Weight,
    /// Where it stood.
    pub place: Place,
    /// The name that the source's own system gives to this mistake.
    pub code: Option<&'static str>,
    /// What became of it, and why.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        match self.code {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Imported {
    /// The entitlements, in the order in which they are written.
    #[serde(rename = "entitlements")]
    pub drafts: Vec<Draft>,
    /// What became of everything that was read.
    pub notes: Vec<Note>,
}

impl Imported {
    /// Whether a source must be mended first. There are no entitlements then.
    pub fn is_wrong(&self) -> bool {
        self.notes.iter().any(|note| note.weight == Weight::Wrong)
    }

    /// The entitlements as one file.
    pub fn yaml(&self) -> String {
        draft::file(&self.drafts)
    }

    /// The entitlements as one file each, `ID.yaml`.
    pub fn files(&self) -> impl Iterator<Item = (String, String)> {
        self.drafts.iter().map(|one| {
            (
                format!("{}.yaml", one.id),
                draft::file(std::slice::from_ref(one)),
            )
        })
    }
}

/// Gathers an import while a source is read.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    pub(super) ids: Ids,
    imported: Imported,
    /// Where in the notes each is, by place and message: what many entitlements share is told once.
    told: BTreeMap<String, usize>,
}

impl Gathering {
    /// Adds a note, unless it is there already.
    pub(super) fn note(&mut self, weight: Weight, place: &Place, message: &str) -> &mut Note {
        let note = Note {
            weight,
            place: place.clone(),
            code: None,
            message: printable(message, LONGEST_MESSAGE),
            hint: None,
        };
        let next = self.imported.notes.len();
        let index = *self.told.entry(note.to_string()).or_insert(next);
        if index == next {
            self.imported.notes.push(note);
        }
        &mut self.imported.notes[index]
    }

    /// Whether something has to be mended first.
    pub(super) fn is_wrong(&self) -> bool {
        self.imported.is_wrong()
    }

    pub(super) fn wrong(&mut self, place: &Place, message: impl AsRef<str>) -> &mut Note {
        self.note(Weight::Wrong, place, message.as_ref())
    }

    pub(super) fn left(&mut self, place: &Place, message: impl AsRef<str>) -> &mut Note {
        self.note(Weight::Left, place, message.as_ref())
    }

    pub(super) fn changed(&mut self, place: &Place, message: impl AsRef<str>) -> &mut Note {
        self.note(Weight::Changed, place, message.as_ref())
    }

    /// Takes an entitlement if our own reader does; what became of the places that it was made of is told either way.
    /// Returns whether it was taken.
    pub(super) fn entitlement(&mut self, places: &[Place], draft: Draft, made_of: &str) -> bool {
        let source = Source {
            name: draft.id.clone(),
            text: draft::file(std::slice::from_ref(&draft)),
        };
        let findings = load(&[source]).err().unwrap_or_default();
        for place in places {
            if findings.is_empty() {
                let message = format!("{made_of}: {}", draft.id);
                self.note(Weight::Carried, place, &message);
            }
            for finding in &findings {
                let note = self.left(place, format!("{made_of}: {}", finding.message));
                note.hint.clone_from(&finding.hint);
            }
        }
        let is_taken = findings.is_empty();
        if is_taken {
            self.imported.drafts.push(draft);
        }
        is_taken
    }

    /// The result. A source that must be mended gives no entitlements: part of them would look like all.
    pub(super) fn finish(self) -> Imported {
        let mut imported = self.imported;
        if imported.is_wrong() {
            imported.drafts.clear();
            imported.notes.retain(|note| note.weight == Weight::Wrong);
        }
        imported
    }
}

/// Text of a source, fit for a message.
pub(super) fn shown(text: &str) -> String {
    format!("'{}'", printable(text, SHOWN))
}
