use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::SignedDuration;
use tokio::sync::Notify;

use super::HandClock;
use crate::ports::{AccessToken, Clock as _, IamError, Tokens, WantedToken};
use crate::reconcile::locked;

/// A mint that gives whatever is wanted, unless it is told otherwise. The first token reads `canary-token-1`.
pub struct Mint {
    clock: Arc<HandClock>,
    state: Mutex<State>,
    released: Notify,
}

#[derive(Default)]
struct State {
    wanted: Vec<WantedToken>,
    next: VecDeque<Result<i64, IamError>>,
    held: bool,
}

impl Mint {
    pub(super) fn by(clock: Arc<HandClock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
            released: Notify::new(),
        }
    }

    /// What was asked for so far.
    pub fn wanted(&self) -> Vec<WantedToken> {
        locked(&self.state).wanted.clone()
    }

    /// The next token fails like this.
    pub fn fail(&self, error: IamError) {
        locked(&self.state).next.push_back(Err(error));
    }

    /// The next token lives so many seconds longer than was asked: Google minted it that much later.
    pub fn delay(&self, seconds: i64) {
        locked(&self.state).next.push_back(Ok(seconds));
    }

    /// From now on whoever wants a token waits.
    pub fn hold(&self) {
        locked(&self.state).held = true;
    }

    /// Lets those who wait go on.
    pub fn release(&self) {
        locked(&self.state).held = false;
        self.released.notify_waiters();
    }

    async fn wait(&self) {
        loop {
            let released = self.released.notified();
            if !locked(&self.state).held {
                return;
            }
            released.await;
        }
    }
}

#[async_trait]
impl Tokens for Mint {
    async fn mint(&self, wanted: &WantedToken) -> Result<AccessToken, IamError> {
        let (number, next) = {
            let mut state = locked(&self.state);
            state.wanted.push(wanted.clone());
            (state.wanted.len(), state.next.pop_front())
        };
        self.wait().await;
        let later = SignedDuration::from_secs(next.transpose()?.unwrap_or_default());
        let ends = self.clock.now() + wanted.lifetime.signed() + later;
        Ok(AccessToken::new(
            format!("canary-token-{number}").into(),
            ends,
        ))
    }
}
