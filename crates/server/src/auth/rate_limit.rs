//! How often one peer may do something.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::failure::Failure;

/// Length of the window, in seconds.
const WINDOW_SECONDS: i64 = 60;

/// Peers that are remembered; with more, those whose window is over go first.
const MAX_PEERS: usize = 50_000;

/// So many times a minute for each peer.
pub(crate) struct RateLimit {
    a_minute: u32,
    peers: Mutex<HashMap<IpAddr, (i64, u32)>>,
}

impl RateLimit {
    pub(crate) fn new(a_minute: u32) -> Self {
        Self {
            a_minute,
            peers: Mutex::default(),
        }
    }

    /// Counts one more, or says when to come back.
    pub(crate) fn take(&self, peer: IpAddr, now: Timestamp) -> Result<(), Failure> {
        let now = now.as_second();
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= MAX_PEERS {
            peers.retain(|_, (start, _)| now - *start < WINDOW_SECONDS);
        }
        let (start, count) = peers.entry(peer).or_insert((now, 0));
        // A clock that went back must not lock anybody out.
        if now - *start >= WINDOW_SECONDS || now < *start {
            (*start, *count) = (now, 0);
        }
        if *count >= self.a_minute {
            let wait = u32::try_from(*start + WINDOW_SECONDS - now).unwrap_or(60);
            return Err(
                Failure::too_many("too many sign-ins were begun from here", wait)
                    .hint(format!("try again in {wait} s")),
            );
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn each_peer_has_its_own_minute() {
        let limit = RateLimit::new(2);
        let (a, b): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert!(limit.take(a, at(100)).is_ok());
        assert!(limit.take(a, at(101)).is_ok());
        assert_eq!(limit.take(a, at(130)).unwrap_err().retry_after, Some(30));
        assert!(limit.take(b, at(130)).is_ok());
        assert!(limit.take(a, at(160)).is_ok());
    }
}
