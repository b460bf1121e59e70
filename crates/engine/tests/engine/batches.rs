//! Many grants on one resource: few writes, and nobody pays for another.

use daypass_core::ids::GrantId;
use daypass_core::state::State;
use daypass_engine::testing::Script;
use serde_json::json;

use crate::support::{ONE, World};

async fn hundred(world: &World) -> Vec<(String, GrantId)> {
    let mut grants = Vec::new();
    for number in 0..100 {
        let who = format!("p{number}");
        grants.push((who.clone(), world.requested(&who, "self-serve").await.id));
    }
    grants
}

#[tokio::test]
async fn a_hundred_grants_are_one_write() {
    let world = World::new().await;
    let grants = hundred(&world).await;
    world.quiet().await;
    assert_eq!(
        (world.fakes.iam.writes(ONE), world.ours(ONE).len()),
        (1, 100)
    );
    for (_, id) in grants {
        assert_eq!(world.state(id).await, State::Active);
    }
    let reason = &world.fakes.iam.reasons()[0];
    assert!(reason.ends_with(" +90") && reason.len() <= 512, "{reason}");
}

/// Issue 2, 4: three of a hundred members do not exist, and Google names one at a time.
#[tokio::test]
async fn three_that_google_refuses_by_name() {
    let world = World::new().await;
    let grants = hundred(&world).await;
    let ghosts = ["p7", "p50", "p99"];
    for ghost in ghosts {
        world
            .fakes
            .iam
            .refuse_member(&format!("{ghost}@example.com"));
    }
    world.quiet().await;
    for (who, id) in grants {
        let grant = world.grant(id).await;
        if ghosts.contains(&who.as_str()) {
            assert_eq!(grant.state, State::ActivationFailed, "{who}");
            assert_eq!(
                grant.failure.unwrap(),
                format!("User {who}@example.com does not exist.")
            );
        } else {
            assert_eq!(grant.state, State::Active, "{who}: {:?}", grant.failure);
        }
    }
    let sent = world.fakes.iam.reasons().len();
    assert!(sent <= 12, "{sent} writes");
    assert_eq!(world.ours(ONE).len(), 97);
}

/// Words that name nobody are traced by halving.
#[tokio::test]
async fn three_that_google_refuses_without_a_name() {
    let world = World::new().await;
    let grants = hundred(&world).await;
    world.fakes.iam.refuse_without_names();
    let ghosts = ["p7", "p50", "p99"];
    for ghost in ghosts {
        world
            .fakes
            .iam
            .refuse_member(&format!("{ghost}@example.com"));
    }
    // What one run leaves over, the next one takes up.
    for _ in 0..3 {
        world.reconcile().await;
    }
    let mut failed = Vec::new();
    for (who, id) in grants {
        match world.state(id).await {
            State::Active => {}
            State::ActivationFailed => failed.push(who),
            other => panic!("{who} is {other}"),
        }
    }
    assert_eq!(failed, ghosts);
}

/// I11: a stale member of somebody else makes Google refuse every write. It is not repaired by us, everybody is told,
/// and the tries are bounded.
#[tokio::test]
async fn a_policy_that_google_refuses_whatever_is_written() {
    let world = World::new().await;
    let foreign = json!([{"role": "roles/x", "members": ["user:left@example.com"]}]);
    world.fakes.iam.put(ONE, json!({"bindings": foreign}));
    world.fakes.iam.refuse_member("left@example.com");
    let grants = hundred(&world).await;
    world.reconcile().await;
    for (_, id) in grants {
        let grant = world.grant(id).await;
        assert_eq!(grant.state, State::ActivationFailed);
        assert_eq!(
            grant.failure.unwrap(),
            "User left@example.com does not exist."
        );
    }
    assert_eq!(world.fakes.iam.policy(ONE)["bindings"], foreign);
    let sent = world.fakes.iam.reasons().len();
    assert!(sent <= 48, "{sent} writes");
}

/// A name inside another name is not that name.
#[tokio::test]
async fn a_longer_name_is_somebody_else() {
    let world = World::new().await;
    let (ann, joann) = (
        world.requested("ann", "self-serve").await,
        world.requested("joann", "self-serve").await,
    );
    world.fakes.iam.on_set([Script::Refuse(
        "User joann@example.com does not exist.".into(),
    )]);
    world.quiet().await;
    assert_eq!(world.state(joann.id).await, State::ActivationFailed);
    assert_eq!(world.state(ann.id).await, State::Active);
}
