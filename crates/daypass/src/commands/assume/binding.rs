//! `via: binding`: a policy was written a moment ago, and Google takes minutes to act by it.

use std::time::Duration;

use async_trait::async_trait;
use daypass_engine::ports::{AccessToken, IamError, Tokens, WantedToken};
use daypass_google::Google;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use crate::output;

/// How long a written policy may take to work (finding 18: 2 to 7 minutes, seldom more).
const PATIENCE: Duration = Duration::from_mins(10);
/// The pause between two tries.
const PAUSE: Duration = Duration::from_secs(5);
/// How often it is told that the wait goes on.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// Tokens that are waited for: at first Google denies what it has just been told to allow.
pub(super) struct Patient {
    google: Google,
    /// Whether one has come: from then on a denial is one.
    has_come: Mutex<bool>,
}

impl Patient {
    pub(super) fn new(google: Google) -> Self {
        Self {
            google,
            has_come: Mutex::default(),
        }
    }
}

#[async_trait]
impl Tokens for Patient {
    async fn mint(&self, wanted: &WantedToken) -> Result<AccessToken, IamError> {
        let mut has_come = self.has_come.lock().await;
        let begun = Instant::now();
        let mut told = None;
        loop {
            let answer = self.google.mint(wanted).await;
            let is_denied = matches!(answer, Err(IamError::Forbidden { .. }));
            if !is_denied || *has_come || begun.elapsed() + PAUSE > PATIENCE {
                *has_come |= answer.is_ok();
                return answer;
            }
            if told.is_none_or(|told: Instant| told.elapsed() >= TOLD_EVERY) {
                output::talk(&format!(
                    "Waiting for Google: a new binding takes 2 to 7 minutes to work ({} s so far).",
                    begun.elapsed().as_secs()
                ));
                told = Some(Instant::now());
            }
            sleep(PAUSE).await;
        }
    }
}
