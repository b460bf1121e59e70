//! Where in the files each part of an entitlement stands, for findings that come after the reading.

use std::collections::BTreeMap;

use serde_saphyr::Location;

use crate::diagnostic::{Diagnostic, Severity};
use crate::entitlement::EntitlementId;

/// One place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1; 0: none.
    pub line: u64,
    /// The column, from 1, in characters.
    pub column: u64,
    /// How many characters it is wide.
    pub width: u64,
    /// The text of the line.
    pub excerpt: Option<String>,
}

impl Place {
    /// The place of a part in the file whose lines these are.
    pub(super) fn of(file: &str, lines: &[&str], location: Location, width: usize) -> Self {
        let line = location.line();
        let excerpt = usize::try_from(line)
            .unwrap_or(0)
            .checked_sub(1)
            .and_then(|index| lines.get(index))
            .map(|line| crate::justification::printable(line, 160));
        Self {
            file: file.to_owned(),
            line,
            column: location.column(),
            width: u64::try_from(width).unwrap_or(1),
            excerpt,
        }
    }

    /// A finding here.
    pub fn finding(
        &self,
        severity: Severity,
        message: impl Into<String>,
        hint: &str,
    ) -> Diagnostic {
        Diagnostic {
            severity,
            code: None,
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            width: self.width,
            message: message.into(),
            hint: Some(hint.to_owned()),
            excerpt: self.excerpt.clone(),
        }
    }
}

/// The places of the parts of all entitlements. A part is named by its path below the entitlement, such as
/// `privileges[0].roles[1]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<(EntitlementId, String), Place>);

impl Places {
    pub(super) fn extend(&mut self, id: &EntitlementId, parts: Vec<(String, Place)>) {
        self.0.extend(
            parts
                .into_iter()
                .map(|(path, place)| ((id.clone(), path), place)),
        );
    }

    /// Where a part stands; the nearest part above it that has a place, at last the entitlement's id.
    pub fn of(&self, id: &EntitlementId, path: &str) -> Option<&Place> {
        let mut path = path.to_owned();
        loop {
            if let Some(place) = self.0.get(&(id.clone(), path.clone())) {
                return Some(place);
            }
            match path.rfind(['.', '[']) {
                Some(cut) => path.truncate(cut),
                None if path == "id" => return None,
                None => path = "id".into(),
            }
        }
    }
}
