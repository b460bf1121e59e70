//! Reading ephemeral-iam's `config.yml`: what has a meaning here is taken, and of everything else it is told why not.

use std::path::PathBuf;

use serde_json::Value;

use super::{Key, Settings, SettingsError, tools};
use crate::folders;
use crate::output::short;

/// Many more values than such a file has.
const MAX_NODES: usize = 10_000;

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Fate {
    /// It is a setting now.
    Taken,
    /// It was the same here already.
    Same,
    /// It was not taken.
    Left,
}

/// One key of the file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Imported {
    pub(crate) key: String,
    #[serde(rename = "result")]
    pub(crate) fate: Fate,
    /// The value that was taken, or why it was not. Never the value of a token, nor of a key that is not known.
    pub(crate) note: String,
}

/// Where ephemeral-iam keeps its file; the last place is that of macOS.
pub(crate) fn usual_place() -> Option<PathBuf> {
    let home = folders::home()?;
    let xdg = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let places = [
        xdg.unwrap_or_default(),
        home.join(".config"),
        home.join("Library/Application Support"),
    ]
    .map(|folder| folder.join("ephemeral-iam/config.yml"));
    let [_, usual, _] = &places;
    let usual = usual.clone();
    places
        .into_iter()
        .find(|path| path.is_absolute() && path.exists())
        .or(Some(usual))
}

/// Takes into the settings what the file has and they have not. What was set here stays.
pub(crate) fn import(text: &str, settings: &mut Settings) -> Result<Vec<Imported>, String> {
    let document: Value = daypass_core::yaml::read(text, MAX_NODES).map_err(|error| {
        // The parser's own words could quote a token.
        let place = error.location().map(|it| format!("line {}", it.line()));
        place.unwrap_or_else(|| "it is too large".to_owned())
    })?;
    if !document.is_object() {
        return Err("it has no keys".to_owned());
    }
    let mut keys = Vec::new();
    flatten(String::new(), document, &mut keys);
    Ok(keys
        .into_iter()
        .map(|(key, value)| {
            let (fate, note) = take(&key, &value, settings);
            Imported { key, fate, note }
        })
        .collect())
}

/// Keys with dots, as ephemeral-iam names them on its command line; its maps are nested as deep as a name has dots.
fn flatten(name: String, value: Value, keys: &mut Vec<(String, String)>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let name = if name.is_empty() {
                    key
                } else {
                    format!("{name}.{key}")
                };
                flatten(name, value, keys);
            }
        }
        Value::Null => {}
        Value::String(text) => keys.push((name, text)),
        other => keys.push((name, other.to_string())),
    }
}

fn take(name: &str, value: &str, settings: &mut Settings) -> (Fate, String) {
    let key = match Key::parse(name) {
        Ok(key) => key,
        Err(SettingsError::Gone { reason, .. }) => return (Fate::Left, reason.to_owned()),
        Err(SettingsError::NoSuchKey { .. }) => {
            return (Fate::Left, "this key is not known".to_owned());
        }
        Err(error) => return (Fate::Left, error.to_string()),
    };
    if let Key::Path(tool) = key
        && tools::on_path(tool).is_some_and(|found| found.as_os_str() == value)
    {
        return (Fate::Same, "it is the one on PATH".to_owned());
    }
    let mut changed = settings.clone();
    if let Err(error) = changed
        .set(&key, value)
        .and_then(|()| changed.check_here(&key))
    {
        return (Fate::Left, error.to_string());
    }
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) => short(&text, 80),
        other => other.unwrap_or_default().to_string(),
    };
    match settings.set_value(&key) {
        _ if *settings == changed => (Fate::Same, text(changed.set_value(&key))),
        Some(set) => (Fate::Left, format!("{} was set here", text(Some(set)))),
        None => {
            let taken = text(changed.set_value(&key));
            *settings = changed;
            (Fate::Taken, taken)
        }
    }
}
