//! Sessions.

use std::sync::Arc;

use daypass_core::audit::{Action, Actor, Channel, Entry};

use super::audit::verify;
use super::fixtures::{at, person};
use super::{Check, check};
use crate::ports::{AuditFilter, Session, SessionKind, Store, StoreError, TokenHash};

pub(super) const CHECKS: &[Check] = &[
    check!(
        "a session reads back, however old, until it is ended",
        opens_and_ends
    ),
    check!("a session's use is noted", notes_use),
    check!("a token opens one session", token_is_unique),
    check!(
        "only sessions that ended before are deleted",
        deletes_expired
    ),
    check!("sign-in and sign-out are recorded, each once", records_both),
];

fn session(number: u8) -> Session {
    Session {
        token: TokenHash([number; 32]),
        person: person("alice"),
        name: "Alice Ä. \u{1f511}".to_owned(),
        kind: if number.is_multiple_of(2) {
            SessionKind::Browser
        } else {
            SessionKind::Terminal
        },
        created_at: at(u64::from(number)),
        used_at: at(u64::from(number)),
        expires_at: at(u64::from(number) + 100),
    }
}

fn entry(action: Action) -> Entry {
    Entry::new(at(0), Actor::person(&person("alice"), Channel::Web), action)
}

async fn open(store: &dyn Store, number: u8) -> Session {
    store
        .create_session(session(number), entry(Action::SignedIn))
        .await
        .unwrap();
    session(number)
}

async fn opens_and_ends(store: Arc<dyn Store>) {
    assert_eq!(store.session(&TokenHash([1; 32])).await.unwrap(), None);
    let (first, second) = (open(&*store, 1).await, open(&*store, 2).await);
    assert_eq!(
        store.session(&first.token).await.unwrap(),
        Some(first.clone())
    );
    assert_eq!(
        store.session(&second.token).await.unwrap(),
        Some(second.clone())
    );
    store
        .delete_session(&first.token, entry(Action::SignedOut))
        .await
        .unwrap();
    assert_eq!(store.session(&first.token).await.unwrap(), None);
    assert_eq!(store.session(&second.token).await.unwrap(), Some(second));
}

async fn notes_use(store: Arc<dyn Store>) {
    let opened = open(&*store, 1).await;
    let used_at = at(50) + jiff::SignedDuration::from_nanos(123_456_789);
    store.touch_session(&opened.token, used_at).await.unwrap();
    assert_eq!(
        store.session(&opened.token).await.unwrap(),
        Some(Session { used_at, ..opened })
    );
    store
        .touch_session(&TokenHash([9; 32]), at(1))
        .await
        .unwrap();
    assert_eq!(
        store.session(&TokenHash([9; 32])).await.unwrap(),
        None,
        "a use opens no session"
    );
}

async fn token_is_unique(store: Arc<dyn Store>) {
    let opened = open(&*store, 1).await;
    let thief = Session {
        person: person("mallory"),
        ..session(1)
    };
    let refused = store.create_session(thief, entry(Action::SignedIn)).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert_eq!(store.session(&opened.token).await.unwrap(), Some(opened));
}

async fn deletes_expired(store: Arc<dyn Store>) {
    for number in 1..=5 {
        open(&*store, number).await;
    }
    assert_eq!(
        store.delete_expired_sessions(at(103)).await.unwrap(),
        2,
        "the third ends at that very instant"
    );
    assert_eq!(store.delete_expired_sessions(at(103)).await.unwrap(), 0);
    for number in 1..=5 {
        assert_eq!(
            store
                .session(&TokenHash([number; 32]))
                .await
                .unwrap()
                .is_some(),
            number >= 3,
            "{number}"
        );
    }
}

async fn records_both(store: Arc<dyn Store>) {
    let opened = open(&*store, 1).await;
    assert!(
        store
            .create_session(session(1), entry(Action::SignedIn))
            .await
            .is_err()
    );
    store
        .delete_session(&opened.token, entry(Action::SignedOut))
        .await
        .unwrap();
    store
        .delete_session(&opened.token, entry(Action::SignedOut))
        .await
        .unwrap();
    let trail = store
        .audit_entries(&AuditFilter {
            limit: 10,
            ..AuditFilter::default()
        })
        .await
        .unwrap();
    let actions: Vec<_> = trail.iter().map(|recorded| recorded.entry.action).collect();
    assert_eq!(actions, [Action::SignedIn, Action::SignedOut]);
    verify(&trail);
}
