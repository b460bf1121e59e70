//! Which permissions are dangerous where, and gathering them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use super::table::{Row, TABLE};
use crate::resource::ResourceName;

/// What kind of harm a permission can do; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Giving access to anybody, also for good.
    Access,
    /// Acting as somebody else.
    Identity,
    /// Making credentials that outlive the grant.
    Keys,
    /// Running code as somebody else.
    Code,
    /// Lifting what the organization forbids.
    Guardrails,
    /// Reading secrets, decrypting, signing.
    Secrets,
    /// Stopping or erasing the record of what is done.
    Traces,
    /// Deleting data or what it stands in.
    Destruction,
}

impl Category {
    /// The name as in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Identity => "identity",
            Self::Keys => "keys",
            Self::Code => "code",
            Self::Guardrails => "guardrails",
            Self::Secrets => "secrets",
            Self::Traces => "traces",
            Self::Destruction => "destruction",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A dangerous permission that somebody would get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Danger {
    /// The permission.
    pub permission: String,
    /// The kind of harm.
    pub category: Category,
    /// What its holder can do; completes "can".
    pub can: String,
    /// The resources that they would get it on.
    pub on: Vec<ResourceName>,
    /// Whether it holds only where a condition of the privilege does.
    pub limited: bool,
    /// Until when they have it already on all of them, by other grants.
    pub until: Option<Timestamp>,
}

/// The row of a dangerous permission. One without words is known to be harmless.
fn row_of(permission: &str) -> Option<&'static Row> {
    let row = TABLE.iter().find(|row| row.fits(permission))?;
    (!row.can.is_empty()).then_some(row)
}

/// Whether a permission does anything when it is given on this resource: one of an organization does nothing further
/// down, and below a project only those of the service itself do.
fn has_effect(permission: &str, on: &ResourceName) -> bool {
    let mut segments = on.as_str().split('/');
    let (top, is_container) = (segments.next(), segments.count() == 1);
    let is_organization = top == Some("organizations");
    match permission.split('.').collect::<Vec<_>>()[..] {
        ["resourcemanager", "organizations", ..] => is_organization,
        ["resourcemanager", "folders", ..] => is_organization || top == Some("folders"),
        ["resourcemanager", ..] => is_container,
        [service, ..] => is_container || on.kind().permissions.split('.').next() == Some(service),
        [] => false,
    }
}

/// The dangers of one question, gathered over all places.
#[derive(Default)]
pub(super) struct Found(BTreeMap<(Category, String), Danger>);

impl Found {
    /// Takes the permission in if it is dangerous there.
    pub(super) fn look_at(
        &mut self,
        permission: &str,
        on: &ResourceName,
        may_act_as: bool,
        limited: bool,
        until: Option<Timestamp>,
    ) {
        let Some(row) = row_of(permission) else {
            return;
        };
        if !has_effect(permission, on) || (row.with_act_as && !may_act_as) {
            return;
        }
        let known = self.0.entry((row.category, permission.to_owned()));
        let danger = known.or_insert_with(|| Danger {
            permission: permission.to_owned(),
            category: row.category,
            can: row.can.to_owned(),
            on: Vec::new(),
            limited,
            until,
        });
        danger.on.push(on.clone());
        danger.limited &= limited;
        danger.until = danger.until.zip(until).map(|(one, other)| one.min(other));
    }

    /// The worst category first, then by name.
    pub(super) fn sorted(self) -> Vec<Danger> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::Category::{Access, Guardrails, Identity};
    use super::*;

    #[test]
    fn every_row_is_reached_and_reads_as_the_end_of_a_sentence() {
        for row in TABLE {
            let sample = match row.pattern {
                "*.setIamPolicy" => "storage.buckets.setIamPolicy".to_owned(),
                pattern => pattern.replace('*', "some.thing"),
            };
            let first = TABLE.iter().find(|other| other.fits(&sample)).unwrap();
            assert_eq!(first.pattern, row.pattern, "it is never looked at");
            let begins = row.can.chars().next().is_none_or(char::is_lowercase);
            assert!(begins && !row.can.ends_with('.'), "{}", row.pattern);
        }
    }

    #[test]
    fn what_is_named_dangerous_and_what_is_not() {
        for (permission, category) in [
            ("pubsub.topics.setIamPolicy", Some(Access)),
            ("iam.serviceAccounts.signJwt", Some(Identity)),
            ("orgpolicy.policy.set", Some(Guardrails)),
            ("orgpolicy.policy.get", None),
            ("storage.buckets.getIamPolicy", None),
            ("storage.objects.get", None),
            ("cloudkms.cryptoKeyVersions.useToEncrypt", None),
        ] {
            assert_eq!(
                row_of(permission).map(|row| row.category),
                category,
                "{permission}"
            );
        }
    }

    #[test]
    fn a_permission_counts_only_where_it_does_something() {
        for (permission, on, expected) in [
            (
                "resourcemanager.organizations.setIamPolicy",
                "organizations/1",
                true,
            ),
            (
                "resourcemanager.organizations.setIamPolicy",
                "projects/acme",
                false,
            ),
            ("resourcemanager.folders.setIamPolicy", "folders/42", true),
            (
                "resourcemanager.folders.setIamPolicy",
                "projects/acme",
                false,
            ),
            ("resourcemanager.projects.setIamPolicy", "folders/42", true),
            (
                "resourcemanager.projects.setIamPolicy",
                "projects/acme",
                true,
            ),
            (
                "resourcemanager.projects.setIamPolicy",
                "buckets/logs",
                false,
            ),
            ("storage.buckets.setIamPolicy", "buckets/logs", true),
            (
                "storage.buckets.setIamPolicy",
                "projects/acme/secrets/s",
                false,
            ),
            (
                "secretmanager.versions.access",
                "projects/acme/secrets/s",
                true,
            ),
        ] {
            let on = on.parse().unwrap();
            assert_eq!(
                has_effect(permission, &on),
                expected,
                "{permission} on {on}"
            );
        }
    }
}
