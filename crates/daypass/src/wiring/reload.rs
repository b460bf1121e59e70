//! Following the entitlement files while the server runs.

use daypass_core::diagnostic::Diagnostic;
use daypass_core::entitlement::EntitlementId;
use daypass_engine::{Engine, Reloaded, error};

use super::StartError;
use super::entitlements::{paths, read_version};
use super::pulse::apart;
use super::watch::{Watch, look};
use crate::configuration::{Configuration, ConfigurationError};

/// How files that do not answer are told in the engine's health. What is wrong in files is told by the engine itself.
const NAME: &str = "entitlement_files";

/// Puts the files in force, or the last good version if they cannot be used; without one the server does not start.
pub(super) async fn begin(
    engine: &Engine,
    configuration: &Configuration,
) -> Result<Watch, StartError> {
    let paths = paths(configuration);
    // Looked at first: what changes while it is read is noticed afterwards.
    let seen = look(&paths);
    let begun = engine.begin_with_files(read_version(&paths)).await?;
    let outcome = begun.map_err(ConfigurationError::Entitlements)?;
    tell(&outcome);
    Ok(Watch::from(paths, seen))
}

/// Follows the files for ever, and tells when they are silent.
pub(super) async fn follow(engine: Engine, watch: Watch) {
    let silence = watch.pulse().tell_silence(engine.clone(), NAME);
    tokio::join!(take_each(&engine, watch), silence);
}

async fn take_each(engine: &Engine, mut watch: Watch) {
    let mut is_failing = false;
    loop {
        let seen = watch.moved().await;
        let paths = watch.paths();
        let Some(read) = apart(move || read_version(&paths)).await else {
            // The reader died; the next look tries again.
            continue;
        };
        if !watch.still(&seen).await {
            continue;
        }
        match engine.reload_files(read).await {
            Ok(outcome) => {
                tell(&outcome);
                watch.done(seen);
                is_failing = false;
            }
            Err(failure) if is_failing => drop(failure),
            Err(failure) => {
                is_failing = true;
                tracing::error!(error = %error::chain(&failure), "new entitlements cannot be recorded, so they are not in force; trying again");
            }
        }
    }
}

fn tell(outcome: &Reloaded) {
    match outcome {
        Reloaded::AsBefore | Reloaded::StillRefused => {}
        Reloaded::InForce(difference) => tracing::info!(
            added = %names(&difference.added),
            removed = %names(&difference.removed),
            changed = %names(&difference.changed),
            "new entitlements are in force"
        ),
        Reloaded::Refused(findings) => tracing::error!(
            findings = findings.len(),
            "the entitlement files cannot be used; the last good version stays in force\n{}",
            shown(findings)
        ),
    }
}

/// Some ids, so that a line stays a line.
fn names(ids: &[EntitlementId]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = ids.iter().take(SHOWN).map(EntitlementId::as_str).collect();
    match (shown.as_slice(), ids.len().saturating_sub(SHOWN)) {
        ([], _) => "none".into(),
        (shown, 0) => shown.join(", "),
        (shown, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

fn shown(findings: &[Diagnostic]) -> String {
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    texts.join("\n\n")
}
