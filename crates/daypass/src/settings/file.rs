//! The file of settings: its owner's alone from the moment it exists, and replaced in one step.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use daypass_session::plugins::{PluginError, unchanged_by_others};
use daypass_session::private;
use serde_json::Value;

use super::{Key, Settings, SettingsError};
use crate::error::Error;
use crate::folders;
use crate::output;

/// Many more values than there are settings, and few enough to cost nothing.
const MAX_NODES: usize = 10_000;

const HEAD: &str = "# Written by 'daypass config set'; comments and order are not kept.\n";

/// The file, by its place.
pub(crate) struct SettingsFile {
    folder: PathBuf,
}

impl SettingsFile {
    /// The file of this user.
    pub(crate) fn of_user() -> Result<Self, Error> {
        Ok(Self {
            folder: folders::configuration()?,
        })
    }

    #[cfg(test)]
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where it is, whether or not it exists.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join("config.yaml")
    }

    /// The settings; the defaults if there is no file.
    pub(crate) fn read(&self) -> Result<Settings, Error> {
        let path = self.path();
        let text = match crate::wiring::read_file(&path) {
            Ok(source) => source.text,
            Err(error) if error.source.kind() == io::ErrorKind::NotFound => {
                return Ok(Settings::default());
            }
            Err(error) => return Err(failed("read", &path)(error.source)),
        };
        // Whoever may write it chooses which programs are run.
        let path = std::path::absolute(&path).map_err(failed("read", &path))?;
        unchanged_by_others(&path).map_err(|error| match error {
            PluginError::WritableByOthers { at, .. } => SettingsError::Wide {
                path: path.clone(),
                at,
            }
            .into(),
            PluginError::Foreign { at, .. } => SettingsError::Foreign {
                path: path.clone(),
                at,
            }
            .into(),
            other => Error::from(other),
        })?;
        parse(&text).map_err(|error| {
            Error::from(match error {
                SettingsError::File { why, .. } => SettingsError::File { path, why },
                source => SettingsError::InFile {
                    path,
                    source: Box::new(source),
                },
            })
        })
    }

    /// Reads, changes and replaces the file under a lock, so that two commands at once lose nothing.
    pub(crate) fn change<T>(
        &self,
        edit: impl FnOnce(&mut Settings) -> Result<T, Error>,
    ) -> Result<T, Error> {
        private::folder(&self.folder).map_err(failed("make", &self.folder))?;
        let lock = self.folder.join("config.lock");
        let lock_failed = failed("lock", &lock);
        let held = private::lockable(&lock).map_err(&lock_failed)?;
        held.lock().map_err(&lock_failed)?;
        let before = self.read()?;
        let mut settings = before.clone();
        let result = edit(&mut settings)?;
        if settings != before {
            let path = self.path();
            self.replace(&path, &settings)
                .map_err(failed("write", &path))?;
        }
        Ok(result)
    }

    fn replace(&self, path: &Path, settings: &Settings) -> io::Result<()> {
        // Where the file is a link, as into a folder of dotfiles, what it points to is replaced and the link stays.
        let real = path.canonicalize();
        let real = real.as_deref().unwrap_or(path);
        let folder = real.parent().unwrap_or(&self.folder);
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let text = output::yaml(&settings.document())?;
        file.write_all(HEAD.as_bytes())?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(real)?;
        Ok(())
    }
}

fn failed<'a>(doing: &'static str, path: &'a Path) -> impl Fn(io::Error) -> Error + use<'a> {
    move |source| Error::File {
        doing,
        path: path.to_owned(),
        source,
    }
}

/// Reads the text of a file: every value is checked as on the command line.
pub(super) fn parse(text: &str) -> Result<Settings, SettingsError> {
    let wrong = |why: String| SettingsError::File {
        path: PathBuf::new(),
        why,
    };
    let mut settings = Settings::default();
    if text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    {
        return Ok(settings);
    }
    let document: Value = daypass_core::yaml::read(text, MAX_NODES).map_err(|error| {
        let place = error.location().map(|it| format!("line {}", it.line()));
        wrong(place.unwrap_or_else(|| "it is too large".to_owned()))
    })?;
    let Value::Object(sections) = document else {
        return Err(wrong("it has no keys".into()));
    };
    for (section, entries) in sections {
        let entries = match entries {
            Value::Object(entries) => entries,
            Value::Null => continue,
            _ => {
                return Err(wrong(format!(
                    "{} has no keys below it",
                    output::short(&section, 80)
                )));
            }
        };
        for (name, value) in entries {
            let key = Key::parse(&format!("{section}.{name}"))?;
            let value = match value {
                Value::String(text) => text,
                Value::Null => continue,
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    return Err(wrong(format!("{} is a list or a map", key.name())));
                }
            };
            settings.set(&key, &value)?;
        }
    }
    Ok(settings)
}
