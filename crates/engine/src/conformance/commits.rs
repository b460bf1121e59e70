//! Commits: revisions, atomicity, idempotency keys.

use std::sync::Arc;

use daypass_core::state::State;

use super::fixtures::{Sample, approve, at, changed, key, new, note};
use super::{Check, check};
use crate::ports::{AuditFilter, Change, Store, StoreError};

pub(super) const CHECKS: &[Check] = &[
    check!(
        "a grant in any state reads back as it was written",
        reads_back
    ),
    check!("an unknown grant is none", unknown_is_none),
    check!(
        "a change over another revision is refused",
        stale_revision_is_refused
    ),
    check!(
        "a new grant with a taken id is refused",
        taken_id_is_refused
    ),
    check!(
        "a change to an unknown grant is refused",
        unknown_grant_is_refused
    ),
    check!(
        "of many changes to one revision exactly one wins",
        one_of_many_wins
    ),
    check!("a commit happens whole or not at all", commit_is_atomic),
    check!(
        "two changes to one grant in one commit follow each other",
        changes_follow_each_other
    ),
    check!(
        "an idempotency key finds the grant it made",
        key_finds_its_grant
    ),
    check!(
        "a taken idempotency key is refused, and nothing of the commit remains",
        taken_key_is_refused
    ),
    check!(
        "of many commits with one idempotency key exactly one wins",
        one_key_wins_once
    ),
    check!(
        "a store that works says so, and leaves no trace of the question",
        check_leaves_no_trace
    ),
];

async fn trail_length(store: &dyn Store) -> usize {
    store
        .audit_entries(&AuditFilter {
            limit: usize::MAX,
            ..AuditFilter::default()
        })
        .await
        .unwrap()
        .len()
}

async fn reads_back(store: Arc<dyn Store>) {
    for (number, state) in (1..).zip(State::ALL) {
        let mut sample = Sample::new(number);
        sample
            .resources
            .push("projects/shop-prod/secrets/card-key".to_owned());
        let (mut grant, entries) = sample.make(state);
        store
            .commit(vec![new(grant.clone(), entries)])
            .await
            .unwrap();
        grant.revision = 1;
        assert_eq!(store.grant(grant.id).await.unwrap(), Some(grant), "{state}");
    }
}

async fn unknown_is_none(store: Arc<dyn Store>) {
    let (grant, _) = Sample::new(1).make(State::Active);
    assert_eq!(store.grant(grant.id).await.unwrap(), None);
}

async fn stale_revision_is_refused(store: Arc<dyn Store>) {
    let (grant, entries) = Sample::new(1).make(State::ApprovalAwaited);
    store
        .commit(vec![new(grant.clone(), entries)])
        .await
        .unwrap();

    let mut fresh = store.grant(grant.id).await.unwrap().unwrap();
    let stale = fresh.clone();
    let entries = approve(&mut fresh, "dora", at(2));
    store
        .commit(vec![changed(fresh.clone(), entries)])
        .await
        .unwrap();
    let length = trail_length(&*store).await;

    let mut late = stale;
    let entries = late
        .withdraw(daypass_core::audit::Actor::system(), at(3))
        .unwrap();
    let refused = store.commit(vec![changed(late, entries)]).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    let stored = store.grant(grant.id).await.unwrap().unwrap();
    assert_eq!((stored.revision, stored.state), (2, State::Activating));
    assert_eq!(
        trail_length(&*store).await,
        length,
        "a refused change leaves no entry"
    );
}

async fn taken_id_is_refused(store: Arc<dyn Store>) {
    let (grant, entries) = Sample::new(1).make(State::ApprovalAwaited);
    store
        .commit(vec![new(grant.clone(), entries.clone())])
        .await
        .unwrap();
    let refused = store.commit(vec![new(grant, entries)]).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
}

async fn unknown_grant_is_refused(store: Arc<dyn Store>) {
    let (mut grant, entries) = Sample::new(1).make(State::Active);
    grant.revision = 1;
    let refused = store.commit(vec![changed(grant, entries)]).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert_eq!(trail_length(&*store).await, 0);
}

async fn one_of_many_wins(store: Arc<dyn Store>) {
    let (grant, entries) = Sample::new(1).make(State::ApprovalAwaited);
    store
        .commit(vec![new(grant.clone(), entries)])
        .await
        .unwrap();
    let read = store.grant(grant.id).await.unwrap().unwrap();
    let before = trail_length(&*store).await;
    let commits = (0..20).map(|number| {
        let (store, mut grant) = (Arc::clone(&store), read.clone());
        let entries = approve(&mut grant, &format!("approver{number}"), at(2));
        let added = entries.len();
        tokio::spawn(async move { (store.commit(vec![changed(grant, entries)]).await, added) })
    });
    let mut added_by_winners = Vec::new();
    for commit in futures::future::join_all(commits).await {
        match commit.unwrap() {
            (Ok(()), added) => added_by_winners.push(added),
            (Err(StoreError::Conflict), _) => {}
            (Err(other), _) => panic!("{other:?}"),
        }
    }
    assert_eq!(added_by_winners.len(), 1);
    let stored = store.grant(grant.id).await.unwrap().unwrap();
    assert_eq!((stored.revision, stored.votes.len()), (2, 1));
    assert_eq!(trail_length(&*store).await, before + added_by_winners[0]);
}

async fn commit_is_atomic(store: Arc<dyn Store>) {
    let (taken, entries) = Sample::new(2).make(State::Active);
    store
        .commit(vec![new(taken.clone(), entries.clone())])
        .await
        .unwrap();
    let before = trail_length(&*store).await;

    let (first, first_entries) = Sample::new(1).make(State::Active);
    let (third, third_entries) = Sample::new(3).make(State::Active);
    let refused = store
        .commit(vec![
            new(first.clone(), first_entries),
            note(1),
            new(taken, entries),
            new(third.clone(), third_entries),
        ])
        .await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert_eq!(store.grant(first.id).await.unwrap(), None);
    assert_eq!(store.grant(third.id).await.unwrap(), None);
    assert_eq!(trail_length(&*store).await, before);
    assert_eq!(store.active_resources().await.unwrap().len(), 1);
}

async fn changes_follow_each_other(store: Arc<dyn Store>) {
    let (grant, entries) = Sample::new(1).make(State::ApprovalAwaited);
    let mut approved = grant.clone();
    approved.revision = 1;
    let more = approve(&mut approved, "dora", at(2));
    store
        .commit(vec![new(grant.clone(), entries), changed(approved, more)])
        .await
        .unwrap();
    let stored = store.grant(grant.id).await.unwrap().unwrap();
    assert_eq!((stored.revision, stored.state), (2, State::Activating));
}

async fn key_finds_its_grant(store: Arc<dyn Store>) {
    let used = key("alice", "k-1", 1);
    assert_eq!(store.idempotent(&used).await.unwrap(), None);
    let (grant, entries) = Sample::new(1).make(State::ApprovalAwaited);
    let id = grant.id;
    store
        .commit(vec![Change {
            idempotency: Some(used.clone()),
            ..new(grant, entries)
        }])
        .await
        .unwrap();
    assert_eq!(store.idempotent(&used).await.unwrap(), Some(id));
    assert_eq!(
        store.idempotent(&key("bob", "k-1", 1)).await.unwrap(),
        None,
        "keys of different people never meet"
    );
    assert_eq!(
        store.idempotent(&key("alice", "k-2", 1)).await.unwrap(),
        None
    );
    let other_request = store.idempotent(&key("alice", "k-1", 2)).await;
    assert!(
        matches!(other_request, Err(StoreError::Conflict)),
        "{other_request:?}"
    );
}

async fn taken_key_is_refused(store: Arc<dyn Store>) {
    let (grant, entries) = Sample::new(1).make(State::ApprovalAwaited);
    store
        .commit(vec![Change {
            idempotency: Some(key("alice", "k", 1)),
            ..new(grant.clone(), entries)
        }])
        .await
        .unwrap();
    let before = trail_length(&*store).await;
    let (second, entries) = Sample::new(2).make(State::ApprovalAwaited);
    let refused = store
        .commit(vec![Change {
            idempotency: Some(key("alice", "k", 2)),
            ..new(second.clone(), entries)
        }])
        .await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert_eq!(store.grant(second.id).await.unwrap(), None);
    assert_eq!(trail_length(&*store).await, before);
    assert_eq!(
        store.idempotent(&key("alice", "k", 1)).await.unwrap(),
        Some(grant.id)
    );
}

async fn one_key_wins_once(store: Arc<dyn Store>) {
    let commits = (1..=20).map(|number| {
        let store = Arc::clone(&store);
        let (grant, entries) = Sample::new(number).make(State::ApprovalAwaited);
        let change = Change {
            idempotency: Some(key("alice", "k", 1)),
            ..new(grant.clone(), entries)
        };
        tokio::spawn(async move { store.commit(vec![change]).await.map(|()| grant.id) })
    });
    let results: Vec<_> = futures::future::join_all(commits)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let won: Vec<_> = results
        .iter()
        .filter_map(|result| result.as_ref().ok())
        .collect();
    assert!(
        results
            .iter()
            .all(|result| matches!(result, Ok(_) | Err(StoreError::Conflict))),
        "{results:?}"
    );
    assert_eq!(won.len(), 1);
    assert_eq!(
        store
            .idempotent(&key("alice", "k", 1))
            .await
            .unwrap()
            .as_ref(),
        Some(won[0])
    );
    assert_eq!(
        store
            .in_state(State::ApprovalAwaited, 100)
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn check_leaves_no_trace(store: Arc<dyn Store>) {
    store.check().await.unwrap();
    store.check().await.unwrap();
    assert_eq!(trail_length(&*store).await, 0);
}
