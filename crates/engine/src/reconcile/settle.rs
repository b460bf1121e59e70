//! Proof: what a read of the policy shows of our bindings, written into the record.

use std::time::{Duration, Instant};

use daypass_core::audit::Actor;
use daypass_core::binding::{CanonicalResource, OwnBinding};
use daypass_core::grant::{Grant, Origin, Seen};
use daypass_core::iam_policy::Policy;
use daypass_core::ids::GrantId;
use daypass_core::mutant::{self, Mutant};
use daypass_core::plan::expired::{Survey, survey};
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use futures::future::join_all;

use super::apply::Progress;
use super::locked;
use super::own_power::Power;
use crate::ports::{Change, IamError, StoreError};
use crate::{Engine, Error, crash};

/// The wait between two polls of a read-back.
const POLL: Duration = Duration::from_millis(200);

/// For how long an older policy is still taken for a stale read of the one that we wrote (finding 2). After that the
/// read is believed: somebody else wrote.
const STALE_READS_FOR: Duration = Duration::from_mins(1);

/// A policy that Google said it stored, while reads still show an older one.
#[derive(Clone)]
pub(super) struct AwaitedPolicy {
    stored: Policy,
    since: Instant,
    /// Whose power wrote it, and reads it back.
    power: Power,
}

/// How often a change is tried over when the record is changed meanwhile.
const TRIES: usize = 5;

/// Reads the policy until it shows what was written, and records it. A read that stays stale is not a failure: the
/// next run goes on polling, and writes nothing meanwhile.
pub(super) async fn read_back(
    engine: &Engine,
    power: &Power,
    resource: &ResourceName,
    canonical: &CanonicalResource,
    grants: &[Grant],
    stored: Option<Policy>,
) -> Result<Progress, Error> {
    let Some(stored) = stored else {
        return Ok(Progress::Made);
    };
    if mutant::is(Mutant::ReadBackSkipped) {
        return settle(engine, resource, canonical, grants, &stored).await;
    }
    let (began, iam) = (Instant::now(), power.iam(engine));
    loop {
        let read = iam.get_policy(resource).await?;
        if agrees(engine, canonical, grants, &stored, &read) {
            crash::point("after-read-back");
            locked(&engine.0.state.awaited).remove(resource);
            return settle(engine, resource, canonical, grants, &read).await;
        }
        if began.elapsed() >= engine.0.settings.read_back_for {
            tracing::info!(%resource, "reads do not show the written policy yet");
            locked(&engine.0.state.awaited)
                .entry(resource.clone())
                .or_insert_with(|| AwaitedPolicy {
                    stored,
                    since: Instant::now(),
                    power: power.clone(),
                });
            return Ok(Progress::Awaited);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// What to do about a policy that Google said it stored while reads did not show it: it is polled for, and nothing is
/// written meanwhile. None: nothing is awaited, or it was for too long, and the read is believed.
pub(super) async fn awaited(
    engine: &Engine,
    resource: &ResourceName,
    grants: &[Grant],
) -> Result<Option<Progress>, Error> {
    let Some(AwaitedPolicy {
        stored,
        since,
        power,
    }) = locked(&engine.0.state.awaited).get(resource).cloned()
    else {
        return Ok(None);
    };
    let Some(canonical) = super::apply::canonical(resource, grants) else {
        return Ok(None);
    };
    let read = match power.iam(engine).get_policy(resource).await {
        Ok(read) => read,
        // The token is over meanwhile, or may not read: the ordinary way settles it.
        Err(IamError::Unauthenticated { .. } | IamError::Forbidden { .. })
            if matches!(power, Power::Person(_)) =>
        {
            locked(&engine.0.state.awaited).remove(resource);
            return Ok(None);
        }
        Err(failure) => return Err(failure.into()),
    };
    if agrees(engine, &canonical, grants, &stored, &read) {
        locked(&engine.0.state.awaited).remove(resource);
        return settle(engine, resource, &canonical, grants, &read)
            .await
            .map(Some);
    }
    if since.elapsed() < STALE_READS_FOR {
        return Ok(Some(Progress::Awaited));
    }
    locked(&engine.0.state.awaited).remove(resource);
    Ok(None)
}

/// Whether both policies hold the same bindings of these grants.
fn agrees(
    engine: &Engine,
    canonical: &CanonicalResource,
    grants: &[Grant],
    stored: &Policy,
    read: &Policy,
) -> bool {
    if stored.etag().is_some() && stored.etag() == read.etag() {
        return true;
    }
    let own = |policy: &Policy| -> Vec<_> {
        let mut own = survey(policy, canonical, &engine.0.keyring).own;
        own.retain(|found| grants.iter().any(|grant| grant.id == found.grant));
        own.sort_by(|a, b| (a.grant, &a.role, &a.member).cmp(&(b.grant, &b.role, &b.member)));
        own
    };
    own(stored) == own(read)
}

async fn settle(
    engine: &Engine,
    resource: &ResourceName,
    canonical: &CanonicalResource,
    grants: &[Grant],
    policy: &Policy,
) -> Result<Progress, Error> {
    let survey = survey(policy, canonical, &engine.0.keyring);
    crash::point("before-settle-commit");
    let outcomes = join_all(grants.iter().map(|grant| {
        let present = |own: &OwnBinding| stands(&survey, grant, own);
        observe(engine, grant.id, resource, present, policy.etag())
    }));
    outcomes
        .await
        .into_iter()
        .collect::<Result<Vec<()>, Error>>()?;
    crash::point("after-settle-commit");
    // The end of one thing is often the beginning of another: a failed grant to clear away, a parent to retire.
    engine.wake();
    Ok(Progress::Made)
}

/// Where the grant wants the binding, exactly it must stand; where it does not, nothing in its place may.
fn stands(survey: &Survey, grant: &Grant, own: &OwnBinding) -> bool {
    survey.own.iter().any(|found| {
        if grant.wants_bindings() {
            found.is(own)
        } else {
            found.is_in_place_of(own)
        }
    })
}

/// Records what was seen. When that makes an extension active, its parent ends in the same transaction.
pub(super) async fn observe(
    engine: &Engine,
    id: GrantId,
    resource: &ResourceName,
    present: impl Fn(&OwnBinding) -> bool + Send,
    etag: Option<&str>,
) -> Result<(), Error> {
    for _ in 0..TRIES {
        let mut grant = engine.load(id).await?;
        let now = engine.now();
        let was_activating = grant.state == State::Activating;
        let mut entries = grant.observe(resource, &present, etag, now)?;
        if entries.is_empty() {
            return Ok(());
        }
        let became_active = was_activating && grant.state == State::Active;
        let mut changes = Vec::new();
        if let (true, Origin::Extension { parent, .. }) = (became_active, &grant.terms.origin) {
            let mut parent = engine.load(*parent).await?;
            if let Ok(entries) = parent.supersede(id, now) {
                changes.push(Change::of(parent, entries));
            } else if parent.state != State::Ended || parent.superseded_by.is_some() {
                // The parent was ended early, or another extension has its place: a grant that lives on beside the
                // chain would outlive its revocation.
                let why = "the grant that it extends was ended or extended meanwhile";
                entries.extend(grant.revoke(Actor::system(), Some(why), now)?);
            }
        }
        changes.push(Change::of(grant.clone(), entries));
        let is_settled = grant.open_bindings().next().is_none();
        match engine.store().commit(changes).await {
            Ok(()) => {
                if is_settled {
                    engine.0.state.forget(id);
                    engine.0.tokens.forget(id);
                }
                return Ok(());
            }
            Err(StoreError::Conflict) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    // It is being changed by others; its bindings are still open, and the next run looks again.
    Ok(())
}

/// Settles a failed activation on a resource that cannot even be read, where that is safe: nothing of it was ever
/// sent, or its window is over.
pub(super) async fn never_written(
    engine: &Engine,
    id: GrantId,
    resource: &ResourceName,
) -> Result<(), Error> {
    let grant = engine.load(id).await?;
    let is_over = grant
        .window
        .is_some_and(|window| window.end <= engine.now());
    let was_sent = locked(&engine.0.state.sent).contains(&(id, resource.clone()));
    let is_ours = locked(&engine.0.state.intended).contains(&id);
    let nothing_there = grant
        .bindings
        .iter()
        .filter(|b| b.resource == *resource)
        .all(|b| b.seen != Seen::Present);
    if grant.failure.is_some() && nothing_there && (is_over || (is_ours && !was_sent)) {
        observe(engine, id, resource, |_| false, None).await?;
    }
    Ok(())
}
