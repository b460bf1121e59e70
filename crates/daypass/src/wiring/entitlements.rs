//! Entitlement files on disk.

use std::path::{Path, PathBuf};

use daypass_core::entitlement::{Catalogue, Source, load};

use crate::configuration::{Configuration, ConfigurationError};

/// Reads all files that the configuration names; of a folder, every `*.yaml` and `*.yml` in it and below, by name.
pub(crate) fn read_catalogue(
    configuration: &Configuration,
) -> Result<Catalogue, ConfigurationError> {
    let mut files = Vec::new();
    for source in &configuration.entitlements {
        collect(&source.path, &mut files)?;
    }
    let mut sources = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).map_err(|source| ConfigurationError::Read {
            path: path.clone(),
            source,
        })?;
        sources.push(Source {
            name: path.display().to_string(),
            text,
        });
    }
    load(&sources).map_err(ConfigurationError::Entitlements)
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
