//! Texts kept under a name.

use std::sync::Arc;

use super::audit::verify;
use super::fixtures::entry;
use super::{Check, check};
use crate::ports::{AuditFilter, Store};

pub(super) const CHECKS: &[Check] = &[
    check!(
        "a name keeps its last text, and no other name's",
        keeps_the_last
    ),
    check!("a text of any size and script reads back", reads_back),
    check!(
        "a text and its entries are kept together, in order with the rest of the trail",
        records_with_it
    ),
    check!(
        "of texts kept at the same moment one stands, and every entry is there",
        keeps_one_of_many
    ),
];

async fn keeps_the_last(store: Arc<dyn Store>) {
    assert_eq!(store.kept("entitlements").await.unwrap(), None);
    store
        .keep("entitlements", "first", Vec::new())
        .await
        .unwrap();
    store.keep("other", "of another", Vec::new()).await.unwrap();
    store
        .keep("entitlements", "second", Vec::new())
        .await
        .unwrap();
    assert_eq!(
        store.kept("entitlements").await.unwrap().as_deref(),
        Some("second")
    );
    assert_eq!(
        store.kept("other").await.unwrap().as_deref(),
        Some("of another")
    );
    assert_eq!(
        store.kept("Entitlements").await.unwrap(),
        None,
        "names are exact"
    );
}

async fn reads_back(store: Arc<dyn Store>) {
    for text in [
        String::new(),
        "Ä 'quoted' \u{1f511}\n--".to_owned(),
        "line\n".repeat(500_000),
    ] {
        store.keep("text", &text, Vec::new()).await.unwrap();
        let kept = store.kept("text").await.unwrap();
        assert!(kept.as_ref() == Some(&text), "{} bytes", text.len());
    }
}

async fn trail(store: &dyn Store) -> Vec<daypass_core::audit::Recorded> {
    let filter = AuditFilter {
        limit: 1_000,
        ..AuditFilter::default()
    };
    store.audit_entries(&filter).await.unwrap()
}

async fn records_with_it(store: Arc<dyn Store>) {
    store
        .keep("a", "1", vec![entry(1), entry(2)])
        .await
        .unwrap();
    store.keep("a", "2", Vec::new()).await.unwrap();
    store.keep("b", "1", vec![entry(3)]).await.unwrap();
    let entries: Vec<_> = trail(&*store)
        .await
        .into_iter()
        .map(|recorded| recorded.entry)
        .collect();
    assert_eq!(entries, [entry(1), entry(2), entry(3)]);
    verify(&trail(&*store).await);
}

async fn keeps_one_of_many(store: Arc<dyn Store>) {
    let writes = (0..20_u64).map(|number| {
        let store = Arc::clone(&store);
        async move {
            store
                .keep("a", &number.to_string(), vec![entry(number)])
                .await
        }
    });
    for outcome in futures::future::join_all(writes).await {
        outcome.unwrap();
    }
    let kept: u64 = store.kept("a").await.unwrap().unwrap().parse().unwrap();
    assert!(kept < 20, "one of those that were written: {kept}");
    assert_eq!(trail(&*store).await.len(), 20);
}
