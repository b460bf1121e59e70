//! Sign-ins that were finished, so that none is finished twice.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// States of finished sign-ins, each remembered until the sign-in would have expired anyway.
///
/// Only states that this server itself issued get here, so the number is bounded by the sign-ins of ten minutes.
#[derive(Debug, Default)]
pub(crate) struct SpentStates {
    until: Mutex<HashMap<String, Timestamp>>,
}

impl SpentStates {
    /// Marks `state` as spent; false if it was already.
    pub(crate) fn spend(&self, state: &str, expires_at: Timestamp, now: Timestamp) -> bool {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.retain(|_, expiry| *expiry > now);
        until.insert(state.to_owned(), expires_at).is_none()
    }
}
