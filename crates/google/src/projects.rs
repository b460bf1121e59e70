//! The projects that a selector finds.
//!
//! Folder by folder by `projects.list`, which has one meaning: the search of projects is documented to answer with what
//! matches any of its terms in one place and all of them in another, and leaves out silently what the caller may not
//! see. Labels and state are compared here. Nothing is remembered: a project that is no longer selected is not given.

use std::collections::BTreeSet;

use async_trait::async_trait;
use daypass_core::decide::MOST_SELECTED;
use daypass_core::entitlement::Selector;
use daypass_core::resource::ResourceName;
use daypass_engine::ports::{IamError, Projects};
use futures::future::try_join_all;
use serde_json::Value;

use crate::connect::Google;
use crate::credentials::Identity;
use crate::pages::malformed;
use crate::transport::Call;

/// Entries of a page. Google gives fewer where that is too many.
const PAGE: &str = "300";

/// Most folders that are looked into for one selector; Google allows 300 in a folder, ten levels deep.
const MOST_FOLDERS: usize = 500;

/// How many folders are looked into at the same time, with two calls each.
const AT_ONCE: usize = 8;

#[async_trait]
impl Projects for Google {
    async fn select(&self, selector: &Selector) -> Result<BTreeSet<ResourceName>, IamError> {
        let identity = self.identity(&selector.folder).await?;
        let mut found = BTreeSet::new();
        let mut level = vec![selector.folder.to_string()];
        let mut known: BTreeSet<String> = level.iter().cloned().collect();
        while !level.is_empty() {
            if known.len() > MOST_FOLDERS {
                let message = format!(
                    "there are more than {MOST_FOLDERS} folders below {}",
                    selector.folder
                );
                return Err(IamError::Refused { message });
            }
            let mut below = Vec::new();
            for folders in level.chunks(AT_ONCE) {
                let contents = folders
                    .iter()
                    .map(|folder| self.contents(identity, folder, selector));
                for (projects, folders) in try_join_all(contents).await? {
                    found.extend(projects);
                    below.extend(folders.into_iter().filter(|one| known.insert(one.clone())));
                }
                if found.len() > MOST_SELECTED {
                    return Ok(found);
                }
            }
            level = below;
        }
        Ok(found)
    }
}

impl Google {
    /// The projects of the selector that are in this folder itself, and the folders in it.
    async fn contents(
        &self,
        identity: &Identity,
        folder: &str,
        selector: &Selector,
    ) -> Result<(Vec<ResourceName>, Vec<String>), IamError> {
        let (projects, folders) = tokio::try_join!(
            self.children(identity, "projects", folder),
            self.children(identity, "folders", folder),
        )?;
        let selected = projects
            .iter()
            .filter(|project| is_active(project) && bears(project, selector))
            .map(name_of)
            .collect::<Result<_, _>>()?;
        let folders = folders
            .iter()
            .filter(|one| is_active(one))
            .map(|one| text(one, "name").map(str::to_owned))
            .collect::<Result<_, _>>()?;
        Ok((selected, folders))
    }

    /// The `projects` or the `folders` directly below a folder or an organization.
    pub(crate) async fn children(
        &self,
        identity: &Identity,
        kind: &'static str,
        parent: &str,
    ) -> Result<Vec<Value>, IamError> {
        let call = Call {
            query: vec![("parent", parent.to_owned()), ("pageSize", PAGE.to_owned())],
            ..Call::get("cloudresourcemanager", format!("v3/{kind}"), parent)
        };
        self.pages(identity, call, kind).await
    }
}

/// Whether a project or folder is there, and not on its way to deletion.
pub(crate) fn is_active(entry: &Value) -> bool {
    entry["state"] == "ACTIVE"
}

/// `projects/ID` of a project in Google's words.
pub(crate) fn name_of(project: &Value) -> Result<ResourceName, IamError> {
    let name = format!("projects/{}", text(project, "projectId")?);
    name.parse()
        .map_err(|_| malformed("a project id that is none"))
}

/// Whether it has every label of the selector, with the very value.
fn bears(project: &Value, selector: &Selector) -> bool {
    selector
        .labels
        .iter()
        .all(|(name, value)| project["labels"][name.as_str()] == value.as_str())
}

fn text<'a>(entry: &'a Value, field: &str) -> Result<&'a str, IamError> {
    entry[field]
        .as_str()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| malformed(&format!("an entry without '{field}'")))
}
