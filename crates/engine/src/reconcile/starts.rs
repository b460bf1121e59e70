//! The starts of what was agreed for later.

use daypass_core::audit::Actor;
use daypass_core::grant::Grant;
use daypass_core::state::State;
use futures::future::join_all;

use super::standing::{self, Standing};
use super::turn::Turn;
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
    let standing = standing::of(engine, grant).await?;
    let now = engine.now();
    let outcome = match standing {
        Standing::Holds => engine.change(grant.id, |grant| grant.start(now)).await,
        Standing::Waits => return Ok(()),
        Standing::Over(why) => {
            let end = |grant: &mut Grant| grant.revoke(Actor::system(), Some(&why), now);
            engine.change(grant.id, end).await
        }
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
