//! Where plugins are: those that were installed, then the folders of `PATH`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{PluginError, PluginName, trust};

/// The places, in the order in which they are searched.
#[derive(Debug, Clone)]
pub struct Places {
    installed: PathBuf,
    path: Vec<PathBuf>,
}

/// How a plugin came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// By `daypass plugins install`.
    Installed,
    /// It stands on `PATH`.
    Path,
}

/// A plugin as it is listed.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub name: PluginName,
    /// Its file.
    pub path: PathBuf,
    /// Where it was found.
    pub origin: Origin,
    /// Why it would not be run.
    pub refused: Option<PluginError>,
}

impl Places {
    /// The folder of installed plugins, and the value of `PATH`. A relative or empty entry of `PATH` is left out: what
    /// it names depends on where one stands, and somebody else may have put a plugin there.
    pub fn new(installed: PathBuf, path: &OsStr) -> Self {
        let path = std::env::split_paths(path)
            .filter(|folder| folder.is_absolute())
            .collect();
        Self { installed, path }
    }

    /// The folder of installed plugins.
    pub fn installed(&self) -> &Path {
        &self.installed
    }

    /// The file of a plugin, ready to be run; none if there is none of this name.
    ///
    /// # Errors
    ///
    /// The first one of this name could have been changed by somebody else. Later ones are not looked at: what runs
    /// must not depend on who may write where.
    pub fn find(&self, name: &PluginName) -> Result<Option<PathBuf>, PluginError> {
        let file = name.file_name();
        let installed = self.installed.join(&file);
        if installed.symlink_metadata().is_ok() {
            return trust::check(&installed).map(Some);
        }
        for folder in &self.path {
            let path = folder.join(&file);
            // As shells do: what cannot be executed is passed by.
            if fs::metadata(&path).is_ok_and(|about| trust::is_executable(&about)) {
                return trust::check(&path).map(Some);
            }
        }
        Ok(None)
    }

    /// All plugins by name, each once, as [`Places::find`] would find it. None is started.
    pub fn list(&self) -> Vec<Listed> {
        let mut found = BTreeMap::new();
        let places = [(&self.installed, Origin::Installed)]
            .into_iter()
            .chain(self.path.iter().map(|folder| (folder, Origin::Path)));
        for (folder, origin) in places {
            // A folder of PATH that is not there, or not to be read, has no plugins to show.
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            for path in entries.map(|entry| entry.path()) {
                let name = path.file_name().and_then(OsStr::to_str);
                let Some(name) = name.and_then(PluginName::of_file) else {
                    continue;
                };
                let is_one = origin == Origin::Installed
                    || fs::metadata(&path).is_ok_and(|about| trust::is_executable(&about));
                if is_one {
                    found.entry(name.clone()).or_insert_with(|| Listed {
                        name,
                        refused: trust::check(&path).err(),
                        path,
                        origin,
                    });
                }
            }
        }
        found.into_values().collect()
    }

    /// Removes an installed plugin.
    ///
    /// # Errors
    ///
    /// None of this name is installed, or the file cannot be removed.
    pub fn remove(&self, name: &PluginName) -> Result<PathBuf, PluginError> {
        let path = self.installed.join(name.file_name());
        match fs::remove_file(&path) {
            Ok(()) => Ok(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(PluginError::NotInstalled(name.clone()))
            }
            Err(source) => Err(PluginError::File {
                doing: "remove",
                path,
                source,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
