use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use daypass_core::email::Email;

use super::Question;

/// How long an answer serves those who do not need a fresh one. What shows may lag by a minute behind the directory;
/// what is decided does not (I23 allows no more than 60 s even there).
const LASTS: Duration = Duration::from_mins(1);

/// Most answers that are kept: a large organisation's people, each of whom looks at the list now and then.
const MOST_ANSWERS: usize = 10_000;

/// Most addresses in all answers together, about 20 MiB.
const MOST_ADDRESSES: usize = 200_000;

/// Answers for showing. Bounded: when full, all are forgotten, which costs a call each and nothing else.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Answers>);

#[derive(Debug, Default)]
struct Answers {
    found: HashMap<Question, (Duration, Arc<BTreeSet<Email>>)>,
    addresses: usize,
}

impl Kept {
    pub(super) fn get(&self, question: &Question, now: Duration) -> Option<Arc<BTreeSet<Email>>> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked, found) = answers.found.get(question)?;
        (now.saturating_sub(*asked) < LASTS).then(|| Arc::clone(found))
    }

    /// Keeps the answer to a question that was asked then.
    pub(super) fn put(&self, question: Question, found: &Arc<BTreeSet<Email>>, asked: Duration) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = &mut *answers;
        if let Some((_, old)) = answers.found.remove(&question) {
            answers.addresses = answers.addresses.saturating_sub(old.len());
        }
        if found.len() > MOST_ADDRESSES {
            return;
        }
        if answers.found.len() >= MOST_ANSWERS || answers.addresses + found.len() > MOST_ADDRESSES {
            *answers = Answers::default();
        }
        answers.addresses += found.len();
        answers.found.insert(question, (asked, Arc::clone(found)));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn question(number: usize) -> Question {
        Question::GroupsOf(Email::parse(&format!("a{number}@example.com")).unwrap())
    }

    fn people(count: usize) -> Arc<BTreeSet<Email>> {
        let address = |number| Email::parse(&format!("p{number}@example.com")).unwrap();
        Arc::new((0..count).map(address).collect())
    }

    #[test]
    fn an_answer_serves_for_a_minute_from_its_question() {
        let kept = Kept::default();
        kept.put(question(1), &people(2), Duration::from_secs(10));
        assert_eq!(
            kept.get(&question(1), Duration::from_secs(69)),
            Some(people(2))
        );
        assert_eq!(kept.get(&question(1), Duration::from_secs(70)), None);
        kept.put(question(1), &people(3), Duration::from_secs(70));
        assert_eq!(
            kept.get(&question(1), Duration::from_secs(71)),
            Some(people(3))
        );
    }

    #[test]
    fn answers_and_addresses_are_bounded() {
        let kept = Kept::default();
        let none = people(0);
        for number in 0..=MOST_ANSWERS {
            kept.put(question(number), &none, Duration::ZERO);
        }
        assert_eq!(kept.get(&question(0), Duration::ZERO), None);
        assert!(kept.get(&question(MOST_ANSWERS), Duration::ZERO).is_some());

        let kept = Kept::default();
        let half = people(MOST_ADDRESSES / 2 + 1);
        for number in 0..3 {
            kept.put(question(number), &half, Duration::ZERO);
            // Put again, it counts once.
            kept.put(question(number), &half, Duration::ZERO);
        }
        assert_eq!(kept.get(&question(1), Duration::ZERO), None);
        assert!(kept.get(&question(2), Duration::ZERO).is_some());
        kept.put(question(4), &people(MOST_ADDRESSES + 1), Duration::ZERO);
        assert_eq!(kept.get(&question(4), Duration::ZERO), None);
    }
}
