//! Reading entitlement files: from YAML to a catalogue, or to diagnostics that say where and what to do.

mod approval;
mod constraint;
mod entitlement;
mod places;
mod privilege;
mod reader;
mod repetition;
mod terms;

use std::collections::BTreeMap;

use super::{Catalogue, Entitlement, EntitlementId};
use crate::diagnostic::Diagnostic;
use reader::Reader;

pub use places::{Place, Places};
#[cfg(test)]
pub(crate) use reader::expected_fields;

/// The version of the format.
const API_VERSION: &str = "daypass/v1";

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Source {
    /// Its name, as it shall stand in diagnostics.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Entitlements with the places of their parts.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The entitlements.
    pub catalogue: Catalogue,
    /// Where each part stands.
    pub places: Places,
}

/// Reads all files as one catalogue. Every finding of every file is told, not only the first.
pub fn load(sources: &[Source]) -> Result<Catalogue, Vec<Diagnostic>> {
    read(sources, false).map(|loaded| loaded.catalogue)
}

/// Reads all files, and remembers where everything stands.
pub fn load_with_places(sources: &[Source]) -> Result<Loaded, Vec<Diagnostic>> {
    read(sources, true)
}

fn read(sources: &[Source], with_places: bool) -> Result<Loaded, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let mut entitlements: Vec<Entitlement> = Vec::new();
    let mut taken: BTreeMap<EntitlementId, String> = BTreeMap::new();
    let mut places = Places::default();
    for source in sources {
        let mut reader = Reader::new(source, &mut findings, with_places);
        let Some(file) = reader.parse() else { continue };
        if file.api_version.value != API_VERSION {
            let found = crate::justification::printable(&file.api_version.value, 60);
            reader.note(
                &file.api_version,
                format!("the format '{found}' is not known"),
                &format!("write apiVersion: {API_VERSION}"),
            );
            continue;
        }
        for raw in &file.entitlements {
            let Some(entitlement) = reader.entitlement(raw, file.defaults.as_ref()) else {
                continue;
            };
            let here = format!("{}:{}", source.name, raw.id.referenced.line());
            if let Some(first) = taken.get(&entitlement.id) {
                reader.note(
                    &raw.id,
                    format!(
                        "the id '{}' is used twice; first at {first}",
                        entitlement.id
                    ),
                    "ids are unique over all files; rename one, or remove it",
                );
                continue;
            }
            taken.insert(entitlement.id.clone(), here);
            if let Some(parts) = &mut reader.parts {
                places.extend(&entitlement.id, std::mem::take(parts));
            }
            entitlements.push(entitlement);
        }
    }
    if findings.is_empty() {
        #[cfg(test)]
        crate::form::tests::assert_accepted(sources);
        Ok(Loaded {
            catalogue: Catalogue::new(entitlements),
            places,
        })
    } else {
        Err(findings)
    }
}

#[cfg(test)]
mod tests;
