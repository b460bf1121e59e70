//! What a world starts with, as a YAML document that can be read and written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::directory::PrincipalKind;
use super::resources::{Kind, Resource};
use super::roles::{CustomRole, Roles};
use super::seed_machines::{SeedCluster, SeedComputeInstance, SeedSqlInstance};
use super::seed_principals::{SeedGroup, SeedPerson, SeedServiceAccount};
use crate::error::Error;
use crate::iam::policy::Policy;
use crate::iam::stored::{Etags, StoredPolicy};

const BUILT_IN: &str = include_str!("seed.yaml");

/// A world to start with. [`Seed::default`] is the built-in one; [`Seed::empty`] has nothing in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Domains that a `domain:` member may name.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The roots.
    #[serde(default)]
    pub organizations: Vec<SeedOrganization>,
    /// Each below an organization or an earlier folder.
    #[serde(default)]
    pub folders: Vec<SeedFolder>,
    /// Each below a folder or an organization.
    #[serde(default)]
    pub projects: Vec<SeedProject>,
    /// Storage buckets.
    #[serde(default)]
    pub buckets: Vec<SeedBucket>,
    /// `projects/P/topics/T`.
    #[serde(default)]
    pub topics: Vec<String>,
    /// `projects/P/secrets/S`.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Compute Engine's virtual machines.
    #[serde(default)]
    pub compute_instances: Vec<SeedComputeInstance>,
    /// Kubernetes Engine's clusters, each with an API server of its own.
    #[serde(default)]
    pub clusters: Vec<SeedCluster>,
    /// Cloud SQL's instances, each with a database server of its own.
    #[serde(default)]
    pub sql_instances: Vec<SeedSqlInstance>,
    /// Service accounts.
    #[serde(default)]
    pub service_accounts: Vec<SeedServiceAccount>,
    /// Addresses of service accounts whose tokens may live for up to 12 hours.
    #[serde(default)]
    pub extended_lifetimes: Vec<String>,
    /// Those who can log in.
    #[serde(default)]
    pub people: Vec<SeedPerson>,
    /// Groups and their members.
    #[serde(default)]
    pub groups: Vec<SeedGroup>,
    /// Emails of those who may read every group in Cloud Identity; others see the groups that they are in.
    #[serde(default)]
    pub group_readers: Vec<String>,
    /// Custom roles, besides the built-in predefined ones.
    #[serde(default)]
    pub roles: Vec<CustomRole>,
    /// Resource to allow policy; stored as they are.
    #[serde(default)]
    pub policies: BTreeMap<String, Value>,
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedOrganization {
    /// Digits.
    pub number: String,
    /// Its domain.
    pub display_name: String,
}

/// A folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedFolder {
    /// Digits.
    pub number: String,
    /// For people.
    pub display_name: String,
    /// `organizations/N` or `folders/N`.
    pub parent: String,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedProject {
    /// The project id.
    pub id: String,
    /// The project number, in digits.
    pub number: String,
    /// For people.
    pub display_name: String,
    /// `folders/N` or `organizations/N`.
    pub parent: String,
    /// What selectors look at.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// A Cloud Storage bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedBucket {
    /// The bucket's name.
    pub name: String,
    /// The id of its project.
    pub project: String,
    /// Uniform bucket-level access; without it a bucket takes no conditions.
    pub uniform_access: bool,
}

impl Default for Seed {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program, and a test reads it"
    )]
    fn default() -> Self {
        Self::from_yaml(BUILT_IN).expect("the built-in world is valid")
    }
}

impl Seed {
    /// A world without resources or people; the predefined roles are always there.
    pub fn empty() -> Seed {
        Seed {
            domains: Vec::new(),
            organizations: Vec::new(),
            folders: Vec::new(),
            projects: Vec::new(),
            buckets: Vec::new(),
            topics: Vec::new(),
            secrets: Vec::new(),
            compute_instances: Vec::new(),
            clusters: Vec::new(),
            sql_instances: Vec::new(),
            service_accounts: Vec::new(),
            extended_lifetimes: Vec::new(),
            people: Vec::new(),
            groups: Vec::new(),
            group_readers: Vec::new(),
            roles: Vec::new(),
            policies: BTreeMap::new(),
        }
    }

    /// Reads a seed; unknown fields are errors.
    pub fn from_yaml(text: &str) -> Result<Seed, Error> {
        serde_saphyr::from_str(text).map_err(|error| Error::Seed(error.to_string()))
    }

    /// The same document again. It is written as JSON, which every YAML reader takes.
    pub fn to_yaml(&self) -> Result<String, Error> {
        serde_json::to_string_pretty(self).map_err(|error| Error::Seed(error.to_string()))
    }

    /// Builds the world; resources come with the policies given, at the given time.
    pub(crate) fn build(&self, now: Timestamp, kept: usize) -> Result<World, Error> {
        let mut world = World {
            roles: Roles::built_in()?,
            kept,
            usual_project: self.projects.first().map(|project| project.id.clone()),
            ..World::default()
        };
        for role in &self.roles {
            world.roles.add(role);
        }
        self.populate(&mut world);
        self.lay_out(&mut world, now)?;
        self.lay_out_machines(&mut world, now)?;
        for (name, policy) in &self.policies {
            let key = world
                .resources
                .key(name)
                .ok_or_else(|| Error::Seed(format!("policies: no resource {name}")))?;
            let policy = Policy::from_json(policy.clone())
                .map_err(|error| Error::Seed(format!("{name}: {error}")))?;
            world.overwrite_policy(&key, policy, now, "sandbox", "seed");
        }
        Ok(world)
    }

    fn populate(&self, world: &mut World) {
        let extended = self.extended_lifetimes.iter();
        world.extended_lifetimes = extended.map(|email| email.to_lowercase()).collect();
        let directory = &mut world.directory;
        for domain in &self.domains {
            directory.add_domain(domain);
        }
        for person in &self.people {
            directory.add(
                PrincipalKind::User,
                &person.email,
                &person.name,
                person.hosted_domain.clone(),
            );
        }
        for account in &self.service_accounts {
            directory.add(
                PrincipalKind::ServiceAccount,
                &account.email,
                &account.display_name,
                None,
            );
        }
        for group in &self.groups {
            directory.add(PrincipalKind::Group, &group.email, &group.email, None);
            for member in &group.members {
                directory.join(&group.email, member);
            }
        }
        for reader in &self.group_readers {
            directory.set_reader(reader, true);
        }
    }

    fn lay_out(&self, world: &mut World, now: Timestamp) -> Result<(), Error> {
        let mut insert = |kind,
                          key: String,
                          number: &str,
                          display_name: &str,
                          parent: Option<String>,
                          labels,
                          uniform_access| {
            if let Some(missing) = parent
                .as_deref()
                .filter(|parent| world.resources.get(parent).is_none())
            {
                return Err(Error::Seed(format!(
                    "{key}: its parent {missing} does not exist"
                )));
            }
            world.resources.insert(Resource {
                kind,
                key,
                number: number.to_owned(),
                display_name: display_name.to_owned(),
                parent,
                labels,
                location: String::new(),
                uniform_access,
                created: now,
                policy: StoredPolicy::with_etags(if kind == Kind::Bucket {
                    Etags::Counted
                } else {
                    Etags::Opaque
                }),
            });
            Ok(())
        };
        let none = BTreeMap::new;
        for organization in &self.organizations {
            let key = format!("organizations/{}", organization.number);
            insert(
                Kind::Organization,
                key,
                &organization.number,
                &organization.display_name,
                None,
                none(),
                false,
            )?;
        }
        for folder in &self.folders {
            let key = format!("folders/{}", folder.number);
            insert(
                Kind::Folder,
                key,
                &folder.number,
                &folder.display_name,
                Some(folder.parent.clone()),
                none(),
                false,
            )?;
        }
        for project in &self.projects {
            let key = format!("projects/{}", project.id);
            let parent = Some(project.parent.clone());
            insert(
                Kind::Project,
                key,
                &project.number,
                &project.display_name,
                parent,
                project.labels.clone(),
                false,
            )?;
        }
        for bucket in &self.buckets {
            let key = format!("buckets/{}", bucket.name);
            let parent = Some(format!("projects/{}", bucket.project));
            insert(
                Kind::Bucket,
                key,
                "",
                &bucket.name,
                parent,
                none(),
                bucket.uniform_access,
            )?;
        }
        for (kind, names) in [(Kind::Topic, &self.topics), (Kind::Secret, &self.secrets)] {
            for name in names {
                let parent = name.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
                insert(kind, name.clone(), "", "", Some(parent), none(), false)?;
            }
        }
        for account in &self.service_accounts {
            let email = account.email.to_lowercase();
            let number = format!("1{:020}", crate::random::random::<u64>());
            let key = format!("projects/{}/serviceAccounts/{email}", account.project);
            let parent = Some(format!("projects/{}", account.project));
            insert(
                Kind::ServiceAccount,
                key,
                &number,
                &account.display_name,
                parent,
                none(),
                false,
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_built_in_world_builds_and_survives_writing() {
        let seed = Seed::default();
        assert_eq!(Seed::from_yaml(&seed.to_yaml().unwrap()).unwrap(), seed);
        let world = seed.build(Timestamp::UNIX_EPOCH, 100).unwrap();
        let prod = world.resources.get("projects/100000000001").unwrap();
        assert_eq!(prod.key, "projects/acme-prod");
        assert!(prod.policy.policy.has_conditions());
        let lineage: Vec<_> = world
            .resources
            .lineage("buckets/logs-acme-prod")
            .iter()
            .map(|r| r.key.clone())
            .collect();
        assert_eq!(
            lineage,
            [
                "buckets/logs-acme-prod",
                "projects/acme-prod",
                "folders/42",
                "organizations/1"
            ]
        );
        assert_eq!(
            world
                .resources
                .key("projects/-/serviceAccounts/Deployer@acme-prod.iam.gserviceaccount.com")
                .as_deref(),
            Some("projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com")
        );
        assert!(
            world
                .resources
                .key("projects/100000000001/topics/orders")
                .is_some()
        );
    }

    #[test]
    fn a_seed_with_an_unknown_field_or_parent_is_refused() {
        assert!(Seed::from_yaml("organisations: []").is_err());
        let orphan =
            Seed::from_yaml("folders: [{number: '9', display_name: x, parent: organizations/7}]")
                .unwrap();
        assert!(orphan.build(Timestamp::UNIX_EPOCH, 10).is_err());
    }
}
