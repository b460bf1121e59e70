//! A fetched document of which the last good copy is kept.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::Error;

/// How often an unknown key id, or a copy grown old, may cause a fetch: strangers choose key ids, so without this pause
/// they would choose how often we call the provider.
pub const REFRESH_PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// How long after a failure the next attempt waits while there is no copy at all.
const FAILURE_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// The age at which a copy is renewed even if all its keys still fit: a key that the provider withdrew must go.
const RENEWAL_AGE: SignedDuration = SignedDuration::from_hours(1);

/// The copy, and the gate that lets one fetch through at a time.
#[derive(Debug)]
pub(crate) struct LastGood<T> {
    issuer: String,
    copy: RwLock<Option<Copy<T>>>,
    attempts: Mutex<Attempts>,
}

#[derive(Debug)]
struct Copy<T> {
    value: Arc<T>,
    fetched_at: Timestamp,
}

#[derive(Debug, Default)]
struct Attempts {
    last: Option<Timestamp>,
    failure: Option<String>,
}

impl<T> LastGood<T> {
    pub(crate) fn empty(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            copy: RwLock::new(None),
            attempts: Mutex::new(Attempts::default()),
        }
    }

    /// The copy; fetched if there is none, renewed if it is old.
    pub(crate) async fn current(
        &self,
        now: Timestamp,
        fetch: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        match self.copy() {
            Some((value, fetched_at)) if recent(fetched_at, now, RENEWAL_AGE) => Ok(value),
            Some(_) => self.renewed(now, fetch).await,
            None => {
                let mut attempts = self.attempts.lock().await;
                if let Some((value, _)) = self.copy() {
                    return Ok(value);
                }
                if let (Some(last), Some(reason)) = (attempts.last, &attempts.failure)
                    && recent(last, now, FAILURE_PAUSE)
                {
                    return Err(Error::ProviderDown {
                        issuer: self.issuer.clone(),
                        reason: reason.clone(),
                    });
                }
                self.attempt(&mut attempts, now, fetch).await
            }
        }
    }

    /// The copy, renewed unless that was tried less than [`REFRESH_PAUSE`] ago. A failure leaves the copy in force.
    pub(crate) async fn renewed(
        &self,
        now: Timestamp,
        fetch: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        let mut attempts = self.attempts.lock().await;
        let pause_over = attempts
            .last
            .is_none_or(|last| !recent(last, now, REFRESH_PAUSE));
        match self.copy() {
            Some((value, _)) if !pause_over => Ok(value),
            Some((value, _)) => match self.attempt(&mut attempts, now, fetch).await {
                Ok(renewed) => Ok(renewed),
                Err(error) => {
                    tracing::warn!(issuer = %self.issuer, %error, "keeping the identity provider's last good keys");
                    Ok(value)
                }
            },
            None => self.attempt(&mut attempts, now, fetch).await,
        }
    }

    async fn attempt(
        &self,
        attempts: &mut Attempts,
        now: Timestamp,
        fetch: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        attempts.last = Some(now);
        match fetch.await {
            Ok(value) => {
                attempts.failure = None;
                let value = Arc::new(value);
                *self.copy.write().unwrap_or_else(PoisonError::into_inner) = Some(Copy {
                    value: Arc::clone(&value),
                    fetched_at: now,
                });
                Ok(value)
            }
            Err(error) => {
                attempts.failure = Some(error.to_string());
                Err(error)
            }
        }
    }

    fn copy(&self) -> Option<(Arc<T>, Timestamp)> {
        self.copy
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(|copy| (Arc::clone(&copy.value), copy.fetched_at))
    }
}

/// Whether `then` is less than `span` ago. A clock that was set back makes nothing recent.
fn recent(then: Timestamp, now: Timestamp, span: SignedDuration) -> bool {
    let age = now.duration_since(then);
    !age.is_negative() && age < span
}
