//! Deciding anew what waits under an entitlement that was changed (I23), and refusing what waits under one that is gone.

use std::sync::atomic::Ordering;

use daypass_core::Timestamp;
use daypass_core::entitlement::Catalogue;
use daypass_core::grant::Grant;
use daypass_core::state::State;
use futures::StreamExt;
use jiff::SignedDuration;

use super::locked;
use crate::{Engine, Error};

/// How long an entitlement may be absent before what waits under it is denied for good. Whoever moves an entitlement to
/// another file, or checks out another branch, deletes it for a moment; nothing can be approved meanwhile.
pub(crate) const ABSENCE_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// Requests that are decided anew at a time.
const AT_A_TIME: usize = 8;

/// Looks at all requests that wait, once after each change of the entitlements and once after the start: they may have
/// been changed while the server was down. While one is absent the look is repeated. One that cannot be decided now
/// holds up no other; the look is repeated until all are.
pub(super) async fn run(engine: &Engine) -> Result<(), Error> {
    let version = engine.0.catalogue_version.load(Ordering::Acquire);
    let is_decided = engine.0.state.redecided.load(Ordering::Acquire) == version;
    if is_decided && locked(&engine.0.state.absent).is_empty() {
        return Ok(());
    }
    let waiting = engine
        .store()
        .in_state(State::ApprovalAwaited, usize::MAX)
        .await?;
    let catalogue = engine.catalogue();
    let now = engine.now();
    note_absences(engine, &catalogue, &waiting, now);
    let catalogue = &catalogue;
    let outcomes: Vec<Result<(), Error>> = futures::stream::iter(waiting)
        .map(|grant| async move { look(engine, catalogue, &grant, now).await })
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;
    outcomes.into_iter().collect::<Result<(), Error>>()?;
    engine.0.state.redecided.store(version, Ordering::Release);
    if engine.0.catalogue_version.load(Ordering::Acquire) != version {
        // Changed while this run decided: its wake came too early for the next one.
        engine.wake();
    }
    Ok(())
}

async fn look(
    engine: &Engine,
    catalogue: &Catalogue,
    grant: &Grant,
    now: Timestamp,
) -> Result<(), Error> {
    match catalogue.hash(&grant.terms.entitlement) {
        Some(hash) if hash == grant.terms.entitlement_hash => Ok(()),
        Some(_) => decide_anew(engine, grant).await,
        None if is_gone(engine, grant, now) => refuse(engine, grant, now).await,
        None => Ok(()),
    }
}

async fn decide_anew(engine: &Engine, grant: &Grant) -> Result<(), Error> {
    match engine.check_again(grant).await {
        // What was decided anew is told to whoever acts on it; here it is the outcome that is wanted. What somebody else
        // moved on meanwhile is no longer ours to decide.
        Ok(()) | Err(Error::Denied(_) | Error::State(_)) => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// Remembers since when entitlements are absent; what came back, or is asked for by nobody, is forgotten. What is known
/// and cannot be read now is not absent.
fn note_absences(engine: &Engine, catalogue: &Catalogue, waiting: &[Grant], now: Timestamp) {
    let mut absent = locked(&engine.0.state.absent);
    let earlier = std::mem::take(&mut *absent);
    for grant in waiting {
        let id = &grant.terms.entitlement;
        if catalogue.get(id).is_none() && engine.withheld(id).is_none() {
            let since = earlier.get(id).copied().unwrap_or(now);
            absent.insert(id.clone(), since);
        }
    }
}

fn is_gone(engine: &Engine, grant: &Grant, now: Timestamp) -> bool {
    let absent = locked(&engine.0.state.absent);
    let since = absent.get(&grant.terms.entitlement);
    since.is_some_and(|since| now.duration_since(*since) >= ABSENCE_GRACE)
}

async fn refuse(engine: &Engine, grant: &Grant, now: Timestamp) -> Result<(), Error> {
    let why = "the entitlement is no longer there";
    let refused = engine
        .change(grant.id, |grant| grant.refuse(why, now))
        .await;
    match refused {
        Ok(_) | Err(Error::State(_)) => Ok(()),
        Err(failure) => Err(failure),
    }
}
