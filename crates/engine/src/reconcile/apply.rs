//! One resource: from what the record wants there to a policy that shows it.

use daypass_core::Timestamp;
use daypass_core::binding::CanonicalResource;
use daypass_core::grant::{Grant, Origin};
use daypass_core::ids::GrantId;
use daypass_core::plan::{Edit, Unit};
use daypass_core::resource::ResourceName;
use daypass_core::state::State;

use super::own_power::{self, Power};
use super::{intend, renew, settle};
use crate::ports::{Change, IamError, StoreError};
use crate::writer::{Writer, Written};
use crate::{Engine, Error};

/// How a run over a resource went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Something was settled, or there was nothing to do.
    Made,
    /// What was written cannot be read yet.
    Awaited,
}

/// Writes what is open on the resource, proves it by reading, and records the proof.
pub(super) async fn run(engine: &Engine, resource: &ResourceName) -> Result<Progress, Error> {
    let now = engine.now();
    let (open, extended) = open_work(engine, resource).await?;
    if let Some(progress) = settle::awaited(engine, resource, &open).await? {
        return Ok(progress);
    }
    let batches = own_power::batches(engine, resource, open, now);
    let mut outcomes = Vec::new();
    if batches.some_rest {
        outcomes.push(Ok(Progress::Awaited));
    }
    // A batch is per resource and credential; what one may not do is no reason for the others to wait.
    for (power, grants) in batches.with_power {
        outcomes.push(work(engine, resource, &power, grants, &extended, now).await);
    }
    if !batches.without_token.is_empty() {
        let grants = &batches.without_token;
        outcomes
            .push(own_power::settle_without_token(engine, resource, grants, &extended, now).await);
    }
    let mut progress = Progress::Made;
    for outcome in outcomes {
        if outcome? == Progress::Awaited {
            progress = Progress::Awaited;
        }
    }
    Ok(progress)
}

/// One batch: what these grants want of the resource, with this power.
async fn work(
    engine: &Engine,
    resource: &ResourceName,
    power: &Power,
    grants: Vec<Grant>,
    extended: &[GrantId],
    now: Timestamp,
) -> Result<Progress, Error> {
    let iam = power.iam(engine);
    let (late, grants): (Vec<Grant>, Vec<Grant>) = grants
        .into_iter()
        .partition(|grant| renew::is_needed(engine, grant, now));
    let units = units(engine, resource, &grants, extended).await?;
    let Some(canonical) = canonical(resource, &grants).filter(|_| !units.is_empty()) else {
        // What is open and must wait is looked at again at the ordinary pace, not at once.
        return Ok(if grants.is_empty() && late.is_empty() {
            Progress::Made
        } else {
            Progress::Awaited
        });
    };
    match Writer::with(engine, iam, resource, &canonical)
        .apply(units)
        .await
    {
        Ok(written) => {
            warn_of_limits(resource, &written);
            let stuck = refuse(engine, &grants, &written, now).await?;
            let progress =
                settle::read_back(engine, power, resource, &canonical, &grants, written.policy)
                    .await?;
            match stuck {
                Some(words) => Err(Error::Conflict(format!(
                    "Google refuses to remove a binding: {words}"
                ))),
                None => Ok(progress),
            }
        }
        Err(Error::Iam(failure)) if intend::is_final(&failure) => {
            refused_by_google(engine, power, resource, &grants, &failure, now)
                .await
                .map(|()| Progress::Made)
        }
        Err(Error::Iam(IamError::Unauthenticated { message })) => {
            let Power::Person(token) = power else {
                return Err(IamError::Unauthenticated { message }.into());
            };
            // Never another power instead: the next run finds no token, and reads what stands.
            tracing::info!(%resource, error = %message, "Google does not take an approver's access token any more");
            engine.0.tokens.forget_token(token);
            engine.wake();
            Ok(Progress::Made)
        }
        Err(failure) => Err(failure),
    }
}

fn warn_of_limits(resource: &ResourceName, written: &Written) {
    for warning in &written.warnings {
        tracing::warn!(%resource, what = warning.what, current = warning.current, limit = warning.limit, "a policy is nearly full");
    }
}

/// What each grant wants of the resource.
async fn units(
    engine: &Engine,
    resource: &ResourceName,
    grants: &[Grant],
    extended: &[GrantId],
) -> Result<Vec<Unit>, Error> {
    // While an extension is being written, its parent's place is the extension's to clear.
    let mut units = Vec::new();
    for grant in grants
        .iter()
        .filter(|grant| !extended.contains(&grant.id) || !grant.wants_bindings())
    {
        let mut edits = Vec::new();
        if let Some(parent) = parent_of(grant).filter(|_| grant.wants_bindings()) {
            let parent = engine.load(parent).await?;
            let there = parent
                .bindings
                .iter()
                .filter(|binding| binding.resource == *resource);
            edits.extend(there.map(|binding| Edit::Remove(binding.own.clone())));
        }
        for binding in grant
            .open_bindings()
            .filter(|binding| binding.resource == *resource)
        {
            edits.push(if grant.wants_bindings() {
                Edit::Add(binding.own.clone())
            } else {
                Edit::Remove(binding.own.clone())
            });
        }
        if !edits.is_empty() {
            units.push(Unit {
                grant: grant.id,
                edits,
            });
        }
    }
    Ok(units)
}

/// What is open on the resource, and the grants whose extension is being written, here or still elsewhere: an
/// extension that stands on this resource and waits for another one has its parent's place already.
///
/// Extensions are read before what is open. An extension that is settled in between has ended its parent by then, and
/// one that fails in between leaves its parent to the next run; the other way round, the parent of a settled one would
/// still look open, and be written beside it.
async fn open_work(
    engine: &Engine,
    resource: &ResourceName,
) -> Result<(Vec<Grant>, Vec<GrantId>), Error> {
    let (store, batch) = (engine.store(), engine.0.settings.batch);
    let in_doubt =
        |grant: &Grant| grant.state == State::Active && grant.open_bindings().next().is_some();
    let open = store.open_on(resource, batch).await?;
    if !open.iter().any(in_doubt) {
        return Ok((open, Vec::new()));
    }
    let under_way = store.in_state(State::Activating, usize::MAX).await?;
    let open = store.open_on(resource, batch).await?;
    let is_written = |grant: &&Grant| grant.wants_bindings() && !grant.bindings.is_empty();
    let extensions = under_way.iter().chain(&open).filter(is_written);
    let extended = extensions.filter_map(parent_of).collect();
    Ok((open, extended))
}

fn parent_of(grant: &Grant) -> Option<GrantId> {
    match grant.terms.origin {
        Origin::Extension { parent, .. } if grant.state == State::Activating => Some(parent),
        _ => None,
    }
}

pub(super) fn canonical(resource: &ResourceName, grants: &[Grant]) -> Option<CanonicalResource> {
    let bindings = grants.iter().flat_map(|grant| &grant.bindings);
    bindings
        .filter(|binding| binding.resource == *resource)
        .map(|binding| binding.canonical.clone())
        .next()
}

/// Records the grants that were refused one by one. Google's words on a removal that it refused: that waits, and the
/// binding has no effect after its end.
async fn refuse(
    engine: &Engine,
    grants: &[Grant],
    written: &Written,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let mut stuck = None;
    for (id, words) in &written.refused {
        if grants
            .iter()
            .any(|grant| grant.id == *id && grant.wants_bindings())
        {
            fail(engine, *id, words, now).await?;
        } else {
            stuck = Some(words.clone());
        }
    }
    Ok(stuck)
}

pub(super) async fn fail(
    engine: &Engine,
    id: GrantId,
    words: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let words = daypass_core::justification::printable(words, 1_000);
    match engine.change(id, |grant| grant.fail(&words, now)).await {
        Ok(_) | Err(Error::State(_)) => {
            engine.wake();
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

/// Google refuses the whole resource: no permission, or it is gone. What wants to begin fails; what wants to end waits
/// for the permission to come back, unless the resource itself is gone.
async fn refused_by_google(
    engine: &Engine,
    power: &Power,
    resource: &ResourceName,
    grants: &[Grant],
    failure: &IamError,
    now: Timestamp,
) -> Result<(), Error> {
    let words = format!("{resource}: {}", power.words(failure));
    let gone = matches!(failure, IamError::NotFound { .. });
    let mut waits = false;
    for grant in grants {
        if grant.wants_bindings() && grant.state == State::Activating {
            fail(engine, grant.id, &words, now).await?;
        } else if gone {
            settle::observe(engine, grant.id, resource, |_| false, None).await?;
        } else if matches!(power, Power::Person(_)) {
            // Whoever lent this power may not remove it: the next run tries with Daypass's own.
            engine.0.tokens.forget(grant.id);
            engine.wake();
        } else if own_power::is_written_by_approver(grant) {
            own_power::leave_standing(engine, grant, resource, &words, now).await?;
        } else {
            waits = true;
        }
    }
    // What failed before anything was written there is settled without another look at a resource that cannot be read.
    for grant in grants
        .iter()
        .filter(|grant| grant.state == State::Activating)
    {
        settle::never_written(engine, grant.id, resource).await?;
    }
    if waits {
        Err(Error::Conflict(words))
    } else {
        Ok(())
    }
}

/// Writes before anything is recorded: what the mutant of this name does, and nothing else ever.
pub(super) async fn unrecorded(
    engine: &Engine,
    changes: &[crate::ports::Change],
) -> Result<(), Error> {
    for binding in changes
        .iter()
        .filter_map(|change| change.grant.as_ref())
        .flat_map(|grant| &grant.bindings)
    {
        let unit = Unit {
            grant: binding.own.grant,
            edits: vec![Edit::Add(binding.own.clone())],
        };
        Writer::new(engine, &binding.resource, &binding.canonical)
            .apply(vec![unit])
            .await?;
    }
    Ok(())
}

/// Commits entries that concern no grant.
pub(super) async fn record(
    engine: &Engine,
    entries: Vec<daypass_core::audit::Entry>,
) -> Result<(), StoreError> {
    if entries.is_empty() {
        Ok(())
    } else {
        engine.store().commit(vec![Change::record(entries)]).await
    }
}
