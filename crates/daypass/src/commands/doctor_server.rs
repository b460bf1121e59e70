//! The part of `daypass doctor` that looks at a server's configuration, and at what it needs from Google.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use daypass_core::decide::MAX_CLOCK_SKEW_SECONDS;
use daypass_core::entitlement::{Catalogue, Entitlement, Privilege};
use daypass_core::resource::ResourceName;
use daypass_engine::error::chain;
use daypass_engine::ports::{Iam, IamError, StoreError};
use daypass_google::Google;
use daypass_store_sqlite::SqliteStore;

use super::doctor::Finding;
use super::serve::on_all_cores;
use crate::configuration::{Configuration, ConfigurationError, Groups, read_keyring, read_secret};
use crate::error::Error;
use crate::wiring::{self, read_catalogue};

/// Looks at a server's configuration file, and at everything that it names.
pub(super) fn examine(path: &Path) -> Vec<Finding> {
    let configuration = match Configuration::load(path) {
        Ok(configuration) => configuration,
        Err(error) => return vec![finding_of("configuration", error, ConfigurationError::hint)],
    };
    let mut findings = vec![Finding::good(
        "configuration",
        format!("{} is well formed", path.display()),
    )];
    if configuration.sandbox {
        findings.push(Finding::good(
            "sandbox",
            "this server works on an emulated cloud; it gives nothing real",
        ));
    }
    let examined = on_all_cores(async {
        files(&configuration, &mut findings).await;
        google(&configuration, &mut findings).await;
        Ok(())
    });
    if let Err(error) = examined {
        findings.push(Finding::bad("doctor", &error));
    }
    findings
}

fn finding_of<E: std::error::Error>(
    check: &'static str,
    error: E,
    hint: impl FnOnce(&E) -> Option<String>,
) -> Finding {
    let hint = hint(&error);
    Finding::bad(check, &Error::server(&error, hint))
}

/// A running server goes on with the last good version of the files: who mends them should know.
fn refused(error: ConfigurationError) -> Finding {
    let mut finding = finding_of("entitlements", error, ConfigurationError::hint);
    let goes_on = "a running server goes on with the last good version; mend the file, and it is in force within 2 s";
    finding.hint = Some(match finding.hint {
        Some(hint) => format!("{hint}; {goes_on}"),
        None => goes_on.to_owned(),
    });
    finding
}

/// Who is named to be told hears of it only where they look: nobody should rely on a call that does not come.
fn telling(catalogue: &Catalogue) -> Option<Finding> {
    let calls = |one: &&Entitlement| {
        let mut steps = one.approval.iter().flat_map(|approval| &approval.steps);
        one.break_glass.is_some()
            || !one.notify.is_empty()
            || steps.any(|step| step.remind.is_some() || step.escalate.is_some())
    };
    let count = catalogue.iter().filter(calls).count();
    (count > 0).then(|| {
        Finding::good(
            "telling",
            format!(
                "{count} name people to be told; this server calls, mails and reminds nobody: what waits is on its pages and in \
                 'daypass status --inbox' and '--reviews'"
            ),
        )
    })
}

/// Folders without a single file: what a server would say that has entitlements.
fn gone(configuration: &Configuration) -> Finding {
    let sources = configuration.entitlements.iter();
    let places: Vec<String> = sources
        .filter_map(|source| source.path.as_ref())
        .map(|path| path.display().to_string())
        .collect();
    Finding {
        check: "entitlements",
        holds: false,
        detail: format!(
            "there is no file in {}; an empty catalogue is never put in force by accident",
            places.join(", ")
        ),
        hint: Some(
            "put files there; to have no entitlement, keep a file that says entitlements: []"
                .into(),
        ),
    }
}

/// Keys, secrets, entitlements, groups and database: what is on this machine.
async fn files(configuration: &Configuration, findings: &mut Vec<Finding>) {
    findings.push(match read_keyring(&configuration.keys.dir) {
        Ok(keyring) => Finding::good(
            "keys",
            format!(
                "'{}' signs; the folder is private",
                keyring.current_id().as_str()
            ),
        ),
        Err(error) => finding_of("keys", error, |error| Some(error.hint())),
    });
    if let Some(login) = &configuration.login {
        findings.push(match read_secret(&login.client_secret_file) {
            Ok(_) => Finding::good(
                "sign-in",
                format!("{} for {}", login.issuer, login.allowed_domains.join(", ")),
            ),
            Err(error) => finding_of("sign-in", error, |error| Some(error.hint())),
        });
    }
    let mut told = None;
    findings.push(match read_catalogue(configuration) {
        Ok(_) if wiring::are_all_gone(configuration) => gone(configuration),
        Ok(catalogue) => {
            told = telling(&catalogue);
            Finding::good("entitlements", format!("{} are in force", catalogue.len()))
        }
        Err(error) => refused(error),
    });
    findings.extend(told);
    if let Some(Groups::File(path)) = &configuration.groups {
        findings.push(match wiring::GroupFile::read(path) {
            Ok(file) => {
                let (groups, people) = file.counts();
                let path = path.display();
                Finding::good(
                    "groups",
                    format!("{path} has {groups} groups of {people} people"),
                )
            }
            Err(error) => finding_of("groups", error, |_| {
                Some("write it as 'groups: {sre@example.com: [alice@example.com]}'".into())
            }),
        });
    }
    let path = configuration
        .store
        .strip_prefix("sqlite:")
        .unwrap_or(&configuration.store);
    findings.push(match SqliteStore::open(Path::new(path)).await {
        Ok(store) => {
            store.close().await;
            Finding::good("database", format!("{path} can be written"))
        }
        Err(StoreError::InUse) => {
            Finding::good("database", format!("{path} is in use by a running server"))
        }
        Err(error) => finding_of("database", error, |_| {
            Some("check the path, the folder, its owner and the space on the disk".into())
        }),
    });
}

/// Reachability, clock, and the permissions on each resource that an entitlement names.
async fn google(configuration: &Configuration, findings: &mut Vec<Finding>) {
    let google = match Google::connect(wiring::options(configuration)).await {
        Ok(google) => Arc::new(google),
        Err(error) => {
            return findings.push(finding_of("Google", error, |_| {
                Some("check google: in the configuration".into())
            }));
        }
    };
    match google.probe().await {
        Ok(probe) => {
            let identity = probe.identity.unwrap_or_else(|| "the credentials".into());
            findings.push(Finding::good(
                "Google",
                format!("answers {identity} in {} ms", probe.latency.as_millis()),
            ));
        }
        Err(error) => {
            let hint = if configuration.sandbox {
                "see that the sandbox runs, and give this process its credentials: eval \"$(daypass sandbox env --as BROKER)\""
            } else if configuration.google.credentials_file.is_some() {
                "check the network, the credentials and the broker's role"
            } else {
                "check the network and Application Default Credentials, or name a file in google.credentials_file"
            };
            return findings.push(finding_of("Google", error, |_| Some(hint.into())));
        }
    }
    findings.push(match google.clock().skew().map(|skew| skew.as_secs()) {
        Some(seconds) if seconds.abs() <= MAX_CLOCK_SKEW_SECONDS => Finding::good(
            "clock",
            format!("within {} s of Google's", seconds.abs().max(1)),
        ),
        Some(seconds) => Finding {
            check: "clock",
            holds: false,
            detail: format!(
                "{seconds} s from Google's; nothing is granted above {MAX_CLOCK_SKEW_SECONDS} s"
            ),
            hint: Some("set this machine's clock by NTP".into()),
        },
        None => Finding {
            check: "clock",
            holds: false,
            detail: "Google sends no date".into(),
            hint: None,
        },
    });
    findings.extend(super::doctor_scopes::examine(&google, configuration).await);
    let Ok(catalogue) = read_catalogue(configuration) else {
        return;
    };
    if let Some(Groups::CloudIdentity(source)) = &configuration.groups {
        let google = Arc::clone(&google);
        findings.extend(super::doctor_groups::examine(google, &source.customer, &catalogue).await);
    }
    findings.extend(super::doctor_tokens::examine(&google, &catalogue).await);
    let mut targets: BTreeMap<ResourceName, Vec<String>> = BTreeMap::new();
    for entitlement in catalogue.iter() {
        for privilege in entitlement
            .privileges
            .iter()
            .filter_map(Privilege::on_resource)
        {
            targets
                .entry(privilege.target.clone())
                .or_default()
                .push(entitlement.id.to_string());
        }
    }
    for (resource, entitlements) in &targets {
        findings.push(resource_finding(&google, resource, entitlements).await);
    }
}

/// Whether the broker can read and set the policy there, and the resource can carry a condition.
async fn resource_finding(
    google: &Google,
    resource: &ResourceName,
    entitlements: &[String],
) -> Finding {
    let needed = resource.kind().policy_permissions();
    let bad = |detail: String, hint: &str| Finding {
        check: "resource",
        holds: false,
        detail: format!("{resource}: {detail}"),
        hint: Some(hint.into()),
    };
    let of = entitlements.join(", ");
    match google.test_permissions(resource, &needed).await {
        Ok(granted) => {
            let missing: Vec<&str> = needed
                .iter()
                .filter(|permission| !granted.contains(permission))
                .map(String::as_str)
                .collect();
            if !missing.is_empty() {
                return bad(
                    format!("Daypass lacks {}", missing.join(" and ")),
                    "'daypass doctor --config FILE --print-iam' prints the role that it needs",
                );
            }
        }
        Err(IamError::NotFound { .. }) => {
            return bad(
                format!("it does not exist ({of})"),
                "correct the entitlement",
            );
        }
        Err(error) => return bad(chain(&error), "check the network and the broker's role"),
    }
    match google.takes_conditions(resource).await {
        Ok(true) => Finding::good("resource", format!("{resource} ({of})")),
        Ok(false) => bad(
            "it takes no conditions now".into(),
            "turn on uniform bucket-level access, or write at: projects/ID in the entitlement",
        ),
        Err(error) => bad(chain(&error), "check the network and the broker's role"),
    }
}
