use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Most answers that are kept; when full, all are forgotten, which costs a call each and nothing else.
const MOST: usize = 10_000;

/// Answers of Google that stay good for a while. Time is monotonic and given by the caller.
#[derive(Debug)]
pub(crate) struct Remembered<K, V> {
    entries: Mutex<HashMap<K, (Duration, V)>>,
    /// How long an answer is good; none: for life.
    lasts: Option<Duration>,
    most: usize,
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    pub(crate) fn for_life() -> Self {
        Self {
            entries: Mutex::default(),
            lasts: None,
            most: MOST,
        }
    }

    pub(crate) fn lasting(lasts: Duration) -> Self {
        Self {
            entries: Mutex::default(),
            lasts: Some(lasts),
            most: MOST,
        }
    }

    /// The same for large answers: at most so many are kept.
    pub(crate) fn at_most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    pub(crate) fn get(&self, key: &K, now: Duration) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, value) = entries.get(key)?;
        let fresh = self
            .lasts
            .is_none_or(|lasts| now.saturating_sub(*since) < lasts);
        fresh.then(|| value.clone())
    }

    pub(crate) fn put(&self, key: K, value: V, now: Duration) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.most {
            entries.clear();
        }
        entries.insert(key, (now, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_forgotten_when_its_time_is_over() {
        let (short, life) = (
            Remembered::lasting(Duration::from_mins(1)),
            Remembered::for_life(),
        );
        short.put("a", 1, Duration::ZERO);
        life.put("a", 1, Duration::ZERO);
        assert_eq!(short.get(&"a", Duration::from_secs(59)), Some(1));
        assert_eq!(short.get(&"a", Duration::from_mins(1)), None);
        assert_eq!(life.get(&"a", Duration::from_secs(1 << 40)), Some(1));
        assert_eq!(life.get(&"b", Duration::ZERO), None);
    }

    #[test]
    fn memory_is_bounded() {
        let remembered = Remembered::for_life();
        for key in 0..=MOST {
            remembered.put(key, (), Duration::ZERO);
        }
        assert_eq!(remembered.get(&0, Duration::ZERO), None);
        assert_eq!(remembered.get(&MOST, Duration::ZERO), Some(()));
        let few = Remembered::for_life().at_most(1);
        few.put(0, (), Duration::ZERO);
        few.put(1, (), Duration::ZERO);
        assert_eq!(few.get(&0, Duration::ZERO), None);
        assert_eq!(few.get(&1, Duration::ZERO), Some(()));
    }
}
