//! Resources and their place in the hierarchy.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::iam::stored::StoredPolicy;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Organization,
    Folder,
    Project,
    Bucket,
    Topic,
    Secret,
    ServiceAccount,
    ComputeInstance,
    /// Of Kubernetes Engine. It has no policy of its own: that of its project decides.
    Cluster,
    /// Of Cloud SQL; no policy of its own either.
    SqlInstance,
}

/// Whether conditions may stand on a service account is [U]: Google's list of resources leaves it out, while
/// `gcloud iam service-accounts add-iam-policy-binding` has a `--condition` flag (facts 1.2).
const SERVICE_ACCOUNTS_TAKE_CONDITIONS: bool = true;

impl Kind {
    pub(crate) fn service(self) -> &'static str {
        match self {
            Kind::Organization | Kind::Folder | Kind::Project => {
                "cloudresourcemanager.googleapis.com"
            }
            Kind::Bucket => "storage.googleapis.com",
            Kind::Topic => "pubsub.googleapis.com",
            Kind::Secret => "secretmanager.googleapis.com",
            Kind::ServiceAccount => "iam.googleapis.com",
            Kind::ComputeInstance => "compute.googleapis.com",
            Kind::Cluster => "container.googleapis.com",
            Kind::SqlInstance => "sqladmin.googleapis.com",
        }
    }

    /// The prefix of this kind's permissions: `resourcemanager.projects` in `resourcemanager.projects.get`.
    pub(crate) fn permission_prefix(self) -> &'static str {
        match self {
            Kind::Organization => "resourcemanager.organizations",
            Kind::Folder => "resourcemanager.folders",
            Kind::Project => "resourcemanager.projects",
            Kind::Bucket => "storage.buckets",
            Kind::Topic => "pubsub.topics",
            Kind::Secret => "secretmanager.secrets",
            Kind::ServiceAccount => "iam.serviceAccounts",
            Kind::ComputeInstance => "compute.instances",
            Kind::Cluster => "container.clusters",
            Kind::SqlInstance => "cloudsql.instances",
        }
    }

    pub(crate) fn is_container(self) -> bool {
        matches!(self, Kind::Organization | Kind::Folder | Kind::Project)
    }

    /// `resource.type` in a condition; `None` where the service supplies no attributes (finding 1).
    fn condition_type(self) -> Option<&'static str> {
        match self {
            Kind::Organization => Some("cloudresourcemanager.googleapis.com/Organization"),
            Kind::Folder => Some("cloudresourcemanager.googleapis.com/Folder"),
            Kind::Project => Some("cloudresourcemanager.googleapis.com/Project"),
            Kind::Bucket => Some("storage.googleapis.com/Bucket"),
            Kind::Secret => Some("secretmanager.googleapis.com/Secret"),
            Kind::ComputeInstance => Some("compute.googleapis.com/Instance"),
            Kind::SqlInstance => Some("sqladmin.googleapis.com/Instance"),
            Kind::Topic | Kind::ServiceAccount | Kind::Cluster => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) kind: Kind,
    /// The name it is stored under: `projects/acme-prod`, `buckets/logs-acme-prod`, `projects/acme-prod/topics/orders`.
    pub(crate) key: String,
    /// Project or folder number, unique id of a service account.
    pub(crate) number: String,
    pub(crate) display_name: String,
    pub(crate) parent: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
    /// The region or zone; empty for kinds that have none here.
    pub(crate) location: String,
    /// Uniform bucket-level access; only buckets have it.
    pub(crate) uniform_access: bool,
    pub(crate) created: Timestamp,
    pub(crate) policy: StoredPolicy,
}

impl Resource {
    /// The last segment of the key: a project id, a bucket name, an email.
    pub(crate) fn short_name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or(&self.key)
    }

    pub(crate) fn takes_conditions(&self) -> bool {
        match self.kind {
            Kind::Bucket => self.uniform_access,
            Kind::Topic | Kind::Cluster | Kind::SqlInstance => false,
            Kind::ServiceAccount => SERVICE_ACCOUNTS_TAKE_CONDITIONS,
            Kind::Organization
            | Kind::Folder
            | Kind::Project
            | Kind::Secret
            | Kind::ComputeInstance => true,
        }
    }

    /// The name within the service: for a bucket `projects/_/buckets/NAME`.
    pub(crate) fn relative_name(&self) -> String {
        match self.kind {
            Kind::Bucket => format!("projects/_/{}", self.key),
            _ => self.key.clone(),
        }
    }

    /// What a condition sees as `resource.name`, `resource.type` and `resource.service`.
    pub(crate) fn condition_attributes(&self) -> Option<(String, String, String)> {
        let resource_type = self.kind.condition_type()?;
        Some((
            self.relative_name(),
            resource_type.to_owned(),
            self.kind.service().to_owned(),
        ))
    }
}

/// All resources, by key and by every other name a client may use.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    by_key: BTreeMap<String, Resource>,
    aliases: HashMap<String, String>,
}

impl Resources {
    pub(crate) fn insert(&mut self, resource: Resource) {
        if resource.kind == Kind::Project {
            self.aliases.insert(
                format!("projects/{}", resource.number),
                resource.key.clone(),
            );
        }
        self.by_key.insert(resource.key.clone(), resource);
    }

    /// The stored key of any accepted name: project numbers, `projects/-/serviceAccounts/…`, `b/…`,
    /// `projects/_/buckets/…` and `//service/…` lead to it too.
    pub(crate) fn key(&self, name: &str) -> Option<String> {
        let name = name
            .strip_prefix("//")
            .and_then(|full| full.split_once('/').map(|(_, rest)| rest))
            .unwrap_or(name);
        let name = name.trim_matches('/');
        let mut name = name.strip_prefix("projects/_/").unwrap_or(name).to_owned();
        if let Some(bucket) = name.strip_prefix("b/") {
            name = format!("buckets/{bucket}");
        }
        if let Some((container, account)) = name.split_once("/serviceAccounts/") {
            let account = account.to_lowercase();
            return self
                .of_kind(Kind::ServiceAccount)
                .find(|found| found.short_name() == account || found.number == account)
                .filter(|found| {
                    container == "projects/-"
                        || self.key(container).as_deref() == found.parent.as_deref()
                })
                .map(|found| found.key.clone());
        }
        if self.by_key.contains_key(&name) {
            return Some(name);
        }
        let mut segments = name.splitn(3, '/');
        let project = format!("{}/{}", segments.next()?, segments.next()?);
        let real = self.aliases.get(&project)?;
        let translated = segments
            .next()
            .map_or_else(|| real.clone(), |rest| format!("{real}/{rest}"));
        self.by_key.contains_key(&translated).then_some(translated)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Resource> {
        self.by_key.get(&self.key(name)?)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Resource> {
        let key = self.key(name)?;
        self.by_key.get_mut(&key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Resource> {
        self.by_key.values()
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Resource> {
        self.by_key
            .values()
            .filter(move |resource| resource.kind == kind)
    }

    /// The resource itself, then its parents up to the organization.
    pub(crate) fn lineage(&self, key: &str) -> Vec<&Resource> {
        let mut lineage = Vec::new();
        let mut next = self.get(key);
        while let Some(resource) = next {
            lineage.push(resource);
            next = resource
                .parent
                .as_deref()
                .and_then(|parent| self.get(parent));
        }
        lineage
    }

    /// The project number that stands in a resource's name at services that use numbers.
    pub(crate) fn project_of(&self, key: &str) -> Option<&Resource> {
        self.lineage(key)
            .into_iter()
            .find(|resource| resource.kind == Kind::Project)
    }
}
