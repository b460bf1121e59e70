//! Predefined roles that give more than they seem to.
//!
//! From Google's lists of predefined roles and their permissions
//! (<https://cloud.google.com/iam/docs/roles-permissions>), by these permissions: `setIamPolicy` of any kind,
//! `iam.serviceAccounts.{actAs,getAccessToken,getOpenIdToken,implicitDelegation,signBlob,signJwt}`,
//! `iam.serviceAccountKeys.create`, `storage.hmacKeys.create`, `iam.roles.update`, `orgpolicy.policy.set`,
//! `iam.denypolicies.*`, and jobs that run under a service account without `actAs` being asked for
//! (<https://cloud.google.com/iam/docs/best-practices-service-accounts>,
//! <https://cloud.google.com/iam/docs/service-account-permissions>). Google adds permissions to roles over time; the
//! blast radius that an approver sees is read from Google itself.

/// How far the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerKind {
    /// To other roles or other accounts.
    More,
    /// To the same, for good: the policy of the service's own resources.
    Lasting,
}

/// A role and what its holder can do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Power {
    /// The role.
    pub role: &'static str,
    /// How far it goes.
    pub kind: PowerKind,
    /// What its holder can do; completes "its holder can".
    pub can: &'static str,
    /// A role that is often enough and not in this table; empty: none. Completes "give … if that is enough".
    pub instead: &'static str,
}

const fn more(role: &'static str, can: &'static str) -> Power {
    Power {
        role,
        kind: PowerKind::More,
        can,
        instead: "",
    }
}

const fn lasting(role: &'static str, can: &'static str, instead: &'static str) -> Power {
    Power {
        role,
        kind: PowerKind::Lasting,
        can,
        instead,
    }
}

/// All of them, by name.
pub const ROLES_WITH_POWER: &[Power] = &[
    more(
        "roles/accesscontextmanager.policyAdmin",
        "change who gets through the organization's perimeters",
    ),
    lasting(
        "roles/aiplatform.admin",
        "change who may use the models, endpoints and feature stores",
        "roles/aiplatform.user",
    ),
    lasting(
        "roles/artifactregistry.admin",
        "change who may read and replace packages",
        "roles/artifactregistry.writer",
    ),
    lasting(
        "roles/bigquery.admin",
        "change who may read and write the data",
        "roles/bigquery.dataEditor with roles/bigquery.jobUser",
    ),
    lasting(
        "roles/bigquery.dataOwner",
        "change who may read and write the data",
        "roles/bigquery.dataEditor",
    ),
    lasting(
        "roles/bigtable.admin",
        "change who may read and write the data",
        "roles/bigtable.user",
    ),
    lasting(
        "roles/billing.admin",
        "change who manages the billing account",
        "roles/billing.viewer",
    ),
    more(
        "roles/cloudbuild.builds.builder",
        "run builds as the build service account, which often may deploy everything",
    ),
    more(
        "roles/cloudbuild.builds.editor",
        "run builds as the build service account, which often may deploy everything",
    ),
    lasting(
        "roles/cloudfunctions.admin",
        "change who may call and replace the functions",
        "roles/cloudfunctions.developer",
    ),
    lasting(
        "roles/cloudkms.admin",
        "change who may use the keys",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
    ),
    more(
        "roles/cloudsql.admin",
        "add database users and change their passwords, which outlive the grant",
    ),
    lasting(
        "roles/cloudtasks.admin",
        "change who may use the queues",
        "roles/cloudtasks.enqueuer",
    ),
    more(
        "roles/composer.environmentAndStorageObjectAdmin",
        "run code as the service account of the Composer environments",
    ),
    lasting(
        "roles/compute.admin",
        "change who may use instances, disks and images",
        "roles/compute.osLogin, or a custom role without setIamPolicy,",
    ),
    lasting(
        "roles/compute.instanceAdmin",
        "change who may use instances and machine images",
        "roles/compute.osLogin, or a custom role without setIamPolicy,",
    ),
    lasting(
        "roles/compute.instanceAdmin.v1",
        "change who may use instances, disks and images",
        "roles/compute.osLogin, or a custom role without setIamPolicy,",
    ),
    lasting(
        "roles/compute.loadBalancerAdmin",
        "change who may use the backends of load balancers",
        "roles/compute.viewer, or a custom role without setIamPolicy,",
    ),
    lasting(
        "roles/compute.networkAdmin",
        "change who may use network attachments and backends",
        "roles/compute.networkUser, or a custom role without setIamPolicy,",
    ),
    more(
        "roles/compute.osAdminLogin",
        "become root on instances and use their service accounts",
    ),
    lasting(
        "roles/compute.securityAdmin",
        "change who may use firewall and security policies",
        "roles/compute.viewer, or a custom role without setIamPolicy,",
    ),
    lasting(
        "roles/compute.storageAdmin",
        "change who may use disks, images and snapshots",
        "roles/compute.viewer, or a custom role without setIamPolicy,",
    ),
    more(
        "roles/container.admin",
        "run pods and read the secrets and tokens of every workload in the clusters",
    ),
    more(
        "roles/container.developer",
        "run pods and read the secrets and tokens of every workload in the clusters",
    ),
    more(
        "roles/dataflow.developer",
        "run code as the worker service account of the pipelines",
    ),
    more(
        "roles/dataproc.admin",
        "run jobs as the service account of the clusters",
    ),
    more(
        "roles/dataproc.editor",
        "run jobs as the service account of the clusters",
    ),
    lasting(
        "roles/dataproc.worker",
        "give anybody access to the objects of buckets that keep access lists",
        "roles/storage.objectUser",
    ),
    lasting(
        "roles/datastore.owner",
        "change who may read and write the data",
        "roles/datastore.user",
    ),
    more(
        "roles/deploymentmanager.editor",
        "deploy anything as Google's service agent, which is an editor of the project",
    ),
    lasting(
        "roles/eventarc.admin",
        "change who may use the triggers",
        "roles/eventarc.viewer",
    ),
    more(
        "roles/iam.denyAdmin",
        "remove the policies that deny things",
    ),
    more(
        "roles/iam.organizationRoleAdmin",
        "add permissions to the custom roles that people hold",
    ),
    more(
        "roles/iam.roleAdmin",
        "add permissions to the custom roles that people hold",
    ),
    more("roles/iam.securityAdmin", "give anybody any role"),
    more(
        "roles/iam.serviceAccountAdmin",
        "let anybody act as the service accounts",
    ),
    more(
        "roles/iam.serviceAccountKeyAdmin",
        "make keys of the service accounts, which outlive the grant and work from anywhere",
    ),
    more(
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "sign in elsewhere as the service accounts",
    ),
    more(
        "roles/iam.serviceAccountTokenCreator",
        "take tokens of the service accounts and sign as them; an impersonation privilege does only the first",
    ),
    more(
        "roles/iam.serviceAccountUser",
        "attach the service accounts to machines, functions and jobs, and so do what they may do",
    ),
    more(
        "roles/iam.workforcePoolAdmin",
        "let people of other identity providers in",
    ),
    more(
        "roles/iam.workloadIdentityPoolAdmin",
        "let workloads of other clouds in, as whatever the pool may act as",
    ),
    more(
        "roles/iam.workloadIdentityUser",
        "take tokens of the service accounts",
    ),
    lasting(
        "roles/iap.admin",
        "change who gets through Identity-Aware Proxy",
        "roles/iap.httpsResourceAccessor",
    ),
    lasting(
        "roles/notebooks.admin",
        "change who may use the notebooks",
        "roles/notebooks.viewer",
    ),
    more(
        "roles/orgpolicy.policyAdmin",
        "lift the organization's restrictions, such as those on keys and domains",
    ),
    lasting(
        "roles/privateca.admin",
        "change who may issue certificates",
        "roles/privateca.certificateManager",
    ),
    more(
        "roles/privilegedaccessmanager.admin",
        "write entitlements of Google's Privileged Access Manager for themselves",
    ),
    lasting(
        "roles/pubsub.admin",
        "change who may publish and read",
        "roles/pubsub.editor",
    ),
    more(
        "roles/resourcemanager.folderAdmin",
        "give anybody any role in the folder",
    ),
    more(
        "roles/resourcemanager.folderIamAdmin",
        "give anybody any role in the folder",
    ),
    more(
        "roles/resourcemanager.organizationAdmin",
        "give anybody any role in the organization",
    ),
    more(
        "roles/resourcemanager.projectIamAdmin",
        "give anybody any role in the project",
    ),
    lasting(
        "roles/resourcemanager.tagAdmin",
        "change who may attach the tags, on which conditions and policies may depend",
        "roles/resourcemanager.tagUser",
    ),
    lasting(
        "roles/run.admin",
        "change who may call and replace the services",
        "roles/run.developer",
    ),
    lasting(
        "roles/secretmanager.admin",
        "change who may read the secrets",
        "roles/secretmanager.secretVersionManager",
    ),
    lasting(
        "roles/securitycenter.admin",
        "change who may write findings of the sources",
        "roles/securitycenter.adminEditor",
    ),
    more(
        "roles/serviceusage.apiKeysAdmin",
        "make API keys, which outlive the grant",
    ),
    lasting(
        "roles/source.admin",
        "change who may read and write the repositories",
        "roles/source.writer",
    ),
    lasting(
        "roles/spanner.admin",
        "change who may read and write the data",
        "roles/spanner.databaseUser",
    ),
    lasting(
        "roles/spanner.backupAdmin",
        "change who may read and restore the backups",
        "roles/spanner.viewer",
    ),
    lasting(
        "roles/spanner.databaseAdmin",
        "change who may read and write the data",
        "roles/spanner.databaseUser",
    ),
    lasting(
        "roles/storage.admin",
        "change who may read and write the buckets",
        "roles/storage.objectUser",
    ),
    lasting(
        "roles/storage.folderAdmin",
        "change who may read and write the folders and objects",
        "roles/storage.objectUser",
    ),
    more(
        "roles/storage.hmacKeyAdmin",
        "make storage keys of the service accounts, which outlive the grant",
    ),
    lasting(
        "roles/storage.legacyBucketOwner",
        "change who may read and write the bucket",
        "roles/storage.objectUser",
    ),
    lasting(
        "roles/storage.legacyObjectOwner",
        "give anybody access to the objects of buckets that keep access lists",
        "roles/storage.legacyObjectReader",
    ),
    lasting(
        "roles/storage.objectAdmin",
        "give anybody access to the objects of buckets that keep access lists",
        "roles/storage.objectUser",
    ),
    lasting(
        "roles/workflows.admin",
        "change who may run and replace the workflows",
        "roles/workflows.editor",
    ),
];

/// Roles that start or change something that runs, once a service account may be attached to it
/// (<https://cloud.google.com/iam/docs/attach-service-accounts>).
pub(super) const ROLES_THAT_RUN_CODE: &[&str] = &[
    "roles/cloudfunctions.admin",
    "roles/cloudfunctions.developer",
    "roles/cloudscheduler.admin",
    "roles/compute.admin",
    "roles/compute.instanceAdmin",
    "roles/compute.instanceAdmin.v1",
    "roles/notebooks.admin",
    "roles/run.admin",
    "roles/run.developer",
    "roles/run.sourceDeveloper",
    "roles/workflows.admin",
    "roles/workflows.editor",
];

/// The row of a role.
pub(super) fn of(role: &str) -> Option<&'static Power> {
    ROLES_WITH_POWER
        .binary_search_by(|power| power.role.cmp(role))
        .ok()
        .and_then(|index| ROLES_WITH_POWER.get(index))
}
