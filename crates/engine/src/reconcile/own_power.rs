//! Grants that an approver's own power writes: which batch they are in, and what becomes of them when the approver's
//! access token is no longer at hand. Daypass's own power never gives what only the approver's was to give.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use daypass_core::Timestamp;
use daypass_core::approval::Word;
use daypass_core::audit::Actor;
use daypass_core::entitlement::{Entitlement, Identity, Privilege};
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::plan::expired::survey;
use daypass_core::resource::ResourceName;
use daypass_core::state::State;

use super::apply::{self, Progress};
use super::{locked, settle};
use crate::ports::{AccessToken, Iam, IamError};
use crate::{Engine, Error, error};

/// Why a grant of this kind fails when nothing of it stands.
pub(super) const TOKEN_LOST: &str =
    "the approver's access token is no longer at hand; ask again, and have it approved again";

/// How often it is tried again to remove or to read what Daypass's own power may not: the permission may come back.
const TRY_AGAIN_AFTER: Duration = Duration::from_mins(5);

/// How long the sweep leaves alone what it may not remove. It has no effect any more.
const SWEEP_AGAIN_AFTER: Duration = Duration::from_hours(24);

/// Whose power a batch is written with.
#[derive(Debug, Clone)]
pub(super) enum Power {
    /// Daypass's own.
    Daypass,
    /// An approver's, or that of whoever ends the grant.
    Person(AccessToken),
}

impl Power {
    /// IAM as the one who has the power.
    pub(super) fn iam(&self, engine: &Engine) -> Arc<dyn Iam> {
        let iam = Arc::clone(&engine.0.ports.iam);
        match self {
            Self::Daypass => iam,
            Self::Person(token) => iam.as_person(token.clone()),
        }
    }

    /// What Google said, with the one to whom it was said.
    pub(super) fn words(&self, failure: &IamError) -> String {
        match (self, failure) {
            (Self::Person(_), IamError::Forbidden { message, .. }) => {
                format!("Google denied it to the approver: {message}")
            }
            _ => error::chain(failure),
        }
    }
}

/// The open work on one resource, by credential.
#[derive(Default)]
pub(super) struct Batches {
    /// With whose power, and which grants.
    pub(super) with_power: Vec<(Power, Vec<Grant>)>,
    /// Those whose token is lost while they want to begin, or to stand.
    pub(super) without_token: Vec<Grant>,
    /// Whether there are grants that rest until they are tried again.
    pub(super) some_rest: bool,
}

/// Whether the entitlement's approval says that the approver's own power writes the grant's bindings.
pub(crate) fn is_written_by_approver(grant: &Grant) -> bool {
    let by_approver = grant
        .approval
        .as_ref()
        .is_some_and(|approval| approval.identity == Identity::Approver);
    by_approver && !grant.terms.privileges.is_empty()
}

/// The token with which the grant's bindings are written: that of the approver who completed the last step.
pub(super) fn token_to_write(
    engine: &Engine,
    grant: &Grant,
    now: Timestamp,
) -> Option<AccessToken> {
    let last = grant.votes.iter().rfind(|vote| vote.word == Word::Approve);
    let own = last.and_then(|vote| engine.0.tokens.of_person(grant.id, &vote.person, now));
    // An active grant is written again only where an extension displaced it: whoever approved that lends their power.
    own.or_else(|| {
        let was_displaced = grant.state == State::Active;
        let anybody = || engine.0.tokens.of_anybody(grant.id, now);
        was_displaced.then(anybody).flatten()
    })
}

/// Sorts the open grants by credential.
pub(super) fn batches(
    engine: &Engine,
    resource: &ResourceName,
    grants: Vec<Grant>,
    now: Timestamp,
) -> Batches {
    let mut batches = Batches::default();
    let mut daypass = Vec::new();
    for grant in grants {
        if !is_written_by_approver(&grant) {
            daypass.push(grant);
            continue;
        }
        let wants = grant.wants_bindings();
        let token = if wants {
            token_to_write(engine, &grant, now)
        } else {
            engine.0.tokens.of_anybody(grant.id, now)
        };
        match token {
            Some(token) => {
                let same = |power: &Power| matches!(power, Power::Person(own) if *own == token);
                match batches.with_power.iter_mut().find(|(power, _)| same(power)) {
                    Some((_, batch)) => batch.push(grant),
                    None => batches.with_power.push((Power::Person(token), vec![grant])),
                }
            }
            None if rests(engine, grant.id, resource) && !is_over(&grant, now) => {
                batches.some_rest = true;
            }
            None if wants => batches.without_token.push(grant),
            None => daypass.push(grant),
        }
    }
    if !daypass.is_empty() {
        batches.with_power.push((Power::Daypass, daypass));
    }
    batches
}

/// Settles grants that want bindings and have no token, by a read with Daypass's own power: what stands was written
/// before a crash; what does not is never written now.
pub(super) async fn settle_without_token(
    engine: &Engine,
    resource: &ResourceName,
    grants: &[Grant],
    extended: &[GrantId],
    now: Timestamp,
) -> Result<Progress, Error> {
    let Some(canonical) = apply::canonical(resource, grants) else {
        return Ok(Progress::Made);
    };
    let policy = match engine.0.ports.iam.get_policy(resource).await {
        Ok(policy) => policy,
        Err(failure @ IamError::Forbidden { .. }) => {
            return unreadable(engine, resource, grants, &failure, now).await;
        }
        Err(failure @ (IamError::NotFound { .. } | IamError::Refused { .. })) => {
            for grant in grants {
                apply::fail(engine, grant.id, &error::chain(&failure), now).await?;
                settle::observe(engine, grant.id, resource, |_| false, None).await?;
            }
            return Ok(Progress::Made);
        }
        Err(failure) => return Err(failure.into()),
    };
    let survey = survey(&policy, &canonical, &engine.0.keyring);
    let mut progress = Progress::Made;
    for grant in grants {
        let mut here = grant
            .bindings
            .iter()
            .filter(|binding| binding.resource == *resource);
        if here.all(|binding| survey.own.iter().any(|found| found.is(&binding.own))) {
            let present = |own: &_| survey.own.iter().any(|found| found.is(own));
            settle::observe(engine, grant.id, resource, present, policy.etag()).await?;
        } else if extended.contains(&grant.id) {
            progress = Progress::Awaited;
        } else if grant.state == State::Activating {
            apply::fail(engine, grant.id, TOKEN_LOST, now).await?;
        } else {
            revoke(engine, grant.id, now).await?;
        }
    }
    Ok(progress)
}

/// Ends an active grant that an extension displaced and that nobody's power can write back.
async fn revoke(engine: &Engine, id: GrantId, now: Timestamp) -> Result<(), Error> {
    let ended = engine
        .change(id, |grant| {
            grant.revoke(Actor::system(), Some(TOKEN_LOST), now)
        })
        .await;
    match ended {
        Ok(_) | Err(Error::State(_)) => {
            engine.wake();
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

/// The policy may not even be read with Daypass's own power: whether the grant was written is unknown until its window
/// is over, and then it gives nothing whether it was or not.
async fn unreadable(
    engine: &Engine,
    resource: &ResourceName,
    grants: &[Grant],
    failure: &IamError,
    now: Timestamp,
) -> Result<Progress, Error> {
    let mut progress = Progress::Made;
    for grant in grants {
        if is_over(grant, now) {
            apply::fail(engine, grant.id, TOKEN_LOST, now).await?;
            settle::observe(engine, grant.id, resource, |_| false, None).await?;
        } else {
            if rest(engine, grant.id, resource, TRY_AGAIN_AFTER) {
                tracing::warn!(grant = %grant.id, %resource, error = %failure, "the approver's access token is lost, and the policy cannot be read: whether the grant stands is unknown until its end");
            }
            progress = Progress::Awaited;
        }
    }
    Ok(progress)
}

/// Daypass's own power may not remove what an approver's wrote: it stays until its condition ends it.
pub(super) async fn leave_standing(
    engine: &Engine,
    grant: &Grant,
    resource: &ResourceName,
    words: &str,
    now: Timestamp,
) -> Result<(), Error> {
    if is_over(grant, now) {
        return settle::observe(engine, grant.id, resource, |_| false, None).await;
    }
    if rest(engine, grant.id, resource, TRY_AGAIN_AFTER) {
        tracing::warn!(grant = %grant.id, %resource, error = %words, "Daypass may not remove a binding that an approver's own power wrote; it stays until its condition ends it, or until somebody who may ends it in a browser");
    }
    Ok(())
}

/// Whether all that is written on the resource is written by approvers, so that Daypass's own power need not reach it.
pub(super) async fn is_of_approvers_only(
    engine: &Engine,
    resource: &ResourceName,
) -> Result<bool, Error> {
    let active = engine.store().active_on(resource).await?;
    let catalogue = engine.catalogue();
    let concerns = |one: &&Entitlement| {
        one.privileges
            .iter()
            .filter_map(Privilege::on_resource)
            .any(|privilege| privilege.target == *resource)
    };
    let by_approver = |one: &Entitlement| {
        one.approval
            .as_ref()
            .is_some_and(|approval| approval.identity == Identity::Approver)
    };
    let entitlements = catalogue.iter().filter(concerns).all(by_approver);
    Ok(entitlements && active.iter().all(is_written_by_approver))
}

/// Lets the sweep leave alone what it was refused, of these grants.
pub(super) fn rest_from_sweep(
    engine: &Engine,
    resource: &ResourceName,
    grants: &BTreeSet<GrantId>,
) {
    for grant in grants {
        rest(engine, *grant, resource, SWEEP_AGAIN_AFTER);
    }
}

/// Whether the grant is left alone on this resource for a while.
pub(super) fn rests(engine: &Engine, grant: GrantId, resource: &ResourceName) -> bool {
    let left = locked(&engine.0.state.left);
    left.get(&(grant, resource.clone()))
        .is_some_and(|until| Instant::now() < *until)
}

/// Leaves the grant alone on this resource for a while. Returns whether that is news.
fn rest(engine: &Engine, grant: GrantId, resource: &ResourceName, pause: Duration) -> bool {
    let key = (grant, resource.clone());
    let until = Instant::now() + pause;
    locked(&engine.0.state.left).insert(key, until).is_none()
}

fn is_over(grant: &Grant, now: Timestamp) -> bool {
    grant.window.is_some_and(|window| window.end <= now)
}
