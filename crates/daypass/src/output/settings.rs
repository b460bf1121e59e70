//! Settings, where things are, and what an import took.

use std::fmt;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

pub(crate) use super::table::{columns, fields};
use super::visible;
use crate::settings::{Fate, Imported};

/// A setting.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) value: Value,
    /// Whether the value stands in the file; else it is the default.
    pub(crate) set: bool,
}

impl Row {
    /// For people each default account is a line, by the key that it is set by; any other setting is one as it is.
    pub(crate) fn by_project(&self) -> Vec<Self> {
        let one = |key: String, value: Value| Self {
            key,
            value,
            set: self.set,
        };
        match &self.value {
            Value::Object(entries) if !entries.is_empty() => entries
                .iter()
                .map(|(name, value)| one(format!("{}.{name}", self.key), value.clone()))
                .collect(),
            other => vec![one(self.key.clone(), other.clone())],
        }
    }
}

/// All settings, one a line.
pub(crate) fn list(rows: &[Row], width: Option<u16>) -> String {
    let cells = rows.iter().map(|row| {
        let origin = if row.set { "set" } else { "default" };
        vec![row.key.clone(), text(&row.value), origin.to_owned()]
    });
    columns(&["KEY", "VALUE", "FROM"], cells.collect(), width)
}

/// A value in one line.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => visible(text),
        Value::Null => "none".to_owned(),
        Value::Object(entries) if entries.is_empty() => "none".to_owned(),
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| format!("{}={}", visible(name), text(value)))
            .collect::<Vec<_>>()
            .join(" "),
        other => visible(&other.to_string()),
    }
}

/// What became of each key.
pub(crate) fn imported(imported: &[Imported], width: Option<u16>) -> String {
    let cells = imported.iter().map(|it| {
        let fate = match it.fate {
            Fate::Taken => "taken",
            Fate::Same => "same",
            Fate::Left => "not taken",
        };
        vec![visible(&it.key), fate.to_owned(), visible(&it.note)]
    });
    columns(
        &["KEY", "RESULT", "VALUE OR REASON"],
        cells.collect(),
        width,
    )
}

/// A file or a folder, and whether it is there.
#[derive(Serialize)]
pub(crate) struct Where {
    path: String,
    exists: bool,
}

impl Where {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.display().to_string(),
            exists: path.exists(),
        }
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = if self.exists { "" } else { " (not there yet)" };
        write!(f, "{}{missing}", visible(&self.path))
    }
}
