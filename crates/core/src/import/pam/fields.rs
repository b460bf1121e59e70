//! A JSON object that is emptied while it is read, so that what nobody read can be told.

use serde_json::{Map, Value};

use crate::import::report::{Gathering, Place, shown};

/// The fields of one object that are still unread.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) place: Place,
    unread: Map<String, Value>,
}

impl Fields {
    pub(super) fn new(unread: Map<String, Value>, place: Place) -> Self {
        Self { place, unread }
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.unread.get(field).is_some_and(|value| !value.is_null())
    }

    pub(super) fn take(&mut self, field: &str) -> Option<Value> {
        self.unread.remove(field).filter(|value| !value.is_null())
    }

    /// A text; what is no text stays unread.
    pub(super) fn text(&mut self, field: &str) -> Option<String> {
        let text = self.unread.get(field)?.as_str()?.to_owned();
        self.unread.remove(field);
        Some(text)
    }

    pub(super) fn flag(&mut self, field: &str) -> bool {
        self.take(field) == Some(Value::Bool(true))
    }

    /// An object inside.
    pub(super) fn inner(&mut self, field: &str, gathering: &mut Gathering) -> Option<Self> {
        let place = self.place.inside(field);
        self.object(self.unread.get(field)?.clone(), place, field, gathering)
    }

    fn object(
        &mut self,
        value: Value,
        place: Place,
        field: &str,
        gathering: &mut Gathering,
    ) -> Option<Self> {
        self.unread.remove(field);
        match value {
            Value::Object(fields) => Some(Self::new(fields, place)),
            _ => {
                gathering.wrong(&place, "expected an object");
                None
            }
        }
    }

    /// A list of objects.
    pub(super) fn list(&mut self, field: &str, gathering: &mut Gathering) -> Vec<Self> {
        self.items(field, gathering)
            .into_iter()
            .filter_map(|(place, item)| self.object(item, place, field, gathering))
            .collect()
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, field: &str, gathering: &mut Gathering) -> Vec<(Place, String)> {
        let mut texts = Vec::new();
        for (place, item) in self.items(field, gathering) {
            match item {
                Value::String(text) => texts.push((place, text)),
                _ => {
                    gathering.wrong(&place, "expected a text");
                }
            }
        }
        texts
    }

    fn items(&mut self, field: &str, gathering: &mut Gathering) -> Vec<(Place, Value)> {
        let place = self.place.inside(field);
        match self.take(field) {
            None => Vec::new(),
            Some(Value::Array(items)) => items
                .into_iter()
                .enumerate()
                .map(|(index, item)| (place.inside(format_args!("[{index}]")), item))
                .collect(),
            Some(_) => {
                gathering.wrong(&place, "expected a list");
                Vec::new()
            }
        }
    }

    /// Tells what nobody read, but for fields that say nothing about who may have what.
    pub(super) fn report_rest(&self, about: &[&str], gathering: &mut Gathering) {
        for (field, value) in &self.unread {
            if !about.contains(&field.as_str()) && !value.is_null() {
                let message = format!("there is no place for this: {}", shown(&value.to_string()));
                gathering.left(&self.place.inside(field), message);
            }
        }
    }
}
