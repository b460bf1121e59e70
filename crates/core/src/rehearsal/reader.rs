//! Reading values out of one file of rehearsals, and noting what is wrong where it stands.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_saphyr::{Location, Spanned};

use super::case::Expected;
use super::raw::RawList;
use crate::diagnostic::{Diagnostic, Severity};
use crate::email::Email;
use crate::entitlement::{Place, Source};
use crate::justification::printable;

/// Longest line that is shown below a finding, in characters: a test often stands in one line.
const LONGEST_EXCERPT: usize = 320;

/// That something is wrong, and noted already.
pub(super) struct Noted;

pub(super) struct Reader<'a> {
    source: &'a Source,
    lines: Vec<&'a str>,
    pub(super) findings: &'a mut Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source, findings: &'a mut Vec<Diagnostic>) -> Self {
        Self {
            source,
            lines: source.text.lines().collect(),
            findings,
        }
    }

    pub(super) fn parse<T: DeserializeOwned>(&mut self, hint: &str) -> Option<T> {
        crate::yaml::read(&self.source.text, crate::yaml::MAX_NODES_OF_A_LISTING)
            .map_err(|error| {
                let text = error.to_string();
                let first = text.lines().next().unwrap_or_default();
                let message = without_place(first.trim_end_matches(':'));
                let mut finding = Diagnostic::error(&self.source.name, printable(message, 400));
                if let Some(location) = error.location() {
                    finding =
                        self.place_at(location, 1)
                            .finding(Severity::Error, finding.message, "");
                }
                finding.hint = Some(hint.to_owned());
                self.findings.push(finding);
            })
            .ok()
    }

    fn place_at(&self, location: Location, width: usize) -> Place {
        let line = location.line();
        let index = usize::try_from(line).unwrap_or(0).checked_sub(1);
        Place {
            file: self.source.name.clone(),
            line,
            column: location.column(),
            width: u64::try_from(width).unwrap_or(1),
            excerpt: index
                .and_then(|index| self.lines.get(index))
                .map(|line| printable(line, LONGEST_EXCERPT)),
        }
    }

    /// Where something stands that is `width` characters wide.
    pub(super) fn place<T>(&self, at: &Spanned<T>, width: usize) -> Place {
        self.place_at(at.referenced, width)
    }

    pub(super) fn place_of(&self, at: &Spanned<String>) -> Place {
        let width = if at.value.contains('\n') {
            1
        } else {
            at.value.chars().count().max(1)
        };
        self.place(at, width)
    }

    pub(super) fn note(&mut self, place: &Place, message: impl Into<String>, hint: &str) {
        self.findings
            .push(place.finding(Severity::Error, message, hint));
    }

    /// The value, or a finding where it stands.
    pub(super) fn read<T>(
        &mut self,
        at: &Spanned<String>,
        parse: impl Fn(&str) -> Result<T, crate::Error>,
    ) -> Option<T> {
        parse(&at.value)
            .map_err(|error| {
                let place = self.place_of(at);
                self.note(&place, error.to_string(), error.hint().unwrap_or_default());
            })
            .ok()
    }

    /// The value where one is written.
    pub(super) fn optional<T>(
        &mut self,
        at: Option<&Spanned<String>>,
        parse: impl Fn(&str) -> Result<T, crate::Error>,
    ) -> Result<Option<T>, Noted> {
        at.map(|at| self.read(at, parse).ok_or(Noted)).transpose()
    }

    /// A point in time, where one is written.
    pub(super) fn time(
        &mut self,
        at: Option<&Spanned<String>>,
    ) -> Result<Option<jiff::Timestamp>, Noted> {
        let Some(at) = at else { return Ok(None) };
        at.value.parse().map(Some).map_err(|_| {
            let message = format!("'{}' is not a point in time", printable(&at.value, 60));
            let place = self.place_of(at);
            self.note(&place, message, "write it as 2026-12-01T09:00:00Z");
            Noted
        })
    }

    /// People or groups; a wrong one is noted and left out.
    pub(super) fn addresses(&mut self, list: &[Spanned<String>]) -> Vec<Email> {
        list.iter()
            .filter_map(|at| self.read(at, |text| Email::parse(address(text))))
            .collect()
    }

    /// What is expected of a list, each entry as decisions write it.
    pub(super) fn expected_set(
        &mut self,
        list: Option<&RawList>,
        canonical: impl Fn(&str) -> String,
    ) -> Option<Expected<BTreeSet<String>>> {
        let list = list?;
        Some(Expected {
            value: list.value.iter().map(|at| canonical(&at.value)).collect(),
            place: match list.value.first() {
                // The entries are what is meant; a list without any has only the place of its bracket.
                Some(first) => self.place_of(first),
                None => self.place(list, 2),
            },
        })
    }
}

/// An address without the kind in front of it.
pub(super) fn address(text: &str) -> &str {
    ["user:", "group:", "serviceAccount:"]
        .iter()
        .find_map(|kind| text.strip_prefix(kind))
        .unwrap_or(text)
}

/// The parser's message without the place, which the diagnostic shows by itself.
fn without_place(message: &str) -> &str {
    let rest = message.strip_prefix("error: ").unwrap_or(message);
    match rest.split_once(": ") {
        Some((place, text)) if place.starts_with("line ") => text,
        _ => rest,
    }
}
