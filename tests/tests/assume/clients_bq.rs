//! bq inside a session.

use daypass_tests::peer;
use daypass_tests::process::finished;

use crate::acted::{Reason, as_the_account};
use crate::ground::{AS_DEPLOYER, Ground, add};

const SCRIPT: &str = "bq mk --dataset acme-prod:orders && bq ls --project_id acme-prod && \
                      bq show --format=json acme-prod:orders && bq rm -f --dataset acme-prod:orders";

/// By itself bq says why on all requests but those that have no answer to be read, which are deletions.
async fn makes_lists_shows_and_removes(ground: &Ground, flags: &[&str], deletion: Reason) {
    let project = "projects/acme-prod";
    add(
        &ground.sandbox.cloud(),
        project,
        "roles/bigquery.dataOwner",
        AS_DEPLOYER,
    );
    let finished = finished(ground.assume(&[flags, &["--", "sh", "-c", SCRIPT]].concat())).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let said = &finished.stdout;
    assert!(
        said.contains("Dataset 'acme-prod:orders' successfully created."),
        "{said}"
    );
    assert!(said.contains("\"id\":\"acme-prod:orders\""), "{said}");
    for operation in ["datasets.insert", "datasets.list", "datasets.get"] {
        as_the_account(ground, operation, Reason::Told);
    }
    as_the_account(ground, "datasets.delete", deletion);
}

#[tokio::test(flavor = "multi_thread")]
async fn bq_acts_as_the_account() {
    let ground = Ground::new().await;
    if peer::on_path("bq").is_some() {
        makes_lists_shows_and_removes(&ground, &[], Reason::Untold).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bq_acts_as_the_account_at_googles_address() {
    let ground = Ground::with_tunnel().await;
    if peer::on_path("bq").is_some() {
        makes_lists_shows_and_removes(&ground, &[], Reason::Untold).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bq_acts_as_the_account_through_the_proxy() {
    let ground = Ground::with_tunnel().await;
    if peer::on_path("bq").is_some() {
        makes_lists_shows_and_removes(&ground, &["--proxy"], Reason::Told).await;
    }
}
