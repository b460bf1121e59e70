//! Recording what will be written, before it is (I12, I13).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use daypass_core::Timestamp;
use daypass_core::binding::CanonicalResource;
use daypass_core::decide::is_skewed;
use daypass_core::grant::{Grant, Origin};
use daypass_core::mutant::{self, Mutant};
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, join_all};

use super::standing::{self, Standing};
use super::turn::Turn;
use super::{locked, own_power, renew};
use crate::ports::{Change, IamError, StoreError};
use crate::{Engine, Error, crash, error};

/// Most grants that one run takes up.
const A_RUN: usize = 1_000;

/// Takes up the grants that no other run has, and those whose intent waited too long. Each goes on as soon as all that
/// it needs itself is known: what is slow delays only those that need it. One that fails is left alone for so long.
pub(super) async fn run(engine: &Engine, after_failure: Duration) -> Result<(), Error> {
    let now = engine.now();
    engine.0.tokens.forget_what_is_over(now);
    let all = engine
        .store()
        .in_state(State::Activating, usize::MAX)
        .await?;
    let waiting: Vec<(Grant, Turn)> = all
        .into_iter()
        .filter(|grant| grant.failure.is_none())
        .filter(|grant| grant.bindings.is_empty() || renew::is_needed(engine, grant, now))
        .filter_map(|grant| Turn::to_begin(engine, grant.id).map(|turn| (grant, turn)))
        .take(A_RUN)
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    // A wrong clock would give more or less than was agreed: nothing begins until it is right again (I8).
    let skew = engine.0.ports.clock.skew();
    if skew.is_none_or(is_skewed) && !mutant::is(Mutant::SkewIgnored) {
        let shown = skew.map_or_else(
            || "not measured".to_owned(),
            |skew| format!("{:.1} s off", skew.as_secs_f64()),
        );
        return Err(Error::Conflict(format!(
            "the clock is {shown}; nothing is activated until it is right"
        )));
    }
    let mut carriers = Carriers::default();
    let outcomes = join_all(waiting.into_iter().map(|(grant, turn)| {
        let is_new = grant.bindings.is_empty();
        let names = is_new.then(|| carriers.of(engine, &grant));
        async move {
            let outcome = match names {
                Some(names) => intend(engine, &grant, &names.await.into_iter().collect()).await,
                None => renew::run(engine, &grant).await,
            };
            if outcome.is_err() {
                tokio::time::sleep(after_failure).await;
            }
            drop(turn);
            outcome
        }
    }));
    outcomes.await.into_iter().collect()
}

/// What Google said of a resource: the name that the authentication codes cover; none for one that cannot carry the
/// grant at all.
type Carrier = Arc<Result<CanonicalResource, IamError>>;

type Names = HashMap<ResourceName, Carrier>;

/// The questions that a run asks Google: each resource once, for all grants that need it.
#[derive(Default)]
struct Carriers<'a>(HashMap<ResourceName, Shared<BoxFuture<'a, (ResourceName, Carrier)>>>);

impl<'a> Carriers<'a> {
    /// The answers for the resources of one grant, as soon as these are there.
    fn of(
        &mut self,
        engine: &'a Engine,
        grant: &Grant,
    ) -> impl Future<Output = Vec<(ResourceName, Carrier)>> + use<'a> {
        let privileges = grant.terms.privileges.iter();
        let targets: BTreeSet<&ResourceName> =
            privileges.map(|privilege| &privilege.target).collect();
        let asked = targets.into_iter().map(|target| {
            let ask = || {
                let resource = target.clone();
                let answer = async move {
                    let answer = carrier(engine, &resource).await;
                    (resource, Arc::new(answer))
                };
                answer.boxed().shared()
            };
            self.0.entry(target.clone()).or_insert_with(ask).clone()
        });
        join_all(asked.collect::<Vec<_>>())
    }
}

async fn carrier(engine: &Engine, resource: &ResourceName) -> Result<CanonicalResource, IamError> {
    let iam = &engine.0.ports.iam;
    let canonical = iam.canonical(resource).await?;
    if iam.takes_conditions(resource).await? {
        return Ok(canonical);
    }
    Err(IamError::Refused {
        message: format!(
            "{resource} takes no conditions now, so a grant on it could not end by itself; for a bucket, turn on uniform \
             bucket-level access"
        ),
    })
}

async fn intend(engine: &Engine, grant: &Grant, names: &Names) -> Result<(), Error> {
    let now = engine.now();
    if renew::is_too_late(grant, now) {
        return give_up(engine, grant, renew::TOO_LATE, now).await;
    }
    let needs_token = own_power::is_written_by_approver(grant);
    if needs_token && own_power::token_to_write(engine, grant, now).is_none() {
        // Nothing of it was ever sent: the intent comes before the first write.
        return give_up(engine, grant, own_power::TOKEN_LOST, now).await;
    }
    for privilege in &grant.terms.privileges {
        match names.get(&privilege.target).map(|answer| &**answer) {
            Some(Ok(_)) => {}
            // For good: the grant fails in Google's words. For the moment: the next run tries again.
            Some(Err(failure)) if is_final(failure) => {
                let why = format!("{}: {}", privilege.target, error::chain(failure));
                return give_up(engine, grant, &why, now).await;
            }
            Some(Err(_)) | None => return Ok(()),
        }
    }
    if let Some(why) = two_names(grant, names) {
        return give_up(engine, grant, &why, now).await;
    }
    match standing::of(engine, grant).await? {
        Standing::Holds => {}
        Standing::Waits => return Ok(()),
        Standing::Over(why) => return give_up(engine, grant, &why, now).await,
    }
    let now = engine.now();
    let mut changes = Vec::new();
    let mut intended = grant.clone();
    let Ok(window) = intended.window_from(now) else {
        let why = "its end is past already";
        return give_up(engine, grant, why, now).await;
    };
    let canonical = |resource: &ResourceName| {
        names
            .get(resource)
            .and_then(|name| name.as_ref().as_ref().ok())
            .cloned()
    };
    let entries = intended.intend(window, canonical, now)?;
    // Without bindings there is nothing to read back: it has its parent's place at once.
    let is_active = intended.state == State::Active;
    changes.push(Change::of(intended, entries));
    if let Origin::Extension { parent, .. } = grant.terms.origin {
        let mut parent = engine.load(parent).await?;
        // Read after the parent: of two that get here together, the parent's revision lets only one through.
        if is_being_extended(engine, &parent, grant).await? {
            return Ok(());
        }
        let displaced = if is_active {
            parent.supersede(grant.id, now)
        } else {
            parent.doubt(grant.id, now)
        };
        match displaced {
            Ok(entries) => changes.push(Change::of(parent, entries)),
            Err(_) => {
                let why = "the grant that it extends has ended, or was extended meanwhile";
                return give_up(engine, grant, why, now).await;
            }
        }
    }
    if mutant::is(Mutant::AuditAfterSet) {
        super::apply::unrecorded(engine, &changes).await?;
    }
    crash::point("before-intent-commit");
    match engine.store().commit(changes).await {
        Ok(()) => {
            locked(&engine.0.state.intended).insert(grant.id);
            crash::point("after-intent-commit");
            // The writers do not wait for the other grants of this run.
            engine.wake();
        }
        // Revoked or changed meanwhile: the next run sees how it is.
        Err(StoreError::Conflict) => {}
        Err(failure) => return Err(failure.into()),
    }
    Ok(())
}

/// The grant fails before anything is written.
async fn give_up(engine: &Engine, grant: &Grant, why: &str, now: Timestamp) -> Result<(), Error> {
    engine
        .change(grant.id, |grant| grant.fail(why, now))
        .await?;
    engine.0.tokens.forget(grant.id);
    Ok(())
}

/// Whether another extension of the same grant is being written. One takes the grant's place; a second one beside it
/// would stand outside the chain that a revocation follows.
async fn is_being_extended(engine: &Engine, parent: &Grant, by: &Grant) -> Result<bool, Error> {
    let under_way = engine
        .store()
        .in_state(State::Activating, usize::MAX)
        .await?;
    Ok(under_way.iter().any(|other| {
        let is_sibling =
            matches!(other.terms.origin, Origin::Extension { parent: of, .. } if of == parent.id);
        is_sibling && other.id != by.id && !other.bindings.is_empty()
    }))
}

/// Whether one policy is meant by two names, a project's id and its number, and a role is given there by both. A policy
/// holds a role of one grant in one place: each binding would make way for the other for ever.
fn two_names(grant: &Grant, names: &Names) -> Option<String> {
    let mut places = HashMap::new();
    for privilege in &grant.terms.privileges {
        let Ok(canonical) = &**names.get(&privilege.target)? else {
            continue;
        };
        let (role, target) = (&privilege.role, &privilege.target);
        let other = places.insert((&canonical.0, role), target);
        if let Some(other) = other.filter(|other| *other != target) {
            return Some(format!(
                "{other} and {target} are one resource, and {role} is given there twice: name it once in the entitlement"
            ));
        }
    }
    None
}

/// Whether trying again is pointless.
pub(super) fn is_final(failure: &IamError) -> bool {
    matches!(
        failure,
        IamError::Refused { .. } | IamError::Forbidden { .. } | IamError::NotFound { .. }
    )
}
