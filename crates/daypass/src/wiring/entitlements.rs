//! Entitlement files on disk.

use std::path::PathBuf;

use daypass_core::diagnostic::Diagnostic;
use daypass_core::entitlement::{Catalogue, Hash, Source, load};
use daypass_engine::{BadFiles, GoodFiles};

use super::yaml_files::{self, Unreadable};
use crate::configuration::{Configuration, ConfigurationError};

/// Reads all files that the configuration names; of a folder, every `*.yaml` and `*.yml` in it and below, by name.
pub(crate) fn read_catalogue(
    configuration: &Configuration,
) -> Result<Catalogue, ConfigurationError> {
    let sources = read_sources(&paths(configuration))?;
    load(&sources).map_err(ConfigurationError::Entitlements)
}

/// Whether files or folders are named and no file is in them. A server that has entitlements refuses that: nobody
/// means to take everything from everybody by deleting files.
pub(crate) fn are_all_gone(configuration: &Configuration) -> bool {
    let paths = paths(configuration);
    !paths.is_empty() && yaml_files::find(&paths).is_ok_and(|files| files.is_empty())
}

/// The files and folders that the configuration names.
pub(super) fn paths(configuration: &Configuration) -> Vec<PathBuf> {
    let sources = configuration.entitlements.iter();
    sources.filter_map(|source| source.path.clone()).collect()
}

/// One version of the files: good to be put in force, or bad with what is wrong.
pub(super) fn read_version(paths: &[PathBuf]) -> Result<GoodFiles, BadFiles> {
    let sources = read_sources(paths).map_err(|error| {
        let why = daypass_engine::error::chain(&error);
        let file = match &error {
            ConfigurationError::Read { path, .. } => path.display().to_string(),
            _ => String::new(),
        };
        let mut finding = Diagnostic::error(&file, &why);
        finding.hint = Some(
            "check that the file is there, lies in its folder, is text in UTF-8, and may be read"
                .into(),
        );
        BadFiles {
            version: Hash::of(&why),
            diagnostics: vec![finding],
        }
    })?;
    GoodFiles::load(sources)
}

fn read_sources(paths: &[PathBuf]) -> Result<Vec<Source>, ConfigurationError> {
    yaml_files::read(paths)
        .map_err(|Unreadable { path, source }| ConfigurationError::Read { path, source })
}
