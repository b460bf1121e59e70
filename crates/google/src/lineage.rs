//! Which broker is in charge of a resource: the one whose scope is nearest above it.

use std::time::Duration;

use daypass_core::blast_radius::Lineage;
use daypass_core::resource::ResourceName;
use daypass_engine::ports::IamError;
use serde_json::Value;

use crate::connect::Google;
use crate::credentials::Identity;
use crate::endpoints::expand;
use crate::pages::malformed;
use crate::remembered::Remembered;
use crate::transport::Call;

/// How long the way up from a resource is remembered: projects and folders are moved, but seldom.
const LINEAGE_LASTS: Duration = Duration::from_mins(10);

/// Most folders between a project and its organization: Google allows ten levels of folders.
const DEEPEST: usize = 12;

/// The identities by scope.
#[derive(Debug)]
pub(crate) struct Brokers {
    scoped: Vec<(ResourceName, Identity)>,
    own: Identity,
    /// From a resource to the names above it, the nearest first.
    lineages: Remembered<ResourceName, Vec<String>>,
    /// The same up to the organization, where all of it could be read.
    whole_lineages: Remembered<ResourceName, Lineage>,
}

impl Brokers {
    pub(crate) fn new(scoped: Vec<(ResourceName, Identity)>, own: Identity) -> Self {
        Self {
            scoped,
            own,
            lineages: Remembered::lasting(LINEAGE_LASTS),
            whole_lineages: Remembered::lasting(LINEAGE_LASTS),
        }
    }

    /// Who reads what no scope decides: the broker of the widest scope, else the credentials themselves.
    pub(crate) fn reader(&self) -> &Identity {
        self.readers().next().unwrap_or(&self.own)
    }

    /// All identities, those of wider scopes first, the credentials themselves last.
    fn readers(&self) -> impl Iterator<Item = &Identity> {
        let in_rank = |rank| {
            self.scoped
                .iter()
                .filter(move |(scope, _)| breadth(scope) == rank)
        };
        (0..=2)
            .flat_map(in_rank)
            .map(|(_, identity)| identity)
            .chain([&self.own])
    }

    fn of(&self, name: &str) -> Option<&Identity> {
        self.scoped
            .iter()
            .find(|(scope, _)| scope.as_str() == name)
            .map(|(_, identity)| identity)
    }

    /// Who is in charge, if the resource's name alone tells.
    fn by_name(&self, resource: &ResourceName) -> Option<&Identity> {
        match &self.scoped[..] {
            [] => return Some(&self.own),
            // A single organization: what is not in it cannot be reached through it either.
            [(scope, identity)] if scope.as_str().starts_with("organizations/") => {
                return Some(identity);
            }
            _ => {}
        }
        let project = || self.of(&format!("projects/{}", resource.project()?));
        self.of(resource.as_str()).or_else(project)
    }
}

/// 0 for an organization, 1 for a folder, 2 for all below.
fn breadth(scope: &ResourceName) -> usize {
    match scope.as_str().split('/').next() {
        Some("organizations") => 0,
        Some("folders") => 1,
        _ => 2,
    }
}

impl Google {
    /// Whose token the calls on this resource bear.
    pub(crate) async fn identity(&self, resource: &ResourceName) -> Result<&Identity, IamError> {
        if let Some(identity) = self.brokers.by_name(resource) {
            return Ok(identity);
        }
        let now = self.transport.sources.monotonic();
        let lineage = if let Some(lineage) = self.brokers.lineages.get(resource, now) {
            lineage
        } else {
            let lineage = self.lineage(resource).await?;
            self.brokers
                .lineages
                .put(resource.clone(), lineage.clone(), now);
            lineage
        };
        Ok(lineage
            .iter()
            .find_map(|name| self.brokers.of(name))
            .unwrap_or(&self.brokers.own))
    }

    /// The names above the resource, its own first, a project by id and by number, as far as the first one that is a
    /// scope: nobody needs to be able to read what is above it.
    async fn lineage(&self, resource: &ResourceName) -> Result<Vec<String>, IamError> {
        let mut names = vec![resource.to_string()];
        let mut next = match resource.project() {
            Some(project) => Some(format!("projects/{project}")),
            None => self.owner(resource).await?,
        };
        for _ in 0..DEEPEST {
            let Some(name) = next.take() else { break };
            names.push(name.clone());
            if name.starts_with("organizations/") || self.brokers.of(&name).is_some() {
                break;
            }
            let answer = self
                .describe("cloudresourcemanager", expand("v3/{name}", &name), &name)
                .await?;
            let text = |key: &str| answer[key].as_str().map(str::to_owned);
            names.extend(text("name"));
            names.extend(text("projectId").map(|id| format!("projects/{id}")));
            if names.iter().any(|name| self.brokers.of(name).is_some()) {
                break;
            }
            next = text("parent");
        }
        Ok(names)
    }

    /// The resource and everything above it, as far as anybody of us may read it.
    pub(crate) async fn all_above(&self, resource: &ResourceName) -> Lineage {
        let now = self.transport.sources.monotonic();
        if let Some(known) = self.brokers.whole_lineages.get(resource, now) {
            return known;
        }
        let mut names = vec![resource.clone()];
        let cut_off = self.climb(resource, &mut names).await.err();
        let cut_off = cut_off.map(|error| error.to_string());
        let lineage = Lineage { names, cut_off };
        if lineage.cut_off.is_none() {
            let known = lineage.clone();
            self.brokers
                .whole_lineages
                .put(resource.clone(), known, now);
        }
        lineage
    }

    /// Adds what is above, the nearest first.
    async fn climb(
        &self,
        resource: &ResourceName,
        names: &mut Vec<ResourceName>,
    ) -> Result<(), IamError> {
        let mut next = match resource.project() {
            Some(project) => Some(format!("projects/{project}")),
            None => self.owner(resource).await?,
        };
        for _ in 0..DEEPEST {
            let Some(name) = next.take() else {
                return Ok(());
            };
            let is_root = name.starts_with("organizations/");
            let path = expand("v3/{name}", &name);
            let answer = if is_root {
                Ok(Value::Null)
            } else {
                self.describe("cloudresourcemanager", path, &name).await
            };
            if name != resource.as_str() {
                // A bucket tells its project's number, while entitlements name projects by their ids.
                let id = answer
                    .as_ref()
                    .ok()
                    .and_then(|one| one["projectId"].as_str());
                let name = id.map_or(name, |id| format!("projects/{id}"));
                let name = name
                    .parse()
                    .map_err(|_| malformed("a parent that is none"))?;
                names.push(name);
            }
            if is_root {
                return Ok(());
            }
            let answer = answer?;
            next = answer["parent"].as_str().map(str::to_owned);
        }
        Err(malformed("more folders above it than there can be"))
    }

    /// Where the way up begins for a name that is in no project: a folder or organization is its own beginning, a
    /// bucket tells its project's number.
    async fn owner(&self, resource: &ResourceName) -> Result<Option<String>, IamError> {
        let api = &resource.kind().api;
        let Some(path) = api.describe else {
            return Ok(Some(resource.to_string()));
        };
        let answer = self
            .describe(
                api.endpoint,
                expand(path, resource.as_str()),
                resource.as_str(),
            )
            .await?;
        Ok(answer["projectNumber"]
            .as_str()
            .map(|number| format!("projects/{number}")))
    }

    /// Reads a resource on the way up, as the first identity that may.
    async fn describe(&self, service: &str, path: String, about: &str) -> Result<Value, IamError> {
        let call = Call::get(service, path, about);
        let mut readers = self.brokers.readers();
        let mut answer = self.call(self.brokers.reader(), &call).await;
        readers.next();
        for reader in readers {
            match answer {
                Err(IamError::Forbidden { .. }) => answer = self.call(reader, &call).await,
                answer => return answer,
            }
        }
        answer
    }
}
