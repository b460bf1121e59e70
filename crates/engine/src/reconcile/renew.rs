//! Intents that waited too long to be written. What does not stand yet is asked about again, and then gets a fresh
//! window, recorded before anything is written: the lifetime begins at activation, not while Google was out of reach.

use std::collections::BTreeMap;
use std::time::Duration;

use daypass_core::Timestamp;
use daypass_core::binding::CanonicalResource;
use daypass_core::grant::{Grant, Origin, Seen};
use daypass_core::plan::expired::survey;
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use jiff::SignedDuration;

use super::own_power::{self, Power};
use super::standing::{self, Standing};
use super::{apply, intend, locked, settle};
use crate::ports::{Iam, IamError};
use crate::{Engine, Error};

/// After this time an intent whose bindings are not in the policies gets a fresh window.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// After this time what was never written is not written any more: whoever agreed did so for now, not for whenever
/// Google can be reached again.
const NEVER_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// How often it is looked whether a writer has left, and how long after the look before.
const LOOKS: usize = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

type Places = BTreeMap<ResourceName, CanonicalResource>;

/// Why it fails then.
pub(super) const TOO_LATE: &str = "it could not be put in force for 10 minutes; ask again";

/// Whether the activation waits for so long that it is not begun any more.
pub(super) fn is_too_late(grant: &Grant, now: Timestamp) -> bool {
    let since = grant.activating_since;
    since.is_some_and(|since| now.duration_since(since) > NEVER_AFTER)
}

/// Whether the intent may not be written as it is: the writers leave it alone until it was looked at.
pub(super) fn is_needed(engine: &Engine, grant: &Grant, now: Timestamp) -> bool {
    let is_extension = matches!(grant.terms.origin, Origin::Extension { .. });
    let waits = |start: Timestamp| now.duration_since(start) > STALE_AFTER;
    // An extension has its dates from its terms: there is nothing to make fresh.
    let is_stale = !is_extension && grant.window.is_some_and(|window| waits(window.start));
    let is_open = grant.state == State::Activating && grant.failure.is_none();
    is_open
        && !grant.bindings.is_empty()
        && is_untouched(grant)
        && (is_stale || is_too_late(grant, now))
        && !locked(&engine.0.state.keeps_window).contains(&grant.id)
}

/// Looks at an intent that [`is_needed`] names. What was written before a crash began then, and keeps its window: a
/// second one would add to what was agreed.
pub(super) async fn run(engine: &Engine, grant: &Grant) -> Result<(), Error> {
    let now = engine.now();
    let power = if own_power::is_written_by_approver(grant) {
        match own_power::token_to_write(engine, grant, now) {
            Some(token) => Power::Person(token),
            // The writers settle what lost its token.
            None => return Ok(()),
        }
    } else {
        Power::Daypass
    };
    // Whichever writer is under way read the record before it was so late, and may be writing the old window. One that
    // begins from here on leaves the grant alone.
    let places = places(grant);
    if !is_left_alone(engine, &places).await {
        return Ok(());
    }
    match has_begun(engine, &*power.iam(engine), grant, &places).await {
        Ok(false) => {}
        Ok(true) => {
            keep_window(engine, grant);
            return Ok(());
        }
        Err(failure) if is_told_by_the_write(&failure) => {
            keep_window(engine, grant);
            return Ok(());
        }
        Err(_) if is_too_late(grant, now) && was_never_sent(engine, grant) => {
            apply::fail(engine, grant.id, TOO_LATE, now).await?;
            for resource in places.keys() {
                settle::never_written(engine, grant.id, resource).await?;
            }
            return Ok(());
        }
        Err(failure) => return Err(failure.into()),
    }
    if is_too_late(grant, now) {
        return apply::fail(engine, grant.id, TOO_LATE, now).await;
    }
    match standing::of(engine, grant).await? {
        Standing::Holds => renew(engine, grant, &places).await,
        Standing::Waits => Ok(()),
        Standing::Over(why) => apply::fail(engine, grant.id, &why, engine.now()).await,
    }
}

/// Where its bindings shall stand.
fn places(grant: &Grant) -> Places {
    let bindings = grant.bindings.iter();
    bindings
        .map(|binding| (binding.resource.clone(), binding.canonical.clone()))
        .collect()
}

/// Whether no writer is at any of these policies, now or in a moment: most look and leave again.
async fn is_left_alone(engine: &Engine, places: &Places) -> bool {
    let is_written = |resource| locked(&engine.0.state.writing).contains(resource);
    for _ in 0..LOOKS {
        if !places.keys().any(is_written) {
            return true;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    false
}

fn is_untouched(grant: &Grant) -> bool {
    let mut bindings = grant.bindings.iter();
    bindings.all(|binding| binding.seen != Seen::Present)
}

/// Whether this process recorded the intent, and sent nothing of it.
fn was_never_sent(engine: &Engine, grant: &Grant) -> bool {
    let is_ours = locked(&engine.0.state.intended).contains(&grant.id);
    let was_sent = locked(&engine.0.state.sent)
        .iter()
        .any(|(id, _)| *id == grant.id);
    is_ours && !was_sent
}

/// What Google refuses for good, or will not do with this token, the write tells.
fn is_told_by_the_write(failure: &IamError) -> bool {
    intend::is_final(failure) || matches!(failure, IamError::Unauthenticated { .. })
}

/// Whether a binding of the grant stands in any of its policies.
async fn has_begun(
    engine: &Engine,
    iam: &dyn Iam,
    grant: &Grant,
    places: &Places,
) -> Result<bool, IamError> {
    for (resource, canonical) in places {
        let policy = iam.get_policy(resource).await?;
        let own = survey(&policy, canonical, &engine.0.keyring).own;
        if own.iter().any(|found| found.grant == grant.id) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lets the writers go on with the intent as it is.
fn keep_window(engine: &Engine, grant: &Grant) {
    locked(&engine.0.state.keeps_window).insert(grant.id);
    engine.wake();
}

async fn renew(engine: &Engine, grant: &Grant, places: &Places) -> Result<(), Error> {
    let now = engine.now();
    let renewed = engine
        .change(grant.id, |grant| {
            if !is_untouched(grant) {
                return Ok(Vec::new());
            }
            match grant.window_from(now) {
                Ok(window) => grant.intend(window, |resource| places.get(resource).cloned(), now),
                Err(_) => grant.fail("its end is past already", now),
            }
        })
        .await;
    match renewed {
        Ok(_) => {
            engine.wake();
            Ok(())
        }
        // Somebody else moved it on meanwhile.
        Err(Error::State(_)) => Ok(()),
        Err(failure) => Err(failure),
    }
}
