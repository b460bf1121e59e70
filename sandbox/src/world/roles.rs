//! Predefined, basic and custom roles, and the permissions they hold.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::Error;

const BUILT_IN: &str = include_str!("roles.yaml");

/// Roles that conditions are refused on.
pub(crate) const BASIC_ROLES: [&str; 3] = ["roles/owner", "roles/editor", "roles/viewer"];

/// No basic role holds these.
const MAKES_CREDENTIALS: [&str; 5] = [
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
    "iam.serviceAccounts.implicitDelegation",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
];

#[derive(Clone, Debug, Default)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) stage: String,
    pub(crate) permissions: BTreeSet<String>,
    /// A role that a raw policy mentioned: it exists, but the sandbox does not know what it holds.
    pub(crate) adopted: bool,
}

/// A custom role, as a seed or the control API gives it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomRole {
    /// `projects/P/roles/R` or `organizations/N/roles/R`; `roles/R` adds a predefined one.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub title: String,
    /// Full permission names.
    pub permissions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// `service.resource` to its verbs, separated by spaces.
    permissions: BTreeMap<String, String>,
    roles: BTreeMap<String, FileRole>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRole {
    title: String,
    /// Permission names; `*` at the end stands for every permission with that beginning.
    permissions: String,
}

#[derive(Debug, Default)]
pub(crate) struct Roles {
    by_name: BTreeMap<String, Role>,
    /// Every permission that this world knows.
    permissions: BTreeSet<String>,
}

impl Roles {
    pub(crate) fn built_in() -> Result<Roles, Error> {
        let file: File =
            serde_saphyr::from_str(BUILT_IN).map_err(|error| Error::Seed(error.to_string()))?;
        let permissions: BTreeSet<String> = file
            .permissions
            .iter()
            .flat_map(|(resource, verbs)| {
                verbs
                    .split_whitespace()
                    .map(move |verb| format!("{resource}.{verb}"))
            })
            .collect();
        let mut roles = Roles {
            by_name: BTreeMap::new(),
            permissions,
        };
        for (name, role) in file.roles {
            let mut held = BTreeSet::new();
            for pattern in role.permissions.split_whitespace() {
                let matching: Vec<String> = roles.matching(pattern).cloned().collect();
                if matching.is_empty() {
                    return Err(Error::Seed(format!(
                        "{name} names no known permission with {pattern}"
                    )));
                }
                held.extend(matching);
            }
            roles.insert(&name, &role.title, held);
        }
        roles.insert_basic();
        Ok(roles)
    }

    fn matching<'a>(&'a self, pattern: &'a str) -> impl Iterator<Item = &'a String> {
        let prefix = pattern.strip_suffix('*');
        self.permissions
            .iter()
            .filter(move |name| prefix.map_or(*name == pattern, |prefix| name.starts_with(prefix)))
    }

    fn insert(&mut self, name: &str, title: &str, permissions: BTreeSet<String>) {
        let role = Role {
            name: name.to_owned(),
            title: title.to_owned(),
            description: title.to_owned(),
            stage: "GA".to_owned(),
            permissions,
            adopted: false,
        };
        self.by_name.insert(name.to_owned(), role);
    }

    /// Owner holds everything but the making of credentials, for which even an owner needs Token Creator; editor all
    /// but access control; viewer what only reads.
    fn insert_basic(&mut self) {
        let all = self.permissions.clone();
        let reads = |name: &&String| {
            let verb = name.rsplit('.').next().unwrap_or_default();
            verb.starts_with("get") && verb != "getAccessToken" && verb != "getOpenIdToken"
                || verb.starts_with("list")
        };
        let viewer: BTreeSet<String> = all.iter().filter(reads).cloned().collect();
        let editor: BTreeSet<String> = all
            .iter()
            .filter(|name| {
                let controls = name.ends_with(".setIamPolicy")
                    || name.starts_with("resourcemanager.")
                    || name.starts_with("iam.")
                    || name.ends_with(".access");
                viewer.contains(*name) || !controls
            })
            .cloned()
            .collect();
        self.insert("roles/viewer", "Viewer", viewer);
        self.insert("roles/editor", "Editor", editor);
        let owner = all
            .into_iter()
            .filter(|name| !MAKES_CREDENTIALS.contains(&name.as_str()));
        self.insert("roles/owner", "Owner", owner.collect());
    }

    pub(crate) fn add(&mut self, role: &CustomRole) {
        let permissions: BTreeSet<String> = role.permissions.iter().cloned().collect();
        self.permissions.extend(permissions.iter().cloned());
        self.insert(&role.name, &role.title, permissions);
    }

    pub(crate) fn adopt(&mut self, name: &str) {
        if !self.by_name.contains_key(name) {
            self.insert(name, name, BTreeSet::new());
            if let Some(role) = self.by_name.get_mut(name) {
                role.adopted = true;
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Role> {
        self.by_name.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Role> {
        self.by_name.values()
    }

    pub(crate) fn holds(&self, role: &str, permission: &str) -> bool {
        self.get(role)
            .is_some_and(|role| role.permissions.contains(permission))
    }

    pub(crate) fn permissions(&self) -> impl Iterator<Item = &String> {
        self.permissions.iter()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_built_in_roles_hold_what_google_gives_them() {
        let roles = Roles::built_in().unwrap();
        for (role, permission, expected) in [
            ("roles/storage.admin", "storage.buckets.setIamPolicy", true),
            ("roles/storage.objectViewer", "storage.objects.get", true),
            (
                "roles/storage.objectViewer",
                "storage.objects.delete",
                false,
            ),
            (
                "roles/iam.securityAdmin",
                "resourcemanager.projects.setIamPolicy",
                true,
            ),
            ("roles/browser", "resourcemanager.projects.get", true),
            ("roles/viewer", "secretmanager.versions.access", false),
            (
                "roles/editor",
                "resourcemanager.projects.setIamPolicy",
                false,
            ),
            ("roles/editor", "compute.instances.delete", true),
            ("roles/owner", "resourcemanager.projects.setIamPolicy", true),
            ("roles/owner", "iam.serviceAccounts.getAccessToken", false),
            (
                "roles/iam.serviceAccountUser",
                "iam.serviceAccounts.getAccessToken",
                false,
            ),
        ] {
            assert_eq!(
                roles.holds(role, permission),
                expected,
                "{role} {permission}"
            );
        }
        assert!(roles.iter().count() >= 40, "{}", roles.iter().count());
    }
}
