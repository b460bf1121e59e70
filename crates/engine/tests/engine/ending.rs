//! The ways a grant ends, and what is found in policies afterwards.

use daypass_core::audit::Action;
use daypass_core::state::State;
use daypass_engine::testing::Script;
use daypass_engine::{Error, Settings};
use serde_json::json;

use crate::support::{ONE, World, bindings, caller, title};

#[tokio::test]
async fn undecided_requests_expire() {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    world.fakes.clock.advance(4 * 3_600 - 1);
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::ApprovalAwaited);
    world.fakes.clock.advance(1);
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Expired);
    assert!(world.approve("leo", grant.id).await.is_err(), "I19");
    assert_eq!(world.state(grant.id).await, State::Expired);
}

#[tokio::test]
async fn who_has_it_and_who_oversees_it_end_it() {
    for who in ["ann", "leo", "greta"] {
        let world = World::new().await;
        let grant = world.active("ann", "prod-one").await;
        assert!(matches!(
            world.engine.revoke(&caller("eve"), grant.id, None).await,
            Err(Error::NotFound { .. })
        ));
        let revoking = world
            .engine
            .revoke(&caller(who), grant.id, Some("done".into()))
            .await
            .unwrap();
        assert_eq!(
            revoking.state,
            State::Revoking,
            "recorded before it is removed"
        );
        world.quiet().await;
        assert_eq!(
            (world.state(grant.id).await, world.ours(ONE).len()),
            (State::Revoked, 0)
        );
    }
}

/// C14: revoked is what was read to be gone.
#[tokio::test]
async fn a_revocation_whose_answer_is_lost_is_proved_by_reading() {
    for fault in [Script::DoneButLost, Script::NotDoneAndLost] {
        let world = World::new().await;
        let grant = world.active("ann", "self-serve").await;
        world
            .engine
            .revoke(&caller("ann"), grant.id, None)
            .await
            .unwrap();
        world.fakes.iam.on_set([fault]);
        world.quiet().await;
        assert_eq!(
            (world.state(grant.id).await, world.ours(ONE).len()),
            (State::Revoked, 0)
        );
        assert_eq!(world.fakes.iam.writes(ONE), 2);
    }
}

#[tokio::test]
async fn a_revocation_waits_for_a_permission_that_was_lost() {
    let world = World::new().await;
    let grant = world.active("ann", "self-serve").await;
    world
        .engine
        .revoke(&caller("ann"), grant.id, None)
        .await
        .unwrap();
    world.fakes.iam.always(ONE, Some(Script::Forbidden));
    let failures = world.reconcile().await;
    assert!(!failures.is_empty());
    assert_eq!(
        world.state(grant.id).await,
        State::Revoking,
        "it is not said to be gone"
    );
    world.fakes.iam.always(ONE, None);
    world.quiet().await;
    assert_eq!(
        (world.state(grant.id).await, world.ours(ONE).len()),
        (State::Revoked, 0)
    );
}

/// Somebody else's decision stands, after a second look; the other bindings of the grant go too.
#[tokio::test]
async fn a_binding_that_others_remove_is_not_written_again() {
    let world = World::new().await;
    let grant = world.active("ann", "prod-three").await;
    let victim = crate::support::THREE[1];
    world
        .fakes
        .iam
        .edit(victim, |policy| policy["bindings"] = json!([]));
    world.quiet().await;
    assert_eq!(
        world.state(grant.id).await,
        State::Active,
        "one look may be a stale read"
    );
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Revoked);
    for resource in crate::support::THREE {
        assert_eq!(world.ours(resource).len(), 0, "{resource}");
    }
    assert_eq!(world.count(Action::RemovedOutside).await, 1);
    assert_eq!(
        world.fakes.iam.writes(victim),
        1,
        "nothing was written there again"
    );
}

/// I7 at the end too: the sweep of one grant leaves the other of the same person and role.
#[tokio::test]
async fn a_sweep_leaves_the_live_one() {
    let world = World::new().await;
    let first = world.active("ann", "self-serve").await;
    world.fakes.clock.advance(1_800);
    let second = world.active("ann", "self-serve").await;
    world.fakes.clock.advance(1_800 + 61);
    world.quiet().await;
    assert_eq!(
        (world.state(first.id).await, world.state(second.id).await),
        (State::Ended, State::Active)
    );
    let ours = world.ours(ONE);
    assert_eq!(ours.len(), 1);
    assert!(title(&ours[0]).contains(&second.id.to_string()));
}

/// A deleted member is rewritten by Google; the binding is still ours to remove.
#[tokio::test]
async fn the_binding_of_a_deleted_person_is_removed() {
    let world = World::new().await;
    let grant = world.active("ann", "self-serve").await;
    world.fakes.iam.edit(ONE, |policy| {
        policy["bindings"][0]["members"] = json!(["deleted:user:ann@example.com?uid=1234"]);
    });
    world.quiet().await;
    world.quiet().await;
    assert_eq!(
        world.state(grant.id).await,
        State::Active,
        "it stands, under another spelling"
    );
    world.fakes.clock.advance(3_661);
    world.quiet().await;
    assert_eq!(
        (
            world.state(grant.id).await,
            bindings(&world.fakes.iam.policy(ONE)).len()
        ),
        (State::Ended, 0)
    );
}

/// Somebody puts back what was removed, from a backup of the policy: it is cleared again.
#[tokio::test]
async fn what_comes_back_after_its_end_is_cleared() {
    let world = World::new().await;
    let grant = world.active("ann", "self-serve").await;
    let with = world.fakes.iam.policy(ONE);
    world
        .engine
        .revoke(&caller("ann"), grant.id, None)
        .await
        .unwrap();
    world.quiet().await;
    world.fakes.iam.put(ONE, with);
    assert_eq!(world.ours(ONE).len(), 1);
    world.quiet().await;
    assert_eq!(
        (world.ours(ONE).len(), world.state(grant.id).await),
        (0, State::Revoked)
    );
}

/// I30: a Google that does not answer costs a bounded number of tries, and nothing is lost.
#[tokio::test]
async fn an_outage_is_bounded_and_outlived() {
    let world = World::with(Settings::default()).await;
    let grant = world.requested("ann", "self-serve").await;
    world.fakes.iam.on_set(vec![Script::NotDoneAndLost; 3]);
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
    assert_eq!(
        world.fakes.iam.reasons().len(),
        4,
        "three tries that were lost, and one that was not"
    );
}
