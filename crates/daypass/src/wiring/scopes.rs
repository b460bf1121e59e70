//! JIT Access markers, served live: each scope is read again and again, and what cannot be read any more is withheld.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use daypass_core::jit_eligibility::{Eligible, Project, Terms, Unserved, entitlements};
use daypass_core::resource::ResourceName;
use daypass_engine::ports::IamError;
use daypass_engine::{Engine, Error, error};
use daypass_google::{Google, ScopePolicies};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::configuration::Configuration;

/// How often a scope is read.
const REFRESH: Duration = Duration::from_mins(1);

/// How soon after a failure.
const AGAIN: Duration = Duration::from_secs(15);

/// How old what was read may be, from the beginning of the reading, to grant by it.
const OLDEST: Duration = Duration::from_mins(5);

/// How long one reading may take.
const LONGEST: Duration = Duration::from_mins(4);

/// How long the start of the server waits for the first reading. Beyond it the server starts without.
const FIRST: Duration = Duration::from_secs(5);

/// One scope of the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) name: ResourceName,
    pub(crate) terms: Terms,
}

/// The scopes that the configuration names.
pub(crate) fn scopes(configuration: &Configuration) -> Vec<Scope> {
    let sources = configuration.entitlements.iter();
    sources
        .filter_map(|source| source.iam_conditions.as_ref())
        .map(|conditions| Scope {
            name: conditions.scope.clone(),
            terms: conditions.terms(),
        })
        .collect()
}

/// Reads a scope once.
pub(crate) async fn read(
    google: &Arc<Google>,
    scope: &Scope,
) -> Result<(Eligible, ScopePolicies), IamError> {
    let read = google.scope_policies(&scope.name).await?;
    let projects: Vec<Project<'_>> = read
        .projects
        .iter()
        .map(|(name, chain)| Project {
            name: name.clone(),
            policies: chain
                .iter()
                .filter_map(|resource| read.policies.get_key_value(resource))
                .collect(),
        })
        .collect();
    let mut eligible = entitlements(&projects, &scope.terms);
    drop(projects);
    for (resource, why) in &read.unread {
        eligible.unserved.insert(Unserved {
            resource: resource.to_string(),
            role: String::new(),
            why: format!("its policy cannot be read: {why}"),
        });
    }
    Ok((eligible, read))
}

/// Begins to follow all scopes, and waits a little for their first reading.
pub(super) async fn begin(
    engine: &Engine,
    google: &Arc<Google>,
    configuration: &Configuration,
    followers: &mut JoinSet<()>,
) -> Result<(), Error> {
    let mut readings = Vec::new();
    for scope in scopes(configuration) {
        engine.begin_scope(&scope.name).await?;
        let (first, was_read) = oneshot::channel();
        readings.push(was_read);
        let (google, asked) = (Arc::clone(google), scope.clone());
        let read = move || {
            let (google, scope) = (Arc::clone(&google), asked.clone());
            async move {
                let (eligible, _) = read(&google, &scope).await?;
                Ok(eligible)
            }
        };
        followers.spawn(follow(engine.clone(), scope.name, read, Some(first)));
    }
    let all = async {
        for reading in readings {
            // A follower that died has told.
            let _ = reading.await;
        }
    };
    if tokio::time::timeout(FIRST, all).await.is_err() {
        tracing::warn!("the IAM conditions take long to be read; the server starts without them");
    }
    Ok(())
}

/// Follows one scope for ever.
async fn follow<F, R>(
    engine: Engine,
    scope: ResourceName,
    read: F,
    mut first: Option<oneshot::Sender<()>>,
) where
    F: Fn() -> R,
    R: Future<Output = Result<Eligible, IamError>>,
{
    let mut told = BTreeSet::new();
    // Until when what was read last may be used; none: nothing is in force.
    let mut good_until: Option<Instant> = None;
    let mut why = String::new();
    loop {
        let asked = Instant::now();
        let reading = async {
            let late = IamError::Unavailable {
                message: format!("no end within {} s", LONGEST.as_secs()),
                retry_after: None,
            };
            tokio::time::timeout(LONGEST, read())
                .await
                .unwrap_or(Err(late))
        };
        let outcome = meanwhile(&engine, &scope, &mut good_until, &why, reading).await;
        let next = match outcome {
            Ok(eligible) => {
                why.clear();
                if told != eligible.unserved {
                    let count = eligible.unserved.len();
                    tracing::warn!(%scope, count, "markers that are not served; 'daypass doctor --config' names them");
                    told.clone_from(&eligible.unserved);
                }
                match engine.serve_scope(&scope, eligible.entitlements).await {
                    Ok(difference) => {
                        good_until = Some(asked + OLDEST);
                        if !difference.is_none() {
                            tracing::info!(%scope, added = difference.added.len(), removed = difference.removed.len(), changed = difference.changed.len(), "other IAM conditions are in force");
                        }
                    }
                    Err(failure) => unread(&engine, &scope, &mut why, error::chain(&failure)),
                }
                asked + REFRESH
            }
            Err(failure) => {
                unread(&engine, &scope, &mut why, error::chain(&failure));
                if good_until.is_none() {
                    // Nothing of it is in force; what is withheld gets its reason.
                    withhold(&engine, &scope, &why).await;
                }
                Instant::now() + AGAIN
            }
        };
        if let Some(first) = first.take() {
            // Who does not wait any more does not need to know.
            let _ = first.send(());
        }
        let pause = tokio::time::sleep_until(next);
        meanwhile(&engine, &scope, &mut good_until, &why, pause).await;
    }
}

/// Waits for something, and takes out of force meanwhile what becomes too old.
async fn meanwhile<T>(
    engine: &Engine,
    scope: &ResourceName,
    good_until: &mut Option<Instant>,
    why: &str,
    work: impl Future<Output = T>,
) -> T {
    tokio::pin!(work);
    let Some(end) = *good_until else {
        return work.await;
    };
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep_until(end) => {}
    }
    *good_until = None;
    tracing::error!(%scope, error = %why, "the IAM conditions were not read for long, so nothing is granted by them");
    withhold(engine, scope, why).await;
    work.await
}

fn unread(engine: &Engine, scope: &ResourceName, why: &mut String, failure: String) {
    if *why != failure {
        tracing::warn!(%scope, error = %failure, "the IAM conditions cannot be read; trying again");
    }
    engine.scope_unread(scope, &failure);
    *why = failure;
}

async fn withhold(engine: &Engine, scope: &ResourceName, why: &str) {
    if let Err(failure) = engine.withhold_scope(scope, why).await {
        // They are out of force all the same: that comes before its record.
        tracing::error!(%scope, error = %error::chain(&failure), "that IAM conditions are withheld cannot be recorded");
    }
}
