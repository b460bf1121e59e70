//! The datasets of BigQuery: names, places and labels; no data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// Datasets of all projects together.
const MOST: usize = 1_000;

#[derive(Clone, Debug)]
pub(crate) struct Dataset {
    /// The id of its project.
    pub(crate) project: String,
    /// Unique in the project; letters, digits and underscores.
    pub(crate) id: String,
    /// The address of whoever made it.
    pub(crate) creator: String,
    pub(crate) created: Timestamp,
    /// `location`, `labels` and other fields that the writer may set, in the words of the API.
    pub(crate) settings: Map<String, Value>,
}

/// Why a dataset is not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAdded {
    Exists,
    Full,
}

#[derive(Debug, Default)]
pub(crate) struct Datasets(BTreeMap<(String, String), Dataset>);

impl Datasets {
    pub(crate) fn get(&self, project: &str, id: &str) -> Option<&Dataset> {
        self.0.get(&(project.to_owned(), id.to_owned()))
    }

    /// The datasets of a project in the order of their ids.
    pub(crate) fn of_project(&self, project: &str) -> impl Iterator<Item = &Dataset> {
        let first = (project.to_owned(), String::new());
        self.0
            .range(first..)
            .map(|(_, dataset)| dataset)
            .take_while(move |dataset| dataset.project == project)
    }

    pub(crate) fn add(&mut self, dataset: Dataset) -> Result<&Dataset, NotAdded> {
        let key = (dataset.project.clone(), dataset.id.clone());
        if self.0.contains_key(&key) {
            return Err(NotAdded::Exists);
        }
        if self.0.len() >= MOST {
            return Err(NotAdded::Full);
        }
        Ok(self.0.entry(key).or_insert(dataset))
    }

    pub(crate) fn remove(&mut self, project: &str, id: &str) -> Option<Dataset> {
        self.0.remove(&(project.to_owned(), id.to_owned()))
    }
}
