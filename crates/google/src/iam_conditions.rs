//! The allow policies of a scope: of an organization or folder with all that is below it, or of one project.
//!
//! Policies are read one by one, from the resources themselves: an index such as Cloud Asset Inventory's lags behind,
//! and who lost an eligibility must not keep it for that long. Nothing here is written.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use daypass_core::iam_policy::Policy;
use daypass_core::resource::ResourceName;
use daypass_engine::ports::{Iam, IamError};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::connect::Google;
use crate::endpoints::expand;
use crate::pages::malformed;
use crate::projects::{is_active, name_of};
use crate::transport::Call;

/// Policies that are read at a time: with answers in 50 ms that is about a hundred a second, well below Google's
/// quota of reads for a short while.
const AT_A_TIME: usize = 8;

/// Most folders and projects of one scope. A scope that has more is an error, which says so, and not a part of it.
const MOST_FOLDERS: usize = 2_000;
const MOST_PROJECTS: usize = 5_000;

/// How often a policy is asked for when Google is busy or out of reach, and the pause in between, which doubles.
const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// What was read of a scope.
#[derive(Debug, Clone, Default)]
pub struct ScopePolicies {
    /// Each active project with the resources whose policies are in force in it, its own first, as far as the scope
    /// reaches.
    pub projects: Vec<(ResourceName, Vec<ResourceName>)>,
    /// The policies, by resource.
    pub policies: BTreeMap<ResourceName, Policy>,
    /// What may not be read, and Google's words. A project whose own policy is among them is left out of `projects`.
    pub unread: Vec<(ResourceName, String)>,
}

impl Google {
    /// Reads the whole scope: `organizations/N`, `folders/N` or `projects/ID`. A part that is denied to Daypass is told;
    /// anything else that fails is an error of the whole.
    pub async fn scope_policies(
        self: &Arc<Self>,
        scope: &ResourceName,
    ) -> Result<ScopePolicies, IamError> {
        let mut tree = Tree::default();
        if scope.project().is_some() {
            self.single(scope, &mut tree).await?;
        } else {
            self.walk(scope, &mut tree).await?;
        }
        self.read_all(scope, tree).await
    }

    async fn single(&self, project: &ResourceName, tree: &mut Tree) -> Result<(), IamError> {
        let path = expand("v3/{name}", project.as_str());
        let call = Call::get("cloudresourcemanager", path, project.as_str());
        let answer = self.patiently(self.identity(project).await?, &call).await?;
        if is_active(&answer) {
            // By its id, whether the scope names its id or its number.
            let name = name_of(&answer)?;
            tree.projects.push((name.clone(), vec![name]));
        }
        Ok(())
    }

    /// All folders and active projects below, each with what is above it.
    async fn walk(&self, scope: &ResourceName, tree: &mut Tree) -> Result<(), IamError> {
        let identity = self.identity(scope).await?;
        let mut seen = BTreeSet::from([scope.clone()]);
        let mut open = VecDeque::from([vec![scope.clone()]]);
        while let Some(chain) = open.pop_front() {
            let Some(container) = chain.first().cloned() else {
                continue;
            };
            tree.containers.push(container.clone());
            let lists = async {
                let projects = self
                    .children(identity, "projects", container.as_str())
                    .await?;
                let folders = self
                    .children(identity, "folders", container.as_str())
                    .await?;
                Ok((projects, folders))
            };
            let (projects, folders) = match lists.await {
                Ok(lists) => lists,
                Err(error) if container != *scope && is_denied(&error) => {
                    tree.unread.push((container, error.to_string()));
                    continue;
                }
                Err(error) => return Err(error),
            };
            for project in projects.iter().filter(|project| is_active(project)) {
                let name = name_of(project)?;
                let above = [std::slice::from_ref(&name), &chain[..]].concat();
                tree.projects.push((name, above));
            }
            for folder in folders.iter().filter(|folder| is_active(folder)) {
                let name = folder_name(folder)?;
                if seen.insert(name.clone()) {
                    open.push_back([std::slice::from_ref(&name), &chain[..]].concat());
                }
            }
            if seen.len() > MOST_FOLDERS || tree.projects.len() > MOST_PROJECTS {
                let message = format!(
                    "more than {MOST_FOLDERS} folders or {MOST_PROJECTS} projects are below {scope}; name narrower scopes"
                );
                return Err(IamError::Refused { message });
            }
        }
        Ok(())
    }

    async fn read_all(
        self: &Arc<Self>,
        scope: &ResourceName,
        tree: Tree,
    ) -> Result<ScopePolicies, IamError> {
        let Tree {
            mut projects,
            containers,
            mut unread,
        } = tree;
        let turns = Arc::new(Semaphore::new(AT_A_TIME));
        let mut readers = JoinSet::new();
        let own = projects.iter().map(|(name, _)| name.clone());
        for resource in containers.into_iter().chain(own) {
            let (google, turns) = (Arc::clone(self), Arc::clone(&turns));
            readers.spawn(async move {
                // It is never closed.
                let _turn = turns.acquire_owned().await.ok();
                let policy = google.policy_patiently(&resource).await;
                (resource, policy)
            });
        }
        let mut policies = BTreeMap::new();
        while let Some(read) = readers.join_next().await {
            let (resource, policy) = read.map_err(|error| IamError::Unavailable {
                message: format!("a reader died: {error}"),
                retry_after: None,
            })?;
            match policy {
                Ok(policy) => {
                    policies.insert(resource, policy);
                }
                // It was deleted since it was listed.
                Err(IamError::NotFound { .. }) if resource != *scope => {}
                Err(error) if resource != *scope && is_denied(&error) => {
                    unread.push((resource, error.to_string()));
                }
                // The others are given up with the set.
                Err(error) => return Err(error),
            }
        }
        projects.retain(|(name, _)| policies.contains_key(name));
        projects.sort();
        unread.sort();
        Ok(ScopePolicies {
            projects,
            policies,
            unread,
        })
    }

    async fn policy_patiently(&self, resource: &ResourceName) -> Result<Policy, IamError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match self.get_policy(resource).await {
                Err(
                    IamError::Throttled { retry_after } | IamError::Unavailable { retry_after, .. },
                ) => {
                    tokio::time::sleep(retry_after.unwrap_or_default().clamp(pause, 10 * pause))
                        .await;
                }
                // A read that was cut off is simply asked for again.
                Err(IamError::Ambiguous { .. }) => tokio::time::sleep(pause).await,
                answer => return answer,
            }
            pause *= 2;
        }
        self.get_policy(resource).await
    }
}

/// What is to be read.
#[derive(Default)]
struct Tree {
    projects: Vec<(ResourceName, Vec<ResourceName>)>,
    containers: Vec<ResourceName>,
    unread: Vec<(ResourceName, String)>,
}

fn is_denied(error: &IamError) -> bool {
    matches!(error, IamError::Forbidden { .. })
}

fn folder_name(folder: &Value) -> Result<ResourceName, IamError> {
    folder["name"]
        .as_str()
        .filter(|name| name.starts_with("folders/"))
        .and_then(|name| name.parse().ok())
        .ok_or_else(|| malformed("a folder without a name"))
}
