//! What the clock brings about: requests that nobody answered, reminders and
//! escalations, starts, ends.

use daypass_core::decide::is_among;
use daypass_core::grant::{Grant, Origin};
use daypass_core::state::State;
use futures::future::join_all;

use crate::ports::Freshness;
use crate::{Engine, Error};

/// Most grants that one run takes up; the rest is due at the next.
const A_RUN: usize = 1_000;

pub(super) async fn run(engine: &Engine) -> Result<(), Error> {
    let due = engine.store().due(engine.now(), A_RUN).await?;
    let outcomes = join_all(due.iter().map(|grant| advance(engine, grant))).await;
    outcomes.into_iter().collect()
}

async fn advance(engine: &Engine, grant: &Grant) -> Result<(), Error> {
    let now = engine.now();
    let outcome = match grant.state {
        State::ApprovalAwaited if grant.decide_by.is_some_and(|limit| limit <= now) => {
            engine.change(grant.id, |grant| grant.expire(now)).await
        }
        State::ApprovalAwaited => engine.change(grant.id, |grant| grant.call(now)).await,
        State::Scheduled if may_still_start(engine, grant).await? => {
            engine.change(grant.id, |grant| grant.start(now)).await
        }
        State::Scheduled => {
            let actor = daypass_core::audit::Actor::system();
            let why = "its requester may no longer have it";
            engine
                .change(grant.id, |grant| {
                    grant.revoke(actor.clone(), Some(why), now)
                })
                .await
        }
        State::Active => engine.change(grant.id, |grant| grant.end(now)).await,
        State::Ended => engine.change(grant.id, |grant| grant.release(now)).await,
        _ => return Ok(()),
    };
    match outcome {
        // Somebody else moved it on meanwhile: there is nothing left to do.
        Ok(_) | Err(Error::State(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the one who asked or gave is still entitled to: much can change between an approval and a later start.
async fn may_still_start(engine: &Engine, grant: &Grant) -> Result<bool, Error> {
    let catalogue = engine.catalogue();
    let Some(entitlement) = catalogue.get(&grant.terms.entitlement) else {
        return Ok(false);
    };
    let groups = engine
        .groups_of(&grant.terms.requester, Freshness::Fresh)
        .await?;
    let list = if grant.terms.origin == Origin::Given {
        &entitlement.grantors
    } else {
        &entitlement.requesters
    };
    let standing = is_among(list, &grant.terms.requester.principal(), &groups);
    Ok(standing && catalogue.hash(&entitlement.id) == Some(grant.terms.entitlement_hash))
}
