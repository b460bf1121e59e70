//! The audit trail: numbered without a gap, chained, in the order of the commits.

use std::sync::Arc;

use daypass_core::audit::{ChainHash, Recorded, canonical};
use daypass_core::state::State;

use super::fixtures::{Sample, entry, new, note};
use super::{Check, check};
use crate::ports::{AuditFilter, Store, StoreError};

pub(super) const CHECKS: &[Check] = &[
    check!("a new trail is empty", starts_empty),
    check!("entries of a commit stand in their order", keeps_order),
    check!(
        "50 concurrent writers leave no gap, and the chain holds",
        no_gap_under_load
    ),
    check!(
        "refused commits leave no gap among those that succeed",
        conflicts_leave_no_gap
    ),
    check!("the trail is read in parts, and by grant", reads_in_parts),
];

fn all() -> AuditFilter {
    AuditFilter {
        limit: usize::MAX,
        ..AuditFilter::default()
    }
}

/// Checks that the numbers are 1, 2, 3, … and that each hash covers the one before it and its own entry.
///
/// # Panics
/// If not.
pub fn verify(trail: &[Recorded]) {
    let mut chain = ChainHash::START;
    for (sequence, recorded) in (1..).zip(trail) {
        assert_eq!(recorded.sequence, sequence, "the trail has a gap");
        chain = chain.after(sequence, &canonical(&recorded.entry));
        assert_eq!(recorded.chain, chain, "the chain is broken at {sequence}");
    }
}

async fn starts_empty(store: Arc<dyn Store>) {
    assert_eq!(store.audit_entries(&all()).await.unwrap(), []);
}

async fn keeps_order(store: Arc<dyn Store>) {
    let (grant, entries) = Sample::new(1).make(State::Revoked);
    store
        .commit(vec![new(grant, entries.clone()), note(7), note(8)])
        .await
        .unwrap();
    let trail = store.audit_entries(&all()).await.unwrap();
    let stored: Vec<_> = trail
        .iter()
        .map(|recorded| recorded.entry.clone())
        .collect();
    assert_eq!(stored, [entries, vec![entry(7), entry(8)]].concat());
    verify(&trail);
}

async fn no_gap_under_load(store: Arc<dyn Store>) {
    let writers = (0..50).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for round in 1..=4 {
                let (grant, entries) =
                    Sample::new(writer * 10 + round).make(State::ApprovalAwaited);
                store
                    .commit(vec![new(grant, entries), note(round)])
                    .await
                    .unwrap();
            }
        })
    });
    for writer in futures::future::join_all(writers).await {
        writer.unwrap();
    }
    let trail = store.audit_entries(&all()).await.unwrap();
    assert_eq!(trail.len(), 50 * 4 * 2);
    verify(&trail);
}

async fn conflicts_leave_no_gap(store: Arc<dyn Store>) {
    let (taken, taken_entries) = Sample::new(0).make(State::Active);
    store
        .commit(vec![new(taken.clone(), taken_entries.clone())])
        .await
        .unwrap();
    let length = taken_entries.len();
    let commits = (1..=60_u64).map(|number| {
        let store = Arc::clone(&store);
        let (grant, entries) = if number % 3 == 0 {
            (taken.clone(), taken_entries.clone())
        } else {
            Sample::new(number).make(State::ApprovalAwaited)
        };
        // The note comes first, so that a refused commit has already taken a number.
        tokio::spawn(async move {
            (
                number,
                store.commit(vec![note(number), new(grant, entries)]).await,
            )
        })
    });
    for commit in futures::future::join_all(commits).await {
        match commit.unwrap() {
            (number, Ok(())) => assert_ne!(number % 3, 0),
            (number, Err(StoreError::Conflict)) => assert_eq!(number % 3, 0),
            (_, Err(other)) => panic!("{other:?}"),
        }
    }
    let trail = store.audit_entries(&all()).await.unwrap();
    assert_eq!(trail.len(), length + 40 * 2);
    verify(&trail);
}

async fn reads_in_parts(store: Arc<dyn Store>) {
    let (grant, entries) = Sample::new(1).make(State::Active);
    for change in [
        note(1),
        new(grant.clone(), entries.clone()),
        note(2),
        note(3),
    ] {
        store.commit(vec![change]).await.unwrap();
    }
    let whole = store.audit_entries(&all()).await.unwrap();
    let mut parts = Vec::new();
    loop {
        let after = parts
            .last()
            .map_or(0, |recorded: &Recorded| recorded.sequence);
        let part = store
            .audit_entries(&AuditFilter {
                after,
                grant: None,
                limit: 2,
            })
            .await
            .unwrap();
        assert!(part.len() <= 2);
        if part.is_empty() {
            break;
        }
        parts.extend(part);
    }
    assert_eq!(parts, whole);
    let of_grant = store
        .audit_entries(&AuditFilter {
            grant: Some(grant.id),
            ..all()
        })
        .await
        .unwrap();
    assert_eq!(
        of_grant
            .iter()
            .map(|recorded| &recorded.entry)
            .collect::<Vec<_>>(),
        entries.iter().collect::<Vec<_>>()
    );
    let later = store
        .audit_entries(&AuditFilter {
            grant: Some(grant.id),
            after: 2,
            limit: 1,
        })
        .await
        .unwrap();
    assert_eq!(later, whole[2..3]);
    assert_eq!(
        store
            .audit_entries(&AuditFilter {
                after: u64::MAX,
                ..all()
            })
            .await
            .unwrap(),
        []
    );
}
