//! New versions of the entitlement files, and entitlements that are read from elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use daypass_core::audit::Action;
use daypass_core::entitlement::{Catalogue, Entitlement, EntitlementId, Source};
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use daypass_engine::ports::Store;
use daypass_engine::testing::{Fakes, keyring};
use daypass_engine::{BadFiles, Engine, Error, GoodFiles, Reloaded, Settings};

use crate::support::{ENTITLEMENTS, World, ask, catalogue};

fn version(text: &str) -> Result<GoodFiles, BadFiles> {
    GoodFiles::load(vec![Source {
        name: "entitlements.yaml".into(),
        text: text.into(),
    }])
}

fn broken() -> Result<GoodFiles, BadFiles> {
    version(&ENTITLEMENTS.replace("roles/storage.admin", "storage.admin"))
}

fn none() -> Result<GoodFiles, BadFiles> {
    GoodFiles::load(Vec::new())
}

/// Another life of the server, on the same record.
fn restarted(store: &Arc<dyn Store>) -> Engine {
    let (_, ports) = Fakes::with_store(Arc::clone(store));
    Engine::new(ports, keyring(), Catalogue::default(), Settings::default())
}

async fn begun() -> World {
    let world = World::new().await;
    let begun = world.engine.begin_with_files(version(ENTITLEMENTS)).await;
    assert!(matches!(begun, Ok(Ok(Reloaded::InForce(_)))), "{begun:?}");
    world
}

#[tokio::test]
async fn a_change_is_recorded_once_with_what_it_changed() {
    let world = begun().await;
    let same = world.engine.reload_files(version(ENTITLEMENTS)).await;
    assert_eq!(same.unwrap(), Reloaded::AsBefore);
    assert_eq!(world.count(Action::EntitlementsChanged).await, 1);

    let text = ENTITLEMENTS
        .replace("id: self-serve", "id: help-yourself")
        .replace("roles/compute.admin", "roles/compute.viewer");
    let Reloaded::InForce(difference) = world.engine.reload_files(version(&text)).await.unwrap()
    else {
        panic!("it is in force");
    };
    let names = |ids: &[EntitlementId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&difference.added), ["help-yourself"]);
    assert_eq!(names(&difference.removed), ["self-serve"]);
    assert_eq!(names(&difference.changed), ["two-yes"]);
    assert_eq!(*world.engine.catalogue(), catalogue(&text));
    let entries = world.trail().await;
    let entry = &entries.last().unwrap().entry;
    assert_eq!(entry.action, Action::EntitlementsChanged);
    assert_eq!(entry.detail["added"][0], "help-yourself");
    assert_eq!(entry.detail["changed_count"], 1);
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_once_and_the_last_good_version_stays() {
    let world = begun().await;
    let refused = world.engine.reload_files(broken()).await.unwrap();
    assert!(
        matches!(&refused, Reloaded::Refused(findings) if findings.len() == 4),
        "{refused:?}"
    );
    let again = world.engine.reload_files(broken()).await.unwrap();
    assert_eq!(again, Reloaded::StillRefused);
    assert_eq!(world.count(Action::EntitlementsRefused).await, 1);
    assert_eq!(*world.engine.catalogue(), catalogue(ENTITLEMENTS));
    let health = world.engine.health().await;
    assert!(health.ready, "it serves by the last good version");
    assert_eq!(health.degraded[0].name, "entitlements");
    assert_eq!(health.degraded[0].diagnostics.len(), 4);

    // Across a restart: by what was kept, told again, recorded no second time, since the first refusal.
    let engine = restarted(&world.store);
    let begun = engine.begin_with_files(broken()).await.unwrap().unwrap();
    assert!(matches!(begun, Reloaded::Refused(_)), "{begun:?}");
    assert_eq!(*engine.catalogue(), catalogue(ENTITLEMENTS));
    assert_eq!(world.count(Action::EntitlementsRefused).await, 1);
    assert_eq!(engine.degraded()[0].since, health.degraded[0].since);

    // Mended: nothing is degraded, and the same mistake later is a new refusal.
    let mended = engine.reload_files(version(ENTITLEMENTS)).await.unwrap();
    assert_eq!(mended, Reloaded::AsBefore);
    assert!(engine.degraded().is_empty());
    engine.reload_files(broken()).await.unwrap();
    assert_eq!(world.count(Action::EntitlementsRefused).await, 2);
    assert_eq!(world.count(Action::EntitlementsChanged).await, 1);
}

#[tokio::test]
async fn without_a_good_version_there_is_nothing_to_begin_with() {
    let world = World::new().await;
    let engine = restarted(&world.store);
    let findings = engine
        .begin_with_files(broken())
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(findings.len(), 4);
    assert!(engine.catalogue().is_empty());
    assert_eq!(world.count(Action::EntitlementsRefused).await, 0);
}

#[tokio::test]
async fn files_that_are_all_gone_take_nothing_away_but_an_empty_list_does() {
    let world = begun().await;
    let refused = world.engine.reload_files(none()).await.unwrap();
    assert!(matches!(refused, Reloaded::Refused(_)), "{refused:?}");
    assert_eq!(world.engine.catalogue().len(), 4);
    let engine = restarted(&world.store);
    assert!(matches!(
        engine.begin_with_files(none()).await,
        Ok(Ok(Reloaded::Refused(_)))
    ));
    assert_eq!(engine.catalogue().len(), 4);
    let meant = version("apiVersion: daypass/v1\nentitlements: []\n");
    assert!(matches!(
        world.engine.reload_files(meant).await,
        Ok(Reloaded::InForce(_))
    ));
    assert!(world.engine.catalogue().is_empty());

    // A folder that was empty from the start is no mistake.
    let other = World::new().await;
    let engine = restarted(&other.store);
    assert!(matches!(
        engine.begin_with_files(none()).await,
        Ok(Ok(Reloaded::InForce(_)))
    ));
}

#[tokio::test]
async fn what_waits_is_decided_anew_under_the_new_version() {
    let world = begun().await;
    let grant = world.requested("ann", "two-yes").await;
    world.approve("leo", grant.id).await.unwrap();
    let text = ENTITLEMENTS.replace("roles/compute.admin", "roles/compute.viewer");
    world.engine.reload_files(broken()).await.unwrap();
    world.quiet().await;
    assert_eq!(
        world.grant(grant.id).await.votes.len(),
        1,
        "refused: as before"
    );
    world.engine.reload_files(version(&text)).await.unwrap();
    world.quiet().await;
    let anew = world.grant(grant.id).await;
    assert_eq!((anew.state, anew.votes.len()), (State::ApprovalAwaited, 0));
}

fn scope() -> ResourceName {
    "organizations/1".parse().unwrap()
}

/// `two-yes` under another name, as if a marker had offered it.
fn live() -> BTreeMap<EntitlementId, Entitlement> {
    let text = ENTITLEMENTS.replace("id: two-yes", "id: jit-two-yes");
    catalogue(&text)
        .iter()
        .filter(|one| one.id.as_str() == "jit-two-yes")
        .map(|one| (one.id.clone(), one.clone()))
        .collect()
}

fn why(error: &Error) -> String {
    error.to_string()
}

#[tokio::test]
async fn what_cannot_be_read_any_more_is_withheld_and_what_waits_goes_on_waiting() {
    let world = begun().await;
    world.engine.begin_scope(&scope()).await.unwrap();
    world.engine.serve_scope(&scope(), live()).await.unwrap();
    assert_eq!(world.engine.catalogue().len(), 5);
    let changes = world.count(Action::EntitlementsChanged).await;
    world.engine.serve_scope(&scope(), live()).await.unwrap();
    assert_eq!(
        world.count(Action::EntitlementsChanged).await,
        changes,
        "once"
    );
    let grant = world.requested("ann", "jit-two-yes").await;
    world.approve("leo", grant.id).await.unwrap();

    world
        .engine
        .withhold_scope(&scope(), "Google is away")
        .await
        .unwrap();
    world
        .engine
        .withhold_scope(&scope(), "Google is away")
        .await
        .unwrap();
    assert_eq!(world.count(Action::EntitlementsRefused).await, 1, "once");
    assert_eq!(world.engine.catalogue().len(), 4);
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::ApprovalAwaited);
    let refused = world.approve("lea", grant.id).await.unwrap_err();
    assert!(why(&refused).contains("Google is away"), "{refused}");
    let refused = world.try_ask("abe", ask("jit-two-yes")).await.unwrap_err();
    assert!(why(&refused).contains("Google is away"), "{refused}");
    assert!(world.engine.health().await.ready);
    assert_eq!(
        world.engine.degraded()[0].name,
        "iam_conditions organizations/1"
    );

    // A restart meanwhile denies nothing either.
    let engine = restarted(&world.store);
    engine
        .begin_with_files(version(ENTITLEMENTS))
        .await
        .unwrap()
        .unwrap();
    engine.begin_scope(&scope()).await.unwrap();
    assert!(engine.reconcile_once().await.is_empty());
    assert_eq!(world.state(grant.id).await, State::ApprovalAwaited);

    // It is back, as it was: the word that was given counts.
    world.engine.serve_scope(&scope(), live()).await.unwrap();
    world.quiet().await;
    assert!(world.engine.degraded().is_empty());
    assert_eq!(world.grant(grant.id).await.votes.len(), 1);
    world.approve("lea", grant.id).await.unwrap();
}

#[tokio::test]
async fn a_marker_that_was_removed_denies_what_waits() {
    let world = begun().await;
    world.engine.serve_scope(&scope(), live()).await.unwrap();
    let grant = world.requested("ann", "jit-two-yes").await;
    world
        .engine
        .serve_scope(&scope(), BTreeMap::new())
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::ApprovalAwaited);
    world.fakes.clock.advance(60);
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Denied);
    assert_eq!(world.engine.catalogue().len(), 4);
}

#[tokio::test]
async fn a_file_wins_over_a_marker_of_the_same_name() {
    let world = begun().await;
    let mut theirs = live();
    let (_, mut one) = theirs.pop_first().unwrap();
    one.id = EntitlementId::parse("two-yes").unwrap();
    one.approval = None;
    let found = BTreeMap::from([(one.id.clone(), one)]);
    world.engine.serve_scope(&scope(), found).await.unwrap();
    assert_eq!(*world.engine.catalogue(), catalogue(ENTITLEMENTS));
}
