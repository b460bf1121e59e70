//! Entitlement files on disk.

use std::path::{Path, PathBuf};

use daypass_core::diagnostic::Diagnostic;
use daypass_core::entitlement::{Catalogue, Hash, Source, load};
use daypass_engine::{BadFiles, GoodFiles};

use crate::configuration::{Configuration, ConfigurationError};

/// Reads all files that the configuration names; of a folder, every `*.yaml` and `*.yml` in it and below, by name.
pub(crate) fn read_catalogue(
    configuration: &Configuration,
) -> Result<Catalogue, ConfigurationError> {
    let sources = read_sources(&paths(configuration))?;
    load(&sources).map_err(ConfigurationError::Entitlements)
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
        finding.hint =
            Some("check that the file is there, is text in UTF-8, and may be read".into());
        BadFiles {
            version: Hash::of(&why),
            diagnostics: vec![finding],
        }
    })?;
    GoodFiles::load(sources)
}

fn read_sources(paths: &[PathBuf]) -> Result<Vec<Source>, ConfigurationError> {
    let mut sources = Vec::new();
    for path in files(paths)? {
        let text = std::fs::read_to_string(&path).map_err(|source| ConfigurationError::Read {
            path: path.clone(),
            source,
        })?;
        sources.push(Source {
            name: path.display().to_string(),
            text,
        });
    }
    Ok(sources)
}

/// All files, those of folders by name.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ConfigurationError> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    Ok(files)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), ConfigurationError> {
    let failed = |source| ConfigurationError::Read {
        path: path.to_owned(),
        source,
    };
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(failed)?;
    let mut inside: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    inside.sort();
    for path in inside {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let is_yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        // A name with a dot in front is an editor's or a mount's, never an entitlement's.
        if !name.starts_with('.') && (is_yaml || path.is_dir()) {
            collect(&path, files)?;
        }
    }
    Ok(())
}
