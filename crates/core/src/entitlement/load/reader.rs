//! Reading values out of one file, and noting what is wrong where it stands.

use serde_saphyr::{Location, Spanned};

use super::places::Place;
use super::{MAX_FILE_BYTES, Source};
use crate::diagnostic::{Diagnostic, Severity};
use crate::duration::Duration;
use crate::email::Email;
use crate::entitlement::raw::{File, RawPlace};
use crate::principal::Principal;

/// Reads one file. Findings of all its parts are told, not only the first.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    lines: Vec<&'a str>,
    pub(super) findings: &'a mut Vec<Diagnostic>,
    /// The parts of the entitlement that is being read; none: nobody will ask.
    pub(super) parts: Option<Vec<(String, Place)>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        source: &'a Source,
        findings: &'a mut Vec<Diagnostic>,
        remembers_places: bool,
    ) -> Self {
        Self {
            source,
            lines: source.text.lines().collect(),
            findings,
            parts: remembers_places.then(Vec::new),
        }
    }

    pub(super) fn parse(&mut self) -> Option<File> {
        if self.source.text.len() > MAX_FILE_BYTES {
            let finding = Diagnostic {
                hint: Some("split it into several files".into()),
                ..Diagnostic::error(
                    &self.source.name,
                    format!("the file is larger than {MAX_FILE_BYTES} bytes"),
                )
            };
            self.findings.push(finding);
            return None;
        }
        match crate::yaml::read::<File>(&self.source.text, crate::yaml::MAX_NODES) {
            Ok(file) => Some(file),
            Err(error) => {
                // The typed reading stops at the first mistake; the table of forms finds them all, with better words.
                let mut mistakes = crate::form::mistakes(&self.source.text);
                if mistakes.is_empty() {
                    mistakes.push(crate::form::tell(&error, &self.source.text));
                }
                for told in mistakes {
                    self.push(told.location, told.width, &told.message, Some(&told.hint));
                }
                None
            }
        }
    }

    fn push(
        &mut self,
        location: Option<Location>,
        width: usize,
        message: &str,
        hint: Option<&str>,
    ) {
        let message = crate::justification::printable(message, 400);
        let mut finding =
            match location {
                Some(location) => Place::of(&self.source.name, &self.lines, location, width)
                    .finding(Severity::Error, message, ""),
                None => Diagnostic::error(&self.source.name, message),
            };
        finding.hint = hint.map(str::to_owned);
        self.findings.push(finding);
    }

    /// A finding about a part.
    pub(super) fn note<T: Width>(&mut self, at: &Spanned<T>, message: impl AsRef<str>, hint: &str) {
        self.push(
            Some(at.referenced),
            at.value.width(),
            message.as_ref(),
            Some(hint),
        );
    }

    /// A finding about some bytes of a text. They are underlined where the text stands in one line as it is, or in the
    /// lines of a block.
    pub(super) fn note_within(
        &mut self,
        at: &Spanned<String>,
        span: crate::cel::Span,
        message: &str,
        hint: &str,
    ) {
        let (before, inside) = (
            at.value.get(..span.start),
            at.value.get(span.start..span.end),
        );
        let line = usize::try_from(at.referenced.line()).unwrap_or(0);
        let column = usize::try_from(at.referenced.column()).unwrap_or(0);
        let rest: Option<String> = line
            .checked_sub(1)
            .and_then(|line| self.lines.get(line))
            .map(|line| line.chars().skip(column.saturating_sub(1)).collect());
        // One more character where it stands in quotes.
        let shift = rest.and_then(|rest| {
            let inner = rest.strip_prefix(['\'', '"']);
            let quoted = inner.is_some_and(|inner| inner.starts_with(&at.value));
            (quoted || rest.starts_with(&at.value)).then_some(u64::from(quoted))
        });
        self.note(at, message, hint);
        if self.point_into_block(at, span) {
            return;
        }
        if let (Some(before), Some(inside), Some(finding), Some(shift)) =
            (before, inside, self.findings.last_mut(), shift)
        {
            let count = |text: &str| u64::try_from(text.chars().count()).unwrap_or(0);
            finding.column += count(before) + shift;
            finding.width = count(inside).max(1);
        }
    }

    /// Moves the last finding to some bytes of a text of several lines, if these stand in the file as they are.
    fn point_into_block(&mut self, at: &Spanned<String>, span: crate::cel::Span) -> bool {
        // What is missing at the end is missing in the last line, not in the one after its line break.
        let start = span.start.min(at.value.trim_end().len());
        let span = crate::cel::Span { start, ..span };
        let (nth, inner_column) = span.line_and_column(&at.value);
        let written = at
            .value
            .contains('\n')
            .then(|| at.value.lines().nth(nth - 1));
        let line = usize::try_from(at.referenced.line()).unwrap_or(0) + nth - 1;
        let column = usize::try_from(at.referenced.column()).unwrap_or(0);
        let (Some(Some(written)), Some(text), Some(finding)) = (
            written,
            line.checked_sub(1).and_then(|line| self.lines.get(line)),
            self.findings.last_mut(),
        ) else {
            return false;
        };
        let inner: String = text.chars().skip(column.saturating_sub(1)).collect();
        if inner.trim_end() != written.trim_end() {
            return false;
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(0);
        let inside = at.value.get(span.start..span.end).unwrap_or_default();
        let width = inside.lines().next().map_or(1, |line| line.chars().count());
        finding.line = count(line);
        finding.column = count(column + inner_column - 1);
        finding.width = count(width).max(1);
        finding.excerpt = Some(crate::justification::printable(text, 160));
        true
    }

    /// Remembers where a part stands.
    pub(super) fn place<T: Width>(&mut self, path: impl Into<String>, at: &Spanned<T>) {
        if let Some(parts) = &mut self.parts {
            let width = at.value.width();
            let place = Place::of(&self.source.name, &self.lines, at.referenced, width);
            parts.push((path.into(), place));
        }
    }

    /// The value, or a finding where it stands.
    pub(super) fn read<T>(
        &mut self,
        at: &Spanned<String>,
        parse: impl Fn(&str) -> Result<T, crate::Error>,
    ) -> Option<T> {
        parse(&at.value)
            .map_err(|error| {
                let hint = match &error {
                    // An address alone does not tell whether it is a person or a group.
                    crate::Error::Principal(text) if Email::parse(text).is_ok() => {
                        Some(format!("write user:{text} or group:{text}"))
                    }
                    other => other.hint().map(str::to_owned),
                };
                self.push(
                    Some(at.referenced),
                    at.value.width(),
                    &error.to_string(),
                    hint.as_deref(),
                );
            })
            .ok()
    }

    /// All values, or findings for those that are wrong.
    pub(super) fn read_all<T>(
        &mut self,
        at: &[Spanned<String>],
        parse: impl Fn(&str) -> Result<T, crate::Error>,
    ) -> Option<Vec<T>> {
        let values: Vec<Option<T>> = at.iter().map(|one| self.read(one, &parse)).collect();
        values.into_iter().collect()
    }

    /// A list of principals, each of which has its place under `path`.
    pub(super) fn principals(
        &mut self,
        path: &str,
        at: &[Spanned<String>],
    ) -> Option<Vec<Principal>> {
        for (index, one) in at.iter().enumerate() {
            self.place(format!("{path}[{index}]"), one);
        }
        self.read_all(at, str::parse)
    }

    /// A duration, or the other one where none is written.
    pub(super) fn duration_or(
        &mut self,
        at: Option<&Spanned<String>>,
        other: Duration,
    ) -> Option<Duration> {
        at.map_or(Some(other), |at| self.read(at, Duration::parse))
    }

    /// A duration, where one is written.
    #[expect(clippy::option_option, reason = "the outer one is a finding")]
    pub(super) fn optional_duration(
        &mut self,
        at: Option<&Spanned<String>>,
    ) -> Option<Option<Duration>> {
        match at {
            None => Some(None),
            Some(at) => self.read(at, Duration::parse).map(Some),
        }
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(
        &mut self,
        at: Option<&Spanned<String>>,
        usual: T,
        words: &[(&str, T)],
    ) -> Option<T> {
        let Some(at) = at else { return Some(usual) };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == at.value) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let found = crate::justification::printable(&at.value, 60);
        self.note(
            at,
            format!("expected {}, found '{found}'", known.join(" or ")),
            &format!("write {}", known.join(" or ")),
        );
        None
    }

    /// A regular expression, checked.
    #[expect(clippy::option_option, reason = "the outer one is a finding")]
    pub(super) fn pattern(&mut self, at: Option<&Spanned<String>>) -> Option<Option<String>> {
        let Some(at) = at else { return Some(None) };
        let checked = regex::RegexBuilder::new(&at.value)
            .size_limit(MAX_PATTERN_BYTES)
            .build();
        if let Err(error) = checked {
            let message = error.to_string();
            let message = message
                .lines()
                .last()
                .unwrap_or_default()
                .replace("error: ", "");
            self.note(
                at,
                format!("the pattern is not a regular expression: {message}"),
                "write it such as '^INC-[0-9]+ ', and a bracket that is meant as text with a backslash: \\[",
            );
            return None;
        }
        Some(Some(at.value.clone()))
    }
}

/// Largest size of a compiled pattern, in bytes: a pattern is compiled with each decision.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// How many characters of a line a part takes; what is more than one line counts as one character.
pub(super) trait Width {
    fn width(&self) -> usize;
}

impl Width for String {
    fn width(&self) -> usize {
        if self.contains('\n') {
            1
        } else {
            self.chars().count().max(1)
        }
    }
}

impl Width for u32 {
    fn width(&self) -> usize {
        self.to_string().len()
    }
}

impl Width for RawPlace {
    fn width(&self) -> usize {
        match self {
            Self::Named(name) => name.width(),
            Self::Projects(_) => 1,
        }
    }
}

macro_rules! one_character_wide {
    ($($kind:ty),*) => {
        $(impl Width for $kind {
            fn width(&self) -> usize {
                1
            }
        })*
    };
}

one_character_wide!(
    crate::entitlement::raw::RawApproval,
    crate::entitlement::raw::RawBreakGlass
);

/// The fields that the typed reading expects in the place of the first one that it does not know.
#[cfg(test)]
pub(crate) fn expected_fields(text: &str) -> Option<Vec<&'static str>> {
    match serde_saphyr::from_str::<File>(text)
        .err()?
        .without_snippet()
    {
        serde_saphyr::Error::SerdeUnknownField { expected, .. } => Some(expected.clone()),
        _ => None,
    }
}
