//! The starts of what was agreed for later.

use daypass_core::audit::Actor;
use daypass_core::decide::is_among;
use daypass_core::grant::{Grant, Origin};
use daypass_core::state::State;
use futures::future::join_all;

use super::turn::Turn;
use crate::ports::Freshness;
use crate::{Engine, Error};

/// Most grants that are read at a time in search of those whose start is due.
const A_RUN: usize = 1_000;

pub(super) async fn run(engine: &Engine) -> Result<(), Error> {
    let due = engine.store().due(engine.now(), A_RUN).await?;
    let starting = due
        .iter()
        .filter(|grant| grant.state == State::Scheduled)
        .filter_map(|grant| Some((grant, Turn::to_begin(engine, grant.id)?)));
    let outcomes = join_all(starting.map(|(grant, turn)| async move {
        let outcome = start(engine, grant).await;
        drop(turn);
        outcome
    }));
    outcomes.await.into_iter().collect()
}

async fn start(engine: &Engine, grant: &Grant) -> Result<(), Error> {
    let may_start = may_still_start(engine, grant).await?;
    let now = engine.now();
    let outcome = if may_start {
        engine.change(grant.id, |grant| grant.start(now)).await
    } else {
        let why = "its requester may no longer have it";
        engine
            .change(grant.id, |grant| {
                grant.revoke(Actor::system(), Some(why), now)
            })
            .await
    };
    match outcome {
        Ok(_) => {
            engine.wake();
            Ok(())
        }
        // Somebody else moved it on meanwhile: there is nothing left to do.
        Err(Error::State(_)) => Ok(()),
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
