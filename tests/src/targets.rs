//! One resource of each kind that takes conditions, with an entitlement on it.

use crate::gcloud::Kind;

/// A resource, by the names that everybody has for it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The entitlement on it.
    pub entitlement: &'static str,
    /// The sandbox's name.
    pub resource: &'static str,
    /// gcloud's command group.
    pub kind: Kind,
    /// gcloud's name.
    pub name: &'static str,
    /// A role that it takes, and that the entitlement does not give.
    pub role: &'static str,
}

/// One entitlement for each target, for everybody in `sre@example.com`, without approval, for half an hour.
pub const ENTITLEMENTS: &str = "
apiVersion: daypass/v1
entitlements:
  - id: on-project
    title: On the project
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/compute.admin]}]
    duration: {default: 30m}
    approval: none
  - id: on-folder
    title: On the folder
    requesters: [group:sre@example.com]
    privileges: [{resource: folders/42, roles: [roles/compute.admin]}]
    duration: {default: 30m}
    approval: none
  - id: on-organization
    title: On the organization
    requesters: [group:sre@example.com]
    privileges: [{resource: organizations/1, roles: [roles/compute.admin]}]
    duration: {default: 30m}
    approval: none
  - id: on-bucket
    title: On the bucket
    requesters: [group:sre@example.com]
    privileges: [{resource: buckets/logs-acme-prod, roles: [roles/storage.objectAdmin]}]
    duration: {default: 30m}
    approval: none
  - id: on-secret
    title: On the secret
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-prod/secrets/db-password, roles: [roles/secretmanager.secretAccessor]}]
    duration: {default: 30m}
    approval: none
  - id: on-account
    title: On the service account
    requesters: [group:sre@example.com]
    privileges:
      - resource: projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com
        roles: [roles/iam.serviceAccountUser]
    duration: {default: 30m}
    approval: none
";

const fn target(
    entitlement: &'static str,
    resource: &'static str,
    kind: Kind,
    name: &'static str,
    role: &'static str,
) -> Target {
    Target {
        entitlement,
        resource,
        kind,
        name,
        role,
    }
}

/// The six kinds.
pub const TARGETS: [Target; 6] = [
    target(
        "on-project",
        "projects/acme-prod",
        Kind::Project,
        "acme-prod",
        "roles/storage.admin",
    ),
    target(
        "on-folder",
        "folders/42",
        Kind::Folder,
        "42",
        "roles/storage.admin",
    ),
    target(
        "on-organization",
        "organizations/1",
        Kind::Organization,
        "1",
        "roles/storage.admin",
    ),
    target(
        "on-bucket",
        "buckets/logs-acme-prod",
        Kind::Bucket,
        "logs-acme-prod",
        "roles/storage.objectViewer",
    ),
    target(
        "on-secret",
        "projects/acme-prod/secrets/db-password",
        Kind::Secret,
        "db-password",
        "roles/secretmanager.viewer",
    ),
    target(
        "on-account",
        "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com",
        Kind::ServiceAccount,
        "deployer@acme-prod.iam.gserviceaccount.com",
        "roles/iam.serviceAccountTokenCreator",
    ),
];
