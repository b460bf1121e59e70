//! Connections that have not yet shown a secret. They cannot use up a server's places: the oldest of them gives way.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::Notify;

/// The newcomers of one port.
pub(crate) struct Newcomers {
    most: usize,
    /// The oldest first.
    waiting: VecDeque<Weak<Newcomer>>,
}

/// One of them, for as long as this lives.
#[derive(Default)]
pub(crate) struct Newcomer {
    is_known: AtomicBool,
    turned_away: Notify,
}

impl Newcomers {
    /// So many at once, one at least.
    pub(crate) fn at_most(most: usize) -> Self {
        Self {
            most,
            waiting: VecDeque::new(),
        }
    }

    /// Admits one more. If there are too many, the one that has waited longest is turned away.
    pub(crate) fn admit(&mut self) -> Arc<Newcomer> {
        let waits = |one: &Weak<Newcomer>| one.upgrade().is_some_and(|one| !one.is_known());
        self.waiting.retain(waits);
        if self.waiting.len() >= self.most
            && let Some(oldest) = self.waiting.pop_front().and_then(|one| one.upgrade())
        {
            oldest.turned_away.notify_one();
        }
        let admitted = Arc::default();
        self.waiting.push_back(Arc::downgrade(&admitted));
        admitted
    }
}

impl Newcomer {
    /// It has shown the secret, and stays.
    pub(crate) fn is_known_now(&self) {
        self.is_known.store(true, Ordering::Release);
    }

    fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Acquire)
    }

    /// Waits until it must go, which may be never.
    pub(crate) async fn turned_away(&self) {
        self.turned_away.notified().await;
        if self.is_known() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn is_turned_away(one: &Newcomer) -> bool {
        one.turned_away().now_or_never().is_some()
    }

    #[test]
    fn the_oldest_that_has_shown_nothing_gives_way() {
        let mut newcomers = Newcomers::at_most(2);
        let first = newcomers.admit();
        first.is_known_now();
        let second = newcomers.admit();
        let third = newcomers.admit();
        assert!(
            [&first, &second, &third]
                .iter()
                .all(|one| !is_turned_away(one))
        );
        let fourth = newcomers.admit();
        assert!(is_turned_away(&second));
        drop(third);
        let fifth = newcomers.admit();
        assert!(
            [&first, &fourth, &fifth]
                .iter()
                .all(|one| !is_turned_away(one))
        );
    }
}
