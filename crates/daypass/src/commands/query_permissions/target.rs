//! The resource that is asked about: by its short name, or by the whole of it as Google writes it.

use daypass_core::email::Email;
use daypass_core::resource::{KINDS, ResourceName};
use daypass_core::service_account::project_of;

use crate::cli::Queried;
use crate::error::Error;
use crate::output::visible;
use crate::wiring::{required_project, zone};

/// Reads the name. gcloud's project and zone are looked up only where they are needed.
pub(super) fn resource(on: &Queried) -> Result<ResourceName, Error> {
    match on {
        Queried::Project(on) => match &on.name {
            Some(name) => named("project", name, |id| Ok(format!("projects/{id}"))),
            None => required_project(on.project.as_deref()),
        },
        Queried::Folder(on) => named("folder", &on.name, |id| Ok(format!("folders/{id}"))),
        Queried::Organization(on) => named("organization", &on.name, |id| {
            Ok(format!("organizations/{id}"))
        }),
        Queried::Bucket(on) => {
            let name = on.name();
            let name = name.strip_prefix("gs://").unwrap_or(name);
            named("bucket", name.trim_end_matches('/'), |name| {
                Ok(format!("buckets/{name}"))
            })
        }
        Queried::ServiceAccount(on) => named("service account", &on.name, |address| {
            let project = account_project(address, on.project.as_deref())?;
            Ok(format!(
                "{project}/serviceAccounts/{}",
                address.to_ascii_lowercase()
            ))
        }),
        Queried::PubsubTopic(on) => named("Pub/Sub topic", on.name(), |name| {
            let project = required_project(on.project.as_deref())?;
            Ok(format!("{project}/topics/{name}"))
        }),
        Queried::ComputeInstance(on) => named("Compute Engine instance", on.name(), |name| {
            let project = required_project(on.project.as_deref())?;
            let zone = required_zone(on.zone.as_deref())?;
            Ok(format!("{project}/zones/{zone}/instances/{name}"))
        }),
        Queried::Secret(on) => named("secret", &on.name, |name| {
            let project = required_project(on.project.as_deref())?;
            Ok(format!("{project}/secrets/{name}"))
        }),
    }
}

/// The resource of this kind that a text names; `whole` makes a whole name of a short one.
fn named(
    kind: &str,
    text: &str,
    whole: impl FnOnce(&str) -> Result<String, Error>,
) -> Result<ResourceName, Error> {
    // Google's full names begin with the service.
    let service = text
        .strip_prefix("//")
        .and_then(|full| full.split_once('/'));
    let name = service.map_or(text, |(_, name)| name);
    let name = if name.contains('/') {
        name.to_owned()
    } else {
        whole(name)?
    };
    let is_of_kind = |name: &ResourceName| name.kind().name == kind;
    let resource = name.parse().ok().filter(is_of_kind);
    resource.ok_or_else(|| wrong(kind, text))
}

fn wrong(kind: &str, text: &str) -> Error {
    let example = KINDS.iter().find(|row| row.name == kind);
    let example = example.map_or("", |row| row.example);
    let short = example.rsplit('/').next().unwrap_or_default();
    Error::Usage {
        message: format!("'{}' is no name of a {kind}", visible(text)),
        hint: format!("write it as {short}, or as {example}"),
    }
}

/// The project of a service account: the one that was named, else the one in its address, else gcloud's.
fn account_project(address: &str, project: Option<&str>) -> Result<ResourceName, Error> {
    if project.is_none() {
        let email = Email::parse(address).map_err(|_| wrong("service account", address))?;
        let own = project_of(&email).and_then(|id| format!("projects/{id}").parse().ok());
        if let Some(own) = own {
            return Ok(own);
        }
    }
    required_project(project)
}

fn required_zone(named: Option<&str>) -> Result<String, Error> {
    let zone = match named {
        Some(named) => Some(named.to_owned()),
        None => zone()?,
    };
    zone.ok_or_else(|| Error::Usage {
        message: "no zone is named, and gcloud has none".into(),
        hint: "add --zone ZONE, or 'gcloud config set compute/zone ZONE'".into(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn read(arguments: &[&str]) -> Result<ResourceName, Error> {
        let words = ["daypass", "query-permissions"].iter().chain(arguments);
        let Command::QueryPermissions(arguments) = Cli::try_parse_from(words).unwrap().command
        else {
            panic!("another command");
        };
        resource(&arguments.on)
    }

    #[test]
    fn short_names_whole_names_and_flags() {
        let account = "robot@acme-pay.iam.gserviceaccount.com";
        for (arguments, expected) in [
            (&["project", "acme-prod"][..], "projects/acme-prod"),
            (&["project", "-p", "acme-prod"], "projects/acme-prod"),
            (
                &["project", "projects/100000000001"],
                "projects/100000000001",
            ),
            (&["folder", "42"], "folders/42"),
            (&["folder", "folders/42"], "folders/42"),
            (&["organization", "1"], "organizations/1"),
            (
                &[
                    "organization",
                    "//cloudresourcemanager.googleapis.com/organizations/1",
                ],
                "organizations/1",
            ),
            (&["bucket", "gs://logs/"], "projects/_/buckets/logs"),
            (&["bucket", "-b", "logs"], "projects/_/buckets/logs"),
            (
                &["storage-bucket", "projects/_/buckets/logs"],
                "projects/_/buckets/logs",
            ),
            (
                &["pubsub", "-t", "orders", "-p", "acme"],
                "projects/acme/topics/orders",
            ),
            (
                &["pubsub-topic", "projects/acme/topics/orders"],
                "projects/acme/topics/orders",
            ),
            (
                &[
                    "compute-instance",
                    "-i",
                    "web-1",
                    "-z",
                    "europe-west3-a",
                    "-p",
                    "acme",
                ],
                "projects/acme/zones/europe-west3-a/instances/web-1",
            ),
            (&["secret", "db", "-p", "acme"], "projects/acme/secrets/db"),
            (
                &["service-account", "Robot@acme-pay.iam.gserviceaccount.com"],
                &format!("projects/acme-pay/serviceAccounts/{account}"),
            ),
            (
                &["service-account", account, "-p", "acme"],
                &format!("projects/acme/serviceAccounts/{account}"),
            ),
            (
                &[
                    "service-account",
                    "12-compute@developer.gserviceaccount.com",
                ],
                "projects/12/serviceAccounts/12-compute@developer.gserviceaccount.com",
            ),
        ] {
            assert_eq!(read(arguments).unwrap().as_str(), expected, "{arguments:?}");
        }
    }

    #[test]
    fn what_is_no_name_of_the_kind_is_told_with_an_example() {
        for (arguments, kind) in [
            (&["project", "Acme Prod"][..], "project"),
            (&["folder", "production"], "folder"),
            (&["folder", "organizations/1"], "folder"),
            (&["bucket", "gs://"], "bucket"),
            (&["bucket", "gs://logs/path"], "bucket"),
            (&["service-account", "robot"], "service account"),
            (&["pubsub-topic", "a b", "-p", "acme"], "Pub/Sub topic"),
            (&["secret", "projects/acme/topics/orders"], "secret"),
            (
                &[
                    "compute-instance",
                    "web?1",
                    "-z",
                    "europe-west3-a",
                    "-p",
                    "acme",
                ],
                "Compute Engine instance",
            ),
        ] {
            let error = read(arguments).unwrap_err();
            assert!(
                error
                    .to_string()
                    .ends_with(&format!("is no name of a {kind}")),
                "{error}"
            );
            assert!(error.hint().unwrap().starts_with("write it as "), "{error}");
        }
    }
}
