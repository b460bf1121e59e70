//! What the clock brings about without asking anybody: requests that nobody answered, reminders and escalations, ends.

use daypass_core::grant::Grant;
use daypass_core::state::State;
use futures::future::join_all;

use crate::{Engine, Error};

/// Most grants that one run takes up; the rest is due at the next.
const A_RUN: usize = 1_000;

pub(super) async fn run(engine: &Engine) -> Result<(), Error> {
    let due = due(engine).await?;
    let outcomes = join_all(due.iter().map(|grant| advance(engine, grant))).await;
    outcomes.into_iter().collect()
}

/// What is due, but for the starts, which are not the clock's alone: those that cannot begin now are due until they
/// can, and must not hide an end behind them.
async fn due(engine: &Engine) -> Result<Vec<Grant>, Error> {
    let mut limit = A_RUN;
    loop {
        let mut due = engine.store().due(engine.now(), limit).await?;
        let are_all = due.len() < limit;
        due.retain(|grant| grant.state != State::Scheduled);
        if are_all || !due.is_empty() {
            return Ok(due);
        }
        limit = limit.saturating_mul(2);
    }
}

async fn advance(engine: &Engine, grant: &Grant) -> Result<(), Error> {
    let now = engine.now();
    let outcome = match grant.state {
        State::ApprovalAwaited if grant.decide_by.is_some_and(|limit| limit <= now) => {
            engine.change(grant.id, |grant| grant.expire(now)).await
        }
        State::ApprovalAwaited => engine.change(grant.id, |grant| grant.call(now)).await,
        State::Activating => engine.change(grant.id, |grant| grant.lapse(now)).await,
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
