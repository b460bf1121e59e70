//! What of a world runs somewhere: virtual machines, clusters, databases.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::World;
use super::resources::{Kind, Resource};
use super::seed::Seed;
use crate::error::Error;
use crate::iam::stored::{Etags, StoredPolicy};

/// A virtual machine of Compute Engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedComputeInstance {
    /// Its name within the zone.
    pub name: String,
    /// The id of its project.
    pub project: String,
    /// Such as `europe-west1-b`.
    pub zone: String,
}

/// A cluster of Kubernetes Engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedCluster {
    /// Its name within the location.
    pub name: String,
    /// The id of its project.
    pub project: String,
    /// A region or a zone.
    pub location: String,
}

/// An instance of Cloud SQL, with PostgreSQL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedSqlInstance {
    /// Its name within the project.
    pub name: String,
    /// The id of its project.
    pub project: String,
    /// Such as `europe-west1`.
    pub region: String,
}

impl Seed {
    pub(super) fn lay_out_machines(&self, world: &mut World, now: Timestamp) -> Result<(), Error> {
        let instances = self.compute_instances.iter().map(|seed| {
            let below = format!("zones/{}/instances", seed.zone);
            (
                Kind::ComputeInstance,
                &seed.project,
                below,
                &seed.name,
                &seed.zone,
            )
        });
        let clusters = self.clusters.iter().map(|seed| {
            let below = format!("locations/{}/clusters", seed.location);
            (
                Kind::Cluster,
                &seed.project,
                below,
                &seed.name,
                &seed.location,
            )
        });
        let databases = self.sql_instances.iter().map(|seed| {
            let below = "instances".to_owned();
            (
                Kind::SqlInstance,
                &seed.project,
                below,
                &seed.name,
                &seed.region,
            )
        });
        for (kind, project, below, name, location) in instances.chain(clusters).chain(databases) {
            let parent = format!("projects/{project}");
            let key = format!("{parent}/{below}/{name}");
            if world.resources.get(&parent).is_none() {
                return Err(Error::Seed(format!(
                    "{key}: its parent {parent} does not exist"
                )));
            }
            world.resources.insert(Resource {
                kind,
                key,
                number: format!("{}", crate::random::random::<u64>() >> 1),
                display_name: name.clone(),
                parent: Some(parent),
                labels: BTreeMap::new(),
                location: location.clone(),
                uniform_access: false,
                created: now,
                policy: StoredPolicy::with_etags(Etags::Opaque),
            });
        }
        Ok(())
    }
}
