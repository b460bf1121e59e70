//! Extensions: a new decision, one write, no gap, one binding.

use daypass_core::audit::Action;
use daypass_core::duration::Duration;
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::state::State;
use daypass_engine::testing::Script;
use jiff::SignedDuration;

use crate::support::{ONE, World, bindings, caller, catalogue, is_ours, title};

async fn extended(world: &World, id: GrantId) -> Grant {
    world
        .engine
        .extend(&caller("ann"), id, Some(Duration::minutes(60)), None, None)
        .await
        .unwrap()
}

/// Nothing is written for it: the server mints tokens while the grant is active.
const DEPLOYER: &str = r"
apiVersion: daypass/v1
entitlements:
  - id: deployer
    requesters: [group:sre@example.com]
    privileges: [{impersonate: deployer@acme-one.iam.gserviceaccount.com}]
    duration: {default: 1h, max: 4h}
    approval: none
";

#[tokio::test]
async fn an_extension_without_bindings_takes_the_place_too() {
    for named in 0..3 {
        let world = World::new().await;
        world.engine.replace_catalogue(catalogue(DEPLOYER));
        let mut chain = vec![world.active("ann", "deployer").await.id];
        for _ in 0..2 {
            let next = extended(&world, chain[chain.len() - 1]).await;
            world.quiet().await;
            chain.push(next.id);
        }
        let mut states = Vec::new();
        for id in &chain {
            states.push(world.state(*id).await);
        }
        assert_eq!(states, [State::Ended, State::Ended, State::Active]);
        assert_eq!(world.grant(chain[0]).await.superseded_by, Some(chain[1]));
        // Whichever of the chain is named, all of it is over.
        world
            .engine
            .revoke(&caller("ann"), chain[named], None)
            .await
            .unwrap();
        world.quiet().await;
        assert_eq!(world.state(chain[2]).await, State::Revoked);
    }
}

/// Of two at once, one takes the place and the other does not stand beside it.
#[tokio::test]
async fn two_extensions_without_bindings_do_not_stand_side_by_side() {
    let world = World::new().await;
    world.engine.replace_catalogue(catalogue(DEPLOYER));
    let parent = world.active("ann", "deployer").await;
    let children = [
        extended(&world, parent.id).await,
        extended(&world, parent.id).await,
    ];
    world.quiet().await;
    let mut states = Vec::new();
    for child in children {
        states.push(world.state(child.id).await);
    }
    states.sort();
    assert_eq!(states, [State::ActivationFailed, State::Active]);
    world
        .engine
        .revoke(&caller("ann"), parent.id, None)
        .await
        .unwrap();
    assert!(
        world
            .store
            .in_state(State::Active, usize::MAX)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn one_write_takes_the_place() {
    let world = World::new().await;
    let parent = world.active("ann", "prod-one").await;
    world.fakes.clock.advance(600);
    let child = extended(&world, parent.id).await;
    assert_eq!(child.state, State::ApprovalAwaited, "a decision of its own");
    world.quiet().await;
    assert_eq!(
        (world.state(parent.id).await, world.fakes.iam.writes(ONE)),
        (State::Active, 1)
    );
    world.approve("leo", child.id).await.unwrap();
    world.quiet().await;
    let (parent, child) = (world.grant(parent.id).await, world.grant(child.id).await);
    assert_eq!((parent.state, child.state), (State::Ended, State::Active));
    assert_eq!(parent.superseded_by, Some(child.id));
    assert_eq!(world.fakes.iam.writes(ONE), 2, "one write for both");
    let (before, after) = (parent.window.unwrap(), child.window.unwrap());
    assert_eq!(
        (after.start, after.end),
        (before.start, before.end + SignedDuration::from_hours(1))
    );
    let ours = world.ours(ONE);
    assert!(
        ours.len() == 1 && title(&ours[0]).contains(&child.id.to_string()),
        "{ours:?}"
    );
    // No version of the policy is without the access.
    let had = world
        .fakes
        .iam
        .history(ONE)
        .iter()
        .map(|version| bindings(version).iter().filter(|one| is_ours(one)).count())
        .collect::<Vec<_>>();
    assert_eq!(had, [1, 1]);
    assert_eq!(world.count(Action::Superseded).await, 1);
}

#[tokio::test]
async fn a_failed_extension_leaves_the_parent_as_it_was() {
    let world = World::new().await;
    let parent = world.active("ann", "self-serve").await;
    let standing = world.ours(ONE);
    let child = extended(&world, parent.id).await;
    world
        .fakes
        .iam
        .on_set([Script::Refuse("The policy is not valid.".into())]);
    world.quiet().await;
    assert_eq!(
        (world.state(parent.id).await, world.state(child.id).await),
        (State::Active, State::ActivationFailed)
    );
    assert_eq!(world.ours(ONE), standing);
    world.fakes.clock.advance(3_661);
    world.quiet().await;
    assert_eq!(
        (world.state(parent.id).await, world.ours(ONE).len()),
        (State::Ended, 0),
        "and it ends at its own time"
    );
}

/// On several resources: what the extension changed before it failed is changed back.
#[tokio::test]
async fn an_extension_that_fails_halfway_brings_the_parent_back() {
    let world = World::new().await;
    let parent = world.active("ann", "prod-three").await;
    let before: Vec<_> = crate::support::THREE
        .iter()
        .map(|resource| world.ours(resource))
        .collect();
    let child = extended(&world, parent.id).await;
    // The first write goes through, the second is refused.
    world.fakes.iam.on_set([
        Script::Works,
        Script::Refuse("The policy is not valid.".into()),
    ]);
    world.quiet().await;
    assert_eq!(
        (world.state(parent.id).await, world.state(child.id).await),
        (State::Active, State::ActivationFailed)
    );
    let after: Vec<_> = crate::support::THREE
        .iter()
        .map(|resource| world.ours(resource))
        .collect();
    assert_eq!(after, before);
}

#[tokio::test]
async fn revoking_acts_on_the_chain() {
    // Which end of the chain is named does not matter.
    for by_parent in [true, false] {
        let world = World::new().await;
        let parent = world.active("ann", "self-serve").await;
        let child = extended(&world, parent.id).await;
        world.quiet().await;
        let named = if by_parent { parent.id } else { child.id };
        let ended = world
            .engine
            .revoke(&caller("ann"), named, None)
            .await
            .unwrap();
        assert_eq!(ended.id, child.id);
        world.quiet().await;
        assert_eq!(
            (world.state(child.id).await, world.ours(ONE).len()),
            (State::Revoked, 0)
        );
    }
}

/// Revoked while the extension is being written: neither survives.
#[tokio::test]
async fn revoking_reaches_an_extension_under_way() {
    let world = World::new().await;
    let parent = world.active("ann", "self-serve").await;
    let child = extended(&world, parent.id).await;
    assert_eq!(child.state, State::Activating);
    world
        .engine
        .revoke(&caller("ann"), parent.id, None)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(
        (world.state(parent.id).await, world.state(child.id).await),
        (State::Revoked, State::Revoked)
    );
    assert_eq!(world.ours(ONE).len(), 0);
}

/// The same with the extension's intent recorded and its write's outcome unknown.
#[tokio::test]
async fn revoking_reaches_an_extension_that_may_stand_already() {
    let world = World::new().await;
    let parent = world.active("ann", "self-serve").await;
    let child = extended(&world, parent.id).await;
    world.fakes.iam.on_set([Script::DoneButLost]);
    world
        .fakes
        .iam
        .on_get([Script::Works].into_iter().chain(vec![Script::NoEtag; 20]));
    world.reconcile().await;
    assert_eq!(world.state(child.id).await, State::Activating);
    world.fakes.iam.calm();
    world
        .engine
        .revoke(&caller("ann"), parent.id, None)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(
        (world.state(parent.id).await, world.state(child.id).await),
        (State::Revoked, State::Revoked)
    );
    assert_eq!(world.ours(ONE).len(), 0);
}

#[tokio::test]
async fn what_has_ended_is_not_extended() {
    let world = World::new().await;
    let parent = world.active("ann", "prod-one").await;
    let child = extended(&world, parent.id).await;
    world.fakes.clock.advance(3_600);
    world.quiet().await;
    assert!(world.approve("leo", child.id).await.is_err());
    assert_eq!(world.state(child.id).await, State::Denied);
    let late = world
        .engine
        .extend(&caller("ann"), parent.id, None, None, None)
        .await;
    assert!(late.is_err(), "{late:?}");
}

/// Only who has it extends it.
#[tokio::test]
async fn an_extension_is_the_requesters() {
    let world = World::new().await;
    let parent = world.active("ann", "prod-one").await;
    for who in ["leo", "abe", "greta"] {
        assert!(
            world
                .engine
                .extend(&caller(who), parent.id, None, None, None)
                .await
                .is_err(),
            "{who}"
        );
    }
}
