//! Equal questions at the same time are asked once.
//!
//! A fresh answer is one to a question that was asked no earlier than one's own: what was sent before may have been
//! read before the change that one asks about. So whoever needs a fresh answer and finds the question under way waits
//! for the next time it is asked, together with all others who came meanwhile: a hundred at once cost two calls.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daypass_engine::ports::{Freshness, IamError};
use tokio::sync::watch;

use super::{Answer, Question};

type Waiting = watch::Receiver<Option<Answer>>;
type Telling = watch::Sender<Option<Answer>>;

/// The questions under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<Question, Flight>>>);

#[derive(Debug)]
struct Flight {
    under_way: Waiting,
    /// To be asked again when the answer is there, for those who came too late for it.
    next: Option<(Telling, Waiting)>,
}

impl Flights {
    /// Has the question asked, by `ask`, or joins those who have.
    pub(super) async fn join<A, F>(
        &self,
        question: &Question,
        freshness: Freshness,
        ask: A,
    ) -> Answer
    where
        A: Fn() -> F + Send + 'static,
        F: Future<Output = Answer> + Send,
    {
        let mut waiting = self.board(question, freshness, ask);
        let told = waiting.wait_for(Option::is_some).await;
        told.ok()
            .and_then(|answer| answer.clone())
            .unwrap_or_else(|| {
                Err(Arc::new(IamError::Unavailable {
                    message: "the question was given up".into(),
                    retry_after: None,
                }))
            })
    }

    fn board<A, F>(&self, question: &Question, freshness: Freshness, ask: A) -> Waiting
    where
        A: Fn() -> F + Send + 'static,
        F: Future<Output = Answer> + Send,
    {
        let mut flights = self.flights();
        if let Some(flight) = flights.get_mut(question) {
            return match freshness {
                Freshness::Cached => flight.under_way.clone(),
                Freshness::Fresh => {
                    let next = flight.next.get_or_insert_with(|| watch::channel(None));
                    next.1.clone()
                }
            };
        }
        let (telling, waiting) = watch::channel(None);
        let flight = Flight {
            under_way: waiting.clone(),
            next: None,
        };
        flights.insert(question.clone(), flight);
        let landing = Landing {
            flights: self.clone(),
            question: question.clone(),
        };
        // A task of its own: who asked first may give up, while others wait.
        tokio::spawn(async move { landing.fly(telling, ask).await });
        waiting
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Question, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever happens, a flight that is over stands in nobody's way.
struct Landing {
    flights: Flights,
    question: Question,
}

impl Landing {
    async fn fly<A, F>(self, mut telling: Telling, ask: A)
    where
        A: Fn() -> F + Send,
        F: Future<Output = Answer> + Send,
    {
        loop {
            let answer = ask().await;
            let next = {
                let mut flights = self.flights.flights();
                let next = flights.get_mut(&self.question).and_then(|flight| {
                    let (telling, waiting) = flight.next.take()?;
                    flight.under_way = waiting;
                    Some(telling)
                });
                if next.is_none() {
                    flights.remove(&self.question);
                }
                next
            };
            telling.send_replace(Some(answer));
            match next {
                Some(next) => telling = next,
                None => return,
            }
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        // After a landing in order, this is another's flight, if there is one.
        if std::thread::panicking() {
            self.flights.flights().remove(&self.question);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use daypass_core::email::Email;

    use super::*;

    fn question() -> Question {
        Question::GroupsOf(Email::parse("alice@example.com").unwrap())
    }

    /// Answers with how often it was asked, after a while.
    fn counting(
        count: &Arc<AtomicUsize>,
    ) -> impl Fn() -> futures_of::Boxed + Send + Clone + 'static {
        let count = Arc::clone(count);
        move || {
            let count = Arc::clone(&count);
            Box::pin(async move {
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
                let name = Email::parse(&format!("asked-{number}@example.com")).unwrap();
                Ok(Arc::new(BTreeSet::from([name])))
            })
        }
    }

    mod futures_of {
        use std::future::Future;
        use std::pin::Pin;

        pub(super) type Boxed = Pin<Box<dyn Future<Output = super::Answer> + Send>>;
    }

    fn number(answer: Answer) -> String {
        answer.unwrap().first().unwrap().to_string()
    }

    #[tokio::test]
    async fn who_comes_during_a_question_shares_the_next_one() {
        let (flights, count) = (Flights::default(), Arc::new(AtomicUsize::new(0)));
        let ask = |freshness| {
            let (flights, ask) = (flights.clone(), counting(&count));
            tokio::spawn(async move { flights.join(&question(), freshness, ask).await })
        };
        let first = ask(Freshness::Fresh);
        tokio::time::sleep(Duration::from_millis(10)).await;
        let late: Vec<_> = (0..100).map(|_| ask(Freshness::Fresh)).collect();
        let lax = ask(Freshness::Cached);
        tokio::time::sleep(Duration::from_millis(10)).await;
        // Who asked first may leave without harm to the others.
        first.abort();
        for waiting in late {
            assert_eq!(number(waiting.await.unwrap()), "asked-2@example.com");
        }
        assert_eq!(number(lax.await.unwrap()), "asked-1@example.com");
        assert_eq!(count.load(Ordering::SeqCst), 2);
        assert_eq!(
            number(ask(Freshness::Cached).await.unwrap()),
            "asked-3@example.com"
        );
        assert!(flights.flights().is_empty());
    }

    #[tokio::test]
    async fn a_question_that_fails_hard_leaves_nobody_waiting() {
        let flights = Flights::default();
        let broken = || async { panic!("a defect") };
        let answer = flights.join(&question(), Freshness::Fresh, broken).await;
        assert!(matches!(*answer.unwrap_err(), IamError::Unavailable { .. }));
        let count = Arc::new(AtomicUsize::new(0));
        let answer = flights
            .join(&question(), Freshness::Fresh, counting(&count))
            .await;
        assert_eq!(number(answer), "asked-1@example.com");
    }
}
