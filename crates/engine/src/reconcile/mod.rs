//! Bringing the world to where the record says it should be.
//!
//! One loop, by clock and by signal. Each part takes no input: it asks the record what is open, and does it. A crash
//! between any two steps is repaired by the next run, on the same path as everything else.
//!
//! The loop itself only reads and writes the record and starts writers, so that an end is never late: whatever asks
//! Google before access begins runs beside it ([`beside`]).

mod apply;
mod beside;
mod clockwork;
mod intend;
pub(crate) mod own_power;
mod redecide;
mod renew;
mod settle;
mod standing;
mod starts;
mod turn;
mod verify;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use daypass_core::Timestamp;
use daypass_core::entitlement::EntitlementId;
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use tokio::task::JoinSet;

use crate::{Engine, Error, ReconcilerStatus, error};
use beside::Beside;
use turn::Turn;

pub(crate) use redecide::ABSENCE_GRACE;

/// What the runs remember from one to the next. All of it can be lost: it only saves work and repeated warnings.
#[derive(Default)]
pub(crate) struct Shared {
    statuses: Mutex<BTreeMap<&'static str, ReconcilerStatus>>,
    /// Policies that Google said it stored, while reads still show an older one (finding 2).
    awaited: Mutex<HashMap<ResourceName, settle::AwaitedPolicy>>,
    /// Findings that were reported already.
    reported: Mutex<BTreeSet<(ResourceName, GrantId)>>,
    /// ACTIVE grants whose binding the last look did not find.
    missed: Mutex<BTreeSet<(ResourceName, GrantId)>>,
    /// Grants whose intent this process recorded.
    intended: Mutex<BTreeSet<GrantId>>,
    /// What this process sent to Google, whatever came of it.
    sent: Mutex<BTreeSet<(GrantId, ResourceName)>>,
    /// Grants whose intent is old, and is written as it is: it may stand already.
    keeps_window: Mutex<BTreeSet<GrantId>>,
    /// The version of the entitlements under which all that waits was decided.
    redecided: AtomicU64,
    /// Entitlements under which somebody waits and that are not there, and since when.
    absent: Mutex<HashMap<EntitlementId, Timestamp>>,
    /// What Daypass's own power may not read or remove, and when it is tried again.
    left: Mutex<HashMap<(GrantId, ResourceName), Instant>>,
    /// Resources whose policies Daypass need not read and may not: told once.
    out_of_reach: Mutex<BTreeSet<ResourceName>>,
    /// Resources that failed, and when to try them again.
    resting: Mutex<HashMap<ResourceName, (Instant, u32)>>,
    /// Grants whose beginning a task sees to at this moment.
    begun: Mutex<BTreeSet<GrantId>>,
    /// Resources that have a writer at this moment.
    writing: Mutex<BTreeSet<ResourceName>>,
}

/// The value behind a lock, also after a panic elsewhere: the maps stay consistent.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn statuses(&self) -> Vec<ReconcilerStatus> {
        locked(&self.statuses).values().cloned().collect()
    }

    /// Notes that a write for these grants is about to be sent.
    pub(crate) fn note_sent(&self, resource: &ResourceName, grants: &[GrantId]) {
        locked(&self.sent).extend(grants.iter().map(|grant| (*grant, resource.clone())));
    }

    /// Forgets what was noted for a grant whose bindings are all settled.
    fn forget(&self, grant: GrantId) {
        locked(&self.intended).remove(&grant);
        locked(&self.keeps_window).remove(&grant);
        locked(&self.sent).retain(|(id, _)| *id != grant);
        locked(&self.left).retain(|(id, _), _| *id != grant);
    }

    /// Notes how a run went; a failure is logged here, once.
    fn note(&self, name: &'static str, at: Timestamp, outcome: Result<(), &Error>) {
        let failure = outcome.err().map(|failure| error::chain(failure));
        if let Some(failure) = &failure {
            tracing::warn!(reconciler = name, error = %failure, "a reconciler did not finish; its next run is the retry");
        }
        locked(&self.statuses).insert(
            name,
            ReconcilerStatus {
                name,
                last_run: Some(at),
                last_error: failure,
            },
        );
    }
}

/// Runs until `stop`, then lets the writes under way come to their end.
pub(crate) async fn run(engine: &Engine, stop: impl Future<Output = ()> + Send) {
    let mut writers: JoinSet<()> = JoinSet::new();
    let mut beside = Beside::default();
    let mut next_look = Instant::now();
    tokio::pin!(stop);
    loop {
        step(engine, "clockwork", clockwork::run(engine)).await;
        step(engine, "policies", start_writers(engine, &mut writers)).await;
        if next_look <= Instant::now() {
            beside.start(engine);
            next_look = Instant::now() + engine.0.settings.reconcile_every;
        }
        tokio::select! {
            () = &mut stop => break,
            () = engine.0.wake.notified() => {
                tokio::time::sleep(engine.0.settings.gather).await;
                next_look = Instant::now();
            }
            () = tokio::time::sleep_until(next_look.into()) => {}
            Some(done) = writers.join_next(), if !writers.is_empty() => {
                // A panic in a writer is a defect; its resource is simply open again.
                if let Err(failure) = done {
                    tracing::error!(error = %failure, "a policy writer died");
                }
            }
        }
    }
    beside.stop().await;
    while writers.join_next().await.is_some() {}
}

/// Most rounds until all is quiet, in [`once`]: each round settles what the round before began.
#[cfg(feature = "testing")]
const MOST_ROUNDS: usize = 30;

/// Runs every reconciler until none of them has anything left to do, one policy after the other, and looks at every
/// policy once. What rests after a failure is tried all the same. Returns what went wrong, in order.
#[cfg(feature = "testing")]
pub(crate) async fn once(engine: &Engine) -> Vec<Error> {
    let mut failures = until_quiet(engine).await;
    failures.extend(verify::run(engine).await.err());
    failures.extend(until_quiet(engine).await);
    failures
}

#[cfg(feature = "testing")]
async fn until_quiet(engine: &Engine) -> Vec<Error> {
    use futures::FutureExt;

    let mut failures = Vec::new();
    for _ in 0..MOST_ROUNDS {
        failures.extend(redecide::run(engine).await.err());
        failures.extend(clockwork::run(engine).await.err());
        failures.extend(starts::run(engine).await.err());
        failures.extend(intend::run(engine, Duration::ZERO).await.err());
        match engine.store().open_resources().await {
            Ok(resources) => {
                for resource in resources {
                    failures.extend(apply::run(engine, &resource).await.err());
                }
            }
            Err(failure) => failures.push(failure.into()),
        }
        if engine.0.wake.notified().now_or_never().is_none() {
            break;
        }
    }
    failures
}

async fn step(engine: &Engine, name: &'static str, work: impl Future<Output = Result<(), Error>>) {
    let outcome = work.await;
    engine
        .0
        .state
        .note(name, engine.now(), outcome.as_ref().copied());
}

/// Starts a writer for each resource with open work that has none yet: one in flight a resource, so that our own
/// writes never conflict with each other.
async fn start_writers(engine: &Engine, writers: &mut JoinSet<()>) -> Result<(), Error> {
    let ending = revoked_resources(engine).await?;
    let (first, later): (Vec<_>, Vec<_>) = engine
        .store()
        .open_resources()
        .await?
        .into_iter()
        .partition(|resource| ending.contains(resource));
    let most = engine.0.settings.concurrent_resources;
    // Policies that are slow to answer may take every place of the ordinary ones, and none of the others.
    let places = first.iter().map(|_| most.saturating_mul(2));
    let places = places.chain(later.iter().map(|_| most));
    for (resource, places) in first.iter().chain(&later).zip(places) {
        if writers.len() >= places {
            continue;
        }
        let rests = locked(&engine.0.state.resting)
            .get(resource)
            .is_some_and(|(until, _)| Instant::now() < *until);
        if rests {
            continue;
        }
        let Some(turn) = Turn::to_write(engine, resource.clone()) else {
            continue;
        };
        let (engine, resource) = (engine.clone(), resource.clone());
        writers.spawn(async move {
            let outcome = apply::run(&engine, &resource).await;
            rest(&engine, &resource, &outcome);
            if let Err(failure) = &outcome {
                let text = error::chain(failure);
                tracing::warn!(%resource, error = %text, "a policy could not be written; the next run is the retry");
            }
            drop(turn);
        });
    }
    Ok(())
}

/// The resources on which a grant that was ended early still has bindings.
async fn revoked_resources(engine: &Engine) -> Result<BTreeSet<ResourceName>, Error> {
    let revoking = engine.store().in_state(State::Revoking, usize::MAX).await?;
    let open = revoking.iter().flat_map(Grant::open_bindings);
    Ok(open.map(|binding| binding.resource.clone()).collect())
}

/// After a failure a resource rests, longer each time, up to a minute; the others go on. What only waits to be readable
/// is looked at again at the ordinary pace.
fn rest(engine: &Engine, resource: &ResourceName, outcome: &Result<apply::Progress, Error>) {
    let mut resting = locked(&engine.0.state.resting);
    let (pause, failures) = match outcome {
        Ok(apply::Progress::Made) => {
            resting.remove(resource);
            return;
        }
        Ok(apply::Progress::Awaited) => (engine.0.settings.reconcile_every, 0),
        Err(_) => {
            let failures = resting
                .get(resource)
                .map_or(0, |(_, failures)| *failures)
                .saturating_add(1);
            (
                Duration::from_secs((1 << failures.min(6).saturating_sub(1)).min(60)),
                failures,
            )
        }
    };
    resting.insert(resource.clone(), (Instant::now() + pause, failures));
}
