//! What somebody tried in order to keep access that was taken away, to approve their own, or to get more than is
//! allowed at once.

#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, reason = "the other test programs use the rest")]
mod support;

use daypass_core::audit::Actor;
use daypass_core::duration::Duration;
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::principal::Principal;
use daypass_core::request::Ask;
use daypass_core::state::State;
use daypass_engine::ports::Change;
use daypass_engine::{Error, Judgement};
use futures::future::join_all;

use serde_json::json;
use support::{ONE, THREE, World, ask, caller, catalogue, title};

async fn extended(world: &World, id: GrantId, minutes: u64) -> Grant {
    world
        .engine
        .extend(
            &caller("ann"),
            id,
            Some(Duration::minutes(minutes)),
            None,
            None,
        )
        .await
        .unwrap()
}

/// Puts something into the policy that keeps Daypass from writing it: a role of a read that lost its conditions.
fn block(world: &World, resource: &str) {
    let lost = json!({"role": "roles/viewer_withcond_0123456789abcdef0123", "members": ["user:eve@example.com"]});
    world.fakes.iam.edit(resource, |policy| {
        policy["bindings"].as_array_mut().unwrap().push(lost);
    });
}

fn unblock(world: &World, resource: &str) {
    world.fakes.iam.edit(resource, |policy| {
        let bindings = policy["bindings"].as_array_mut().unwrap();
        bindings.retain(|binding| !binding["role"].to_string().contains("_withcond_"));
    });
}

/// Two extensions of one grant, agreed at the same moment: a second one that lived beside the first would not be in the
/// chain that a revocation follows.
#[tokio::test]
async fn of_two_extensions_at_once_one_stands_and_a_revocation_ends_it() {
    let world = World::new().await;
    let parent = world.active("ann", "self-serve").await;
    let children = [
        extended(&world, parent.id, 30).await.id,
        extended(&world, parent.id, 40).await.id,
        extended(&world, parent.id, 50).await.id,
    ];
    world.quiet().await;
    let mut states = join_all(children.map(|id| world.state(id))).await;
    states.sort();
    assert_eq!(
        states,
        [
            State::ActivationFailed,
            State::ActivationFailed,
            State::Active
        ]
    );
    assert_eq!(world.ours(ONE).len(), 1);
    world
        .engine
        .revoke(&caller("ann"), parent.id, None)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(world.ours(ONE).len(), 0, "nothing outlives the revocation");
}

/// The parent ends after its extension's intent was recorded, in the gap that a revocation's look at the extensions
/// leaves: the extension must not stand alone.
#[tokio::test]
async fn an_extension_does_not_outlive_a_parent_that_was_revoked_meanwhile() {
    let world = World::new().await;
    let parent = world.active("ann", "self-serve").await.id;
    let child = extended(&world, parent, 30).await.id;
    block(&world, ONE);
    assert!(!world.reconcile().await.is_empty());
    assert!(
        !world.grant(child).await.bindings.is_empty(),
        "its intent is recorded"
    );
    let mut revoked = world.grant(parent).await;
    let entries = revoked
        .revoke(Actor::system(), None, world.engine.now())
        .unwrap();
    world
        .store
        .commit(vec![Change::of(revoked, entries)])
        .await
        .unwrap();
    unblock(&world, ONE);
    world.quiet().await;
    assert_eq!(
        (world.state(parent).await, world.state(child).await),
        (State::Revoked, State::Revoked)
    );
    assert_eq!(world.ours(ONE).len(), 0);
}

/// An extension on three resources, one of them not writable for a while: on the others the old binding does not come back beside
/// the new one (I6).
#[tokio::test]
async fn a_half_written_extension_does_not_double_the_access() {
    let world = World::new().await;
    let parent = world.active("ann", "prod-three").await.id;
    block(&world, THREE[2]);
    let child = extended(&world, parent, 30).await.id;
    world.reconcile().await;
    for resource in &THREE[..2] {
        let ours = world.ours(resource);
        assert!(
            ours.len() == 1 && title(&ours[0]).contains(&child.to_string()),
            "{resource}: {ours:?}"
        );
    }
    unblock(&world, THREE[2]);
    world.quiet().await;
    assert_eq!(
        (world.state(parent).await, world.state(child).await),
        (State::Ended, State::Active)
    );
    for resource in THREE {
        assert_eq!(world.ours(resource).len(), 1);
    }
}

/// Somebody else asks in one's name: it is one's own request in all but name.
#[tokio::test]
async fn nobody_approves_what_they_receive() {
    let world = World::new().await;
    world.engine.replace_catalogue(catalogue(
        r"
apiVersion: daypass/v1
entitlements:
  - id: for-others
    requesters: [group:sre@example.com]
    beneficiaries: ['domain:example.com']
    privileges: [{resource: projects/acme-one, roles: [roles/storage.admin]}]
    duration: {default: 1h, max: 4h}
    approval: {expires: 4h, steps: [{approvers: [group:leads@example.com]}]}
",
    ));
    let for_lea = Ask {
        beneficiary: Some("user:lea@example.com".parse::<Principal>().unwrap()),
        ..ask("for-others")
    };
    let grant = world.try_ask("ann", for_lea).await.unwrap();
    let refused = world.approve("lea", grant.id).await.unwrap_err();
    assert!(matches!(refused, Error::Denied(_)), "{refused}");
    assert_eq!(world.state(grant.id).await, State::ApprovalAwaited);
    world.approve("leo", grant.id).await.unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
}

/// A hundred requests at once find no more room than one after the other.
#[tokio::test]
async fn the_limit_of_open_requests_holds_for_requests_at_once() {
    let world = World::new().await;
    let outcomes = join_all((0..100).map(|_| world.try_ask("ann", ask("prod-one")))).await;
    let made = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(made, daypass_engine::Settings::default().max_open_requests);
}

/// The beneficiary left between the request and the yes.
#[tokio::test]
async fn a_beneficiary_who_may_no_longer_receive_it_gets_nothing() {
    let world = World::new().await;
    world.engine.replace_catalogue(catalogue(
        r"
apiVersion: daypass/v1
entitlements:
  - id: for-others
    requesters: [group:sre@example.com]
    beneficiaries: ['group:staff@example.com']
    privileges: [{resource: projects/acme-one, roles: [roles/storage.admin]}]
    duration: {default: 1h, max: 4h}
    approval: {expires: 4h, steps: [{approvers: [group:leads@example.com]}]}
",
    ));
    world
        .fakes
        .groups
        .add("staff@example.com", "bob@example.com");
    let for_bob = Ask {
        beneficiary: Some("user:bob@example.com".parse::<Principal>().unwrap()),
        ..ask("for-others")
    };
    let grant = world.try_ask("ann", for_bob).await.unwrap();
    world
        .fakes
        .groups
        .remove("staff@example.com", "bob@example.com");
    let refused = world.approve("leo", grant.id).await.unwrap_err();
    assert!(
        refused.to_string().contains("beneficiary may no longer"),
        "{refused}"
    );
    assert_eq!(world.state(grant.id).await, State::Denied);
}

/// What an approver writes is shown in terminals, pages and logs.
#[tokio::test]
async fn a_comment_cannot_move_a_cursor_or_fill_the_record() {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    let judgement = Judgement {
        comment: Some(format!("\u{1b}[2J{}", "x".repeat(60_000))),
        ..Judgement::default()
    };
    let approved = world
        .engine
        .approve(&caller("leo"), grant.id, judgement)
        .await
        .unwrap();
    let comment = approved.votes[0].comment.clone().unwrap();
    assert!(
        comment.starts_with("\\u{1b}[2J") && comment.chars().count() < 600,
        "{comment}"
    );
}
