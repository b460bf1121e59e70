//! Policy documents of JIT Groups 2.x: each JIT group becomes an entitlement, or two where some may approve for
//! themselves and others need somebody's yes.
//!
//! There a person joins a group that holds roles; here the person is given the roles. Mistakes in a document carry the
//! names that JIT Groups gives them.

mod access;
mod constraint;
mod document;
mod expression;
mod people;
mod rules;
mod tree;
mod write;

#[cfg(test)]
mod tests;

use super::report::{Gathering, Imported, Place, shown};
use super::settings::Settings;
use crate::entitlement::Source;

/// What to read, and how JIT Groups was set up.
#[derive(Debug, Default)]
pub struct JitGroups<'a> {
    /// The policy documents.
    pub documents: &'a [Source],
    /// Its environment variables, as `KEY=VALUE` lines.
    pub environment: Option<&'a Source>,
    /// The name of an environment whose document has none.
    pub default_name: Option<&'a str>,
    /// The domain of the organization's own people, which `class:` principals stand for.
    pub domain: Option<&'a str>,
}

/// Reads the documents.
pub fn import(source: &JitGroups<'_>) -> Imported {
    let mut gathering = Gathering::default();
    let mut settings = source.environment.map_or_else(Settings::default, |file| {
        Settings::read(file, &mut gathering)
    });
    if let Some(domain) = source.domain {
        settings.domain = Some(domain.to_ascii_lowercase());
    }
    if let Some(domain) = &settings.domain
        && !crate::email::is_domain(domain)
    {
        let place = Place::file("--domain");
        gathering.wrong(&place, format!("{} is not a domain", shown(domain)));
    }
    for document in source.documents {
        if let Some(environment) = document::read(document, source.default_name, &mut gathering) {
            write::environment(&environment, &settings, &mut gathering);
        }
    }
    gathering.finish()
}
