//! With 100,000 past grants no question may walk them all. SQLite says how it would answer each.

use std::path::Path;

use daypass_core::principal::Principal;
use daypass_core::state::State;
use daypass_engine::conformance::fixtures::{email, entitlement, resource};
use daypass_engine::ports::GrantFilter;
use sqlx::{AssertSqlSafe, Row};

use crate::{IN_MEMORY, SqliteStore, page, queries};

/// SQLite's plan, one line a step.
async fn plan(store: &SqliteStore, statement: &str) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
        .fetch_all(&store.pools.readers)
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get("detail").unwrap())
        .collect()
}

/// A step that reads a whole table or index, or sorts. The indexes of open and active rows hold those rows only.
fn walks_all(step: &str) -> bool {
    let alive = ["grant_resources_open", "grant_resources_active"]
        .iter()
        .any(|index| step.ends_with(index));
    (step.contains("SCAN") && !step.contains("json_each") && !alive) || step.contains("TEMP B-TREE")
}

#[tokio::test]
async fn no_fixed_question_walks_a_table() {
    let store = SqliteStore::open(Path::new(IN_MEMORY)).await.unwrap();
    for statement in [
        queries::GRANT,
        queries::DUE,
        queries::IN_STATE,
        queries::OPEN_RESOURCES,
        queries::OPEN_ON,
        queries::ACTIVE_ON,
        queries::ACTIVE_RESOURCES,
        queries::AUDIT,
        queries::AUDIT_OF_GRANT,
        queries::IDEMPOTENT,
        queries::KEPT,
        queries::SESSION,
        "DELETE FROM grant_people WHERE grant_id = ?",
        "DELETE FROM grant_resources WHERE grant_id = ?",
        "DELETE FROM sessions WHERE expires_at < ?",
        "SELECT sequence, chain FROM audit WHERE sequence <= 9e18 ORDER BY sequence DESC LIMIT 1",
    ] {
        let plan = plan(&store, statement).await;
        assert!(
            !plan.is_empty() && !plan.iter().any(|step| walks_all(step)),
            "{statement}: {plan:#?}"
        );
    }
}

#[tokio::test]
async fn no_listing_walks_a_table_or_sorts() {
    let store = SqliteStore::open(Path::new(IN_MEMORY)).await.unwrap();
    let mut listings = 0;
    for bits in 0..64_u8 {
        let has = |bit: u8| bits & (1 << bit) != 0;
        for states in [
            vec![],
            vec![State::ApprovalAwaited],
            vec![State::Active, State::Revoking],
            vec![State::Ended, State::Revoked, State::Denied],
        ] {
            let count = if has(4) { 1_000 } else { 3 };
            let ids = (0..count)
                .map(|number| entitlement(&format!("team-{number}")))
                .collect();
            let filter = GrantFilter {
                concerning: has(0).then(|| email("alice")),
                beneficiary: has(1).then(|| Principal::of_account(email("bob"))),
                resource: has(2).then(|| resource("projects/shop-prod")),
                entitlements: has(3).then_some(ids),
                states,
                review_owed: has(5),
                before: None,
                limit: 50,
            };
            let statement = page::query(&filter).into_string();
            let plan = plan(&store, &statement).await;
            assert!(
                !plan.is_empty() && !plan.iter().any(|step| walks_all(step)),
                "{statement}: {plan:#?}"
            );
            listings += 1;
        }
    }
    assert_eq!(listings, 256);
}

#[tokio::test]
async fn the_test_would_notice_a_walk() {
    let store = SqliteStore::open(Path::new(IN_MEMORY)).await.unwrap();
    for statement in [
        "SELECT id FROM grants WHERE document = ?",
        "SELECT id FROM grants WHERE state = ? ORDER BY due_at",
    ] {
        let plan = plan(&store, statement).await;
        assert!(
            plan.iter().any(|step| walks_all(step)),
            "{statement}: {plan:#?}"
        );
    }
}
