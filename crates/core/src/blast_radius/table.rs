//! The permissions that lead further than they seem to, with what their holder can do, in a sentence.
//!
//! After Google's own warnings: <https://cloud.google.com/iam/docs/best-practices-service-accounts>,
//! <https://cloud.google.com/iam/docs/service-account-permissions>,
//! <https://cloud.google.com/iam/docs/attach-service-accounts>; the names are those of
//! <https://cloud.google.com/iam/docs/roles-permissions>.

use super::danger::Category;
use super::danger::Category::{
    Access, Code, Destruction, Guardrails, Identity, Keys, Secrets, Traces,
};

/// The permission without which nothing new can run as a service account.
pub(super) const ACT_AS: &str = "iam.serviceAccounts.actAs";

/// A row of the table. A pattern is a permission, or one with `*` as its first or last part.
pub(super) struct Row {
    pub(super) pattern: &'static str,
    pub(super) category: Category,
    /// What its holder can do.
    pub(super) can: &'static str,
    /// Whether it is dangerous only together with [`ACT_AS`].
    pub(super) with_act_as: bool,
}

const fn row(pattern: &'static str, category: Category, can: &'static str) -> Row {
    Row {
        pattern,
        category,
        can,
        with_act_as: false,
    }
}

const fn code(pattern: &'static str, can: &'static str) -> Row {
    Row {
        pattern,
        category: Category::Code,
        can,
        with_act_as: true,
    }
}

/// The first row that fits counts.
pub(super) const TABLE: &[Row] = &[
    row(
        "resourcemanager.organizations.setIamPolicy",
        Access,
        "give anybody any role in the organization",
    ),
    row(
        "resourcemanager.folders.setIamPolicy",
        Access,
        "give anybody any role in the folder",
    ),
    row(
        "resourcemanager.projects.setIamPolicy",
        Access,
        "give anybody any role on the project",
    ),
    row(
        "iam.serviceAccounts.setIamPolicy",
        Access,
        "let anybody act as the service accounts",
    ),
    row(
        "iam.roles.create",
        Access,
        "make custom roles with any permission",
    ),
    row(
        "iam.roles.undelete",
        Access,
        "bring back custom roles that were deleted",
    ),
    row(
        "iam.roles.update",
        Access,
        "add permissions to the custom roles that people hold",
    ),
    row(
        "privilegedaccessmanager.entitlements.create",
        Access,
        "write entitlements of Google's Privileged Access Manager for themselves",
    ),
    row(
        "privilegedaccessmanager.entitlements.update",
        Access,
        "write entitlements of Google's Privileged Access Manager for themselves",
    ),
    row(
        "*.setIamPolicy",
        Access,
        "change who has access there, for good",
    ),
    row(
        ACT_AS,
        Identity,
        "attach the service accounts to whatever runs code, and so do what they may do",
    ),
    row(
        "iam.serviceAccounts.getAccessToken",
        Identity,
        "take tokens of the service accounts and do what they may do",
    ),
    row(
        "iam.serviceAccounts.getOpenIdToken",
        Identity,
        "sign in elsewhere as the service accounts",
    ),
    row(
        "iam.serviceAccounts.implicitDelegation",
        Identity,
        "take tokens of accounts that the service accounts may act as",
    ),
    row(
        "iam.serviceAccounts.signBlob",
        Identity,
        "sign as the service accounts, and so make tokens of them",
    ),
    row(
        "iam.serviceAccounts.signJwt",
        Identity,
        "sign as the service accounts, and so make tokens of them",
    ),
    row(
        "iam.workforcePoolProviders.*",
        Identity,
        "let people of other identity providers in",
    ),
    row(
        "iam.workloadIdentityPoolProviders.create",
        Identity,
        "let workloads of other clouds in",
    ),
    row(
        "iam.workloadIdentityPoolProviders.update",
        Identity,
        "let other workloads in than were meant",
    ),
    row(
        "container.clusters.impersonate",
        Identity,
        "act as anybody within the clusters",
    ),
    row(
        "compute.instances.setServiceAccount",
        Identity,
        "change whose tokens the machines give to what runs on them",
    ),
    row(
        "iam.serviceAccountKeys.create",
        Keys,
        "make keys of the service accounts, which outlive the grant and work from anywhere",
    ),
    row(
        "storage.hmacKeys.create",
        Keys,
        "make storage keys of the service accounts, which outlive the grant",
    ),
    row(
        "apikeys.keys.create",
        Keys,
        "make API keys, which outlive the grant",
    ),
    row(
        "cloudsql.users.create",
        Keys,
        "add database users, which outlive the grant",
    ),
    row(
        "cloudsql.users.update",
        Keys,
        "change the passwords of database users",
    ),
    row(
        "compute.instances.osAdminLogin",
        Code,
        "become root on the machines and use their service accounts",
    ),
    row(
        "compute.instances.setMetadata",
        Code,
        "put SSH keys and start-up scripts on the machines, which run as their service accounts",
    ),
    row(
        "compute.projects.setCommonInstanceMetadata",
        Code,
        "put SSH keys and start-up scripts on all machines of the project",
    ),
    row(
        "container.pods.exec",
        Code,
        "run commands in the pods and use their service accounts",
    ),
    row(
        "container.pods.create",
        Code,
        "run pods in the clusters and use the accounts there",
    ),
    row(
        "cloudbuild.builds.create",
        Code,
        "run builds as the build service account, which often may deploy everything",
    ),
    row(
        "deploymentmanager.deployments.create",
        Code,
        "deploy anything as Google's service agent, which is an editor of the project",
    ),
    row(
        "deploymentmanager.deployments.update",
        Code,
        "deploy anything as Google's service agent, which is an editor of the project",
    ),
    row(
        "dataflow.jobs.create",
        Code,
        "run code as the worker service account of the pipelines",
    ),
    row(
        "dataproc.jobs.create",
        Code,
        "run jobs as the service account of the clusters",
    ),
    row(
        "composer.environments.update",
        Code,
        "run code as the service account of the environments",
    ),
    code(
        "compute.instances.create",
        "start machines that run as a service account",
    ),
    code(
        "compute.instanceTemplates.create",
        "have machines started that run as a service account",
    ),
    code(
        "cloudfunctions.functions.create",
        "run functions as a service account",
    ),
    code(
        "cloudfunctions.functions.update",
        "put other code into functions that run as a service account",
    ),
    code("run.services.create", "run containers as a service account"),
    code(
        "run.services.update",
        "put other code into services that run as a service account",
    ),
    code("run.jobs.create", "run containers as a service account"),
    code(
        "run.jobs.update",
        "put other code into jobs that run as a service account",
    ),
    code(
        "cloudscheduler.jobs.create",
        "have calls made as a service account",
    ),
    code(
        "cloudscheduler.jobs.update",
        "have calls made as a service account",
    ),
    code(
        "workflows.workflows.create",
        "run workflows as a service account",
    ),
    code(
        "workflows.workflows.update",
        "change workflows that run as a service account",
    ),
    code(
        "notebooks.instances.create",
        "start notebooks that run as a service account",
    ),
    row("orgpolicy.policy.get", Guardrails, ""),
    row("orgpolicy.policies.list", Guardrails, ""),
    row("orgpolicy.constraints.list", Guardrails, ""),
    row("orgpolicy.customConstraints.get", Guardrails, ""),
    row("orgpolicy.customConstraints.list", Guardrails, ""),
    row(
        "orgpolicy.*",
        Guardrails,
        "lift the organization's restrictions, such as those on keys and domains",
    ),
    row(
        "iam.denypolicies.create",
        Guardrails,
        "deny others what they need",
    ),
    row(
        "iam.denypolicies.update",
        Guardrails,
        "remove what is denied to them",
    ),
    row(
        "iam.denypolicies.delete",
        Guardrails,
        "remove the policies that deny things",
    ),
    row(
        "resourcemanager.projects.move",
        Guardrails,
        "move the project away from the policies above it",
    ),
    row(
        "resourcemanager.folders.move",
        Guardrails,
        "move the folder away from the policies above it",
    ),
    row(
        "accesscontextmanager.servicePerimeters.update",
        Guardrails,
        "change who gets through the organization's perimeters",
    ),
    row("secretmanager.versions.access", Secrets, "read the secrets"),
    row(
        "container.secrets.get",
        Secrets,
        "read the secrets of the clusters",
    ),
    row(
        "container.secrets.list",
        Secrets,
        "read the secrets of the clusters",
    ),
    row(
        "cloudkms.cryptoKeyVersions.useToDecrypt",
        Secrets,
        "decrypt what the keys protect",
    ),
    row(
        "cloudkms.cryptoKeyVersions.useToSign",
        Secrets,
        "sign with the keys",
    ),
    row("logging.logs.delete", Traces, "delete logs"),
    row("logging.buckets.delete", Traces, "delete logs"),
    row(
        "logging.buckets.update",
        Traces,
        "shorten how long logs are kept",
    ),
    row(
        "logging.sinks.delete",
        Traces,
        "stop logs from being kept elsewhere",
    ),
    row("logging.sinks.update", Traces, "send logs elsewhere"),
    row(
        "resourcemanager.projects.delete",
        Destruction,
        "delete the project with everything in it",
    ),
    row(
        "resourcemanager.projects.deleteBillingAssignment",
        Destruction,
        "stop everything in the project by taking its billing account away",
    ),
    row(
        "resourcemanager.folders.delete",
        Destruction,
        "delete the folder",
    ),
    row("storage.buckets.delete", Destruction, "delete buckets"),
    row(
        "storage.objects.delete",
        Destruction,
        "delete and overwrite objects",
    ),
    row(
        "bigquery.datasets.delete",
        Destruction,
        "delete datasets with their tables",
    ),
    row("bigquery.tables.delete", Destruction, "delete tables"),
    row(
        "bigtable.instances.delete",
        Destruction,
        "delete Bigtable instances with their data",
    ),
    row("bigtable.tables.delete", Destruction, "delete tables"),
    row(
        "cloudsql.instances.delete",
        Destruction,
        "delete databases with their backups",
    ),
    row("cloudsql.databases.delete", Destruction, "delete databases"),
    row("cloudsql.backupRuns.delete", Destruction, "delete backups"),
    row(
        "spanner.instances.delete",
        Destruction,
        "delete Spanner instances with their data",
    ),
    row("spanner.databases.drop", Destruction, "delete databases"),
    row("datastore.entities.delete", Destruction, "delete entities"),
    row(
        "datastore.databases.delete",
        Destruction,
        "delete databases",
    ),
    row("compute.disks.delete", Destruction, "delete disks"),
    row("compute.snapshots.delete", Destruction, "delete snapshots"),
    row("file.instances.delete", Destruction, "delete file shares"),
    row(
        "redis.instances.delete",
        Destruction,
        "delete Redis instances with their data",
    ),
    row(
        "alloydb.clusters.delete",
        Destruction,
        "delete database clusters with their data",
    ),
    row(
        "container.clusters.delete",
        Destruction,
        "delete clusters with what runs in them",
    ),
    row(
        "secretmanager.secrets.delete",
        Destruction,
        "delete secrets",
    ),
    row(
        "secretmanager.versions.destroy",
        Destruction,
        "destroy secrets for good",
    ),
    row(
        "cloudkms.cryptoKeyVersions.destroy",
        Destruction,
        "destroy keys, and with them all that they encrypt",
    ),
    row(
        "artifactregistry.repositories.delete",
        Destruction,
        "delete repositories with their packages",
    ),
    row(
        "pubsub.subscriptions.delete",
        Destruction,
        "delete subscriptions with their messages",
    ),
];

impl Row {
    pub(super) fn fits(&self, permission: &str) -> bool {
        match (
            self.pattern.strip_prefix('*'),
            self.pattern.strip_suffix('*'),
        ) {
            (Some(end), _) => permission.ends_with(end),
            (_, Some(start)) => permission.starts_with(start),
            _ => permission == self.pattern,
        }
    }
}
