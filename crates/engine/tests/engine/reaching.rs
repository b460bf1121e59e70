//! How far a grant reaches, against fakes.

use std::time::Duration;

use daypass_core::blast_radius::BlastRadius;
use daypass_core::condition::instant;
use daypass_core::grant::Terms;
use daypass_engine::testing::Script;
use daypass_engine::{Settings, Wish};
use serde_json::json;

use crate::support::{ONE, World, ask, caller};

const FOLDER: &str = "folders/42";

/// A world where `prod-one`, Storage Admin on a project in a folder, has a meaning.
async fn world() -> World {
    patient_for(Duration::from_secs(30)).await
}

async fn patient_for(patience: Duration) -> World {
    let settings = Settings {
        read_back_for: Duration::ZERO,
        blast_radius_within: patience,
        ..Settings::default()
    };
    let world = World::with(settings).await;
    let roles = &world.fakes.roles;
    roles.put_below(ONE, FOLDER);
    roles.set(
        "roles/storage.admin",
        &[
            "storage.buckets.get",
            "storage.buckets.setIamPolicy",
            "storage.objects.get",
        ],
    );
    roles.set("roles/storage.objectViewer", &["storage.objects.get"]);
    roles.set("roles/compute.admin", &["compute.instances.get"]);
    world
}

async fn terms(world: &World, who: &str, entitlement: &str) -> Terms {
    let wish = Wish::Ask(ask(entitlement));
    let decision = world.engine.explain(&caller(who).person, &wish).await;
    decision.unwrap().terms.unwrap()
}

async fn reach(world: &World, who: &str) -> BlastRadius {
    let terms = terms(world, who, "prod-one").await;
    world.engine.blast_radius(&terms).await
}

fn told(radius: &BlastRadius) -> Vec<String> {
    let unknown = radius.unknown.iter();
    unknown
        .map(|one| format!("{}: {}", one.about, one.why))
        .collect()
}

fn gained(radius: &BlastRadius) -> Vec<&str> {
    radius.gained.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn what_is_held_through_a_group_on_the_folder_is_not_gained() {
    let world = world().await;
    let viewer =
        json!({"role": "roles/storage.objectViewer", "members": ["group:sre@example.com"]});
    world.fakes.iam.put(FOLDER, json!({ "bindings": [viewer] }));
    let radius = reach(&world, "ann").await;
    assert_eq!(
        gained(&radius),
        ["storage.buckets.get", "storage.buckets.setIamPolicy"]
    );
    assert_eq!(
        radius.already.iter().collect::<Vec<_>>(),
        ["storage.objects.get"]
    );
    let [danger] = &radius.dangers[..] else {
        panic!("{:?}", radius.dangers)
    };
    assert_eq!(danger.permission, "storage.buckets.setIamPolicy");
    assert_eq!(told(&radius), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_live_grant_lends_is_told_with_its_end_and_stays_dangerous() {
    let world = world().await;
    let grant = world.active("ann", "prod-one").await;
    let radius = reach(&world, "ann").await;
    assert_eq!(gained(&radius), Vec::<&str>::new());
    let end = grant.window.unwrap().end;
    let lent: Vec<_> = radius
        .lent
        .iter()
        .map(|(permission, until)| (permission.as_str(), *until))
        .collect();
    assert_eq!(
        lent,
        [
            ("storage.buckets.get", end),
            ("storage.buckets.setIamPolicy", end),
            ("storage.objects.get", end)
        ]
    );
    assert_eq!(
        radius
            .dangers
            .iter()
            .map(|one| one.until.map(instant))
            .collect::<Vec<_>>(),
        [Some(instant(end))]
    );
    let other = reach(&world, "abe").await;
    assert_eq!(gained(&other).len(), 3, "it is lent to ann, not to abe");
    world.fakes.clock.advance(2 * 3_600);
    let later = reach(&world, "ann").await;
    assert_eq!(gained(&later).len(), 3, "what was lent is over");
}

#[tokio::test]
async fn what_may_not_be_read_is_told_and_hides_nothing() {
    let world = world().await;
    world.fakes.iam.always(FOLDER, Some(Script::Forbidden));
    let terms = terms(&world, "ann", "two-yes").await;
    world.fakes.groups.set_down(true);
    let radius = world.engine.blast_radius(&terms).await;
    assert_eq!(gained(&radius), ["compute.instances.get"]);
    let told = told(&radius);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("the groups of ann@example.com: the group directory"));
    assert!(told[1].starts_with("the policy of folders/42: Google denied it to Daypass"));
}

#[tokio::test]
async fn nobody_waits_longer_than_the_patience() {
    let world = patient_for(Duration::from_millis(300)).await;
    world.fakes.roles.stall("roles/storage.admin");
    world.fakes.roles.stall(FOLDER);
    let terms = terms(&world, "ann", "prod-one").await;
    let began = std::time::Instant::now();
    let radius = world.engine.blast_radius(&terms).await;
    let waited = began.elapsed();
    assert!(waited >= Duration::from_millis(300) && waited < Duration::from_secs(5));
    assert_eq!(
        told(&radius),
        [
            "the policy of folders/42: no answer within 300ms",
            "what is in roles/storage.admin: no answer within 300ms"
        ]
    );
}
