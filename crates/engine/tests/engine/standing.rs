//! What was agreed is looked at again before it begins: at a later start, before its intent, and after an outage.

use daypass_core::ids::GrantId;
use daypass_core::request::Ask;
use daypass_core::state::State;
use daypass_engine::testing::Script;
use daypass_engine::{GiveWish, Wish};
use jiff::SignedDuration;

use crate::support::{ENTITLEMENTS, ONE, World, ask, caller, catalogue};

const LATER: &str = r#"
apiVersion: daypass/v1
entitlements:
  - id: for-others
    requesters: [group:sre@example.com]
    grantors: [user:greta@example.com]
    beneficiaries: [group:night@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/compute.admin]}]
    duration: {default: 1h, max: 4h}
    start: {latest: 14d}
    constraints: [{name: on-call, expression: '"oncall@example.com" in requester.groups || request.kind == "give"', message: not on call}]
    approval: {expires: 4h, steps: [{approvers: [group:leads@example.com]}]}
  - id: alone
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/logging.viewer]}]
    duration: {default: 1h, max: 4h}
    start: {latest: 14d}
    approval: none
  - id: ahead
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/run.viewer]}]
    duration: {default: 1h, max: 4h}
    start: {latest: 14d}
    constraints: [{name: ahead, expression: 'request.start - request.time >= duration("1h")', message: an hour ahead}]
    approval: none
  - id: glass
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/owner-of-one]}]
    duration: {default: 1h, max: 1h}
    break_glass: {page: ['pagerduty:P1'], review: {by: [user:rita@example.com], within: 1h}}
"#;

async fn world() -> World {
    let world = World::new().await;
    let text = LATER.replace("roles/owner-of-one", "roles/storage.admin");
    world.engine.replace_catalogue(catalogue(&text));
    for (group, member) in [("night", "nina"), ("oncall", "ann")] {
        let group = format!("{group}@example.com");
        world
            .fakes
            .groups
            .add(&group, &format!("{member}@example.com"));
    }
    world
}

/// A failure for the moment that no run waits out.
const NOT_NOW: Script = Script::Conflict;

/// A grant that was agreed to and begins in three hours.
async fn scheduled(world: &World, wish: Ask) -> GrantId {
    let later = Ask {
        start_at: Some(world.engine.now() + SignedDuration::from_hours(3)),
        ..wish
    };
    let grant = world.try_ask("ann", later).await.unwrap();
    if grant.state == State::ApprovalAwaited {
        world.approve("leo", grant.id).await.unwrap();
    }
    assert_eq!(world.state(grant.id).await, State::Scheduled);
    grant.id
}

fn for_nina() -> Ask {
    Ask {
        beneficiary: Some("user:nina@example.com".parse().unwrap()),
        ..ask("for-others")
    }
}

async fn after_its_start(world: &World, id: GrantId) -> State {
    world.fakes.clock.advance(3 * 3_600);
    world.quiet().await;
    let state = world.state(id).await;
    assert_eq!(world.ours(ONE).len(), usize::from(state == State::Active));
    state
}

#[tokio::test]
async fn a_start_asks_for_the_beneficiary_and_the_constraints_too() {
    let world = world().await;
    let id = scheduled(&world, for_nina()).await;
    assert_eq!(after_its_start(&world, id).await, State::Active);
    for (group, member) in [("night", "nina"), ("oncall", "ann"), ("sre", "ann")] {
        let world = self::world().await;
        let id = scheduled(&world, for_nina()).await;
        world.fakes.groups.remove(
            &format!("{group}@example.com"),
            &format!("{member}@example.com"),
        );
        assert_eq!(after_its_start(&world, id).await, State::Revoked, "{group}");
    }
}

#[tokio::test]
async fn a_start_that_needs_nobody_waits_for_no_overdue_review() {
    for owes in [false, true] {
        let world = world().await;
        let id = scheduled(&world, ask("alone")).await;
        if owes {
            world.requested("ann", "glass").await;
            world.quiet().await;
        }
        let expected = if owes { State::Revoked } else { State::Active };
        assert_eq!(after_its_start(&world, id).await, expected);
    }
}

#[tokio::test]
async fn a_gift_is_looked_at_again_too() {
    for (loses, expected) in [
        (None, State::Active),
        (Some(("night", "nina", false)), State::Revoked),
        // Who gives it is in the group that receives it by now.
        (Some(("night", "greta", true)), State::Revoked),
    ] {
        let world = world().await;
        let to_group = matches!(loses, Some((_, _, true)));
        let to = if to_group {
            "group:night@example.com"
        } else {
            "user:nina@example.com"
        };
        let wish = GiveWish {
            role: "roles/compute.admin".parse().unwrap(),
            resource: ONE.parse().unwrap(),
            to: to.parse().unwrap(),
            duration: None,
            start_at: Some(world.engine.now() + SignedDuration::from_hours(3)),
            justification: Some("INC-2 on call".into()),
            notify: Vec::new(),
        };
        let given = world
            .engine
            .request(&caller("greta"), Wish::Give(wish), None)
            .await
            .unwrap();
        assert_eq!(given.state, State::Scheduled);
        if let Some((group, member, joins)) = loses {
            let group = format!("{group}@example.com");
            let member = format!("{member}@example.com");
            if joins {
                world.fakes.groups.add(&group, &member);
            } else {
                world.fakes.groups.remove(&group, &member);
            }
        }
        assert_eq!(after_its_start(&world, given.id).await, expected);
    }
}

/// A file that is moved at the very second of a start.
#[tokio::test]
async fn a_start_waits_while_the_entitlement_is_absent_for_a_moment() {
    for comes_back in [true, false] {
        let world = world().await;
        let id = scheduled(&world, ask("alone")).await;
        world.engine.replace_catalogue(catalogue(ENTITLEMENTS));
        assert_eq!(after_its_start(&world, id).await, State::Scheduled);
        if comes_back {
            let text = LATER.replace("roles/owner-of-one", "roles/storage.admin");
            world.engine.replace_catalogue(catalogue(&text));
        }
        world.fakes.clock.advance(60);
        world.quiet().await;
        let expected = if comes_back {
            State::Active
        } else {
            State::Revoked
        };
        assert_eq!(world.state(id).await, expected);
    }
}

/// Agreed to, and its intent recorded, while Google takes no writes.
async fn out_of_reach() -> (World, GrantId) {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    world.approve("leo", grant.id).await.unwrap();
    world.fakes.iam.always(ONE, Some(NOT_NOW));
    world.reconcile().await;
    let grant = world.grant(grant.id).await;
    assert_eq!((grant.state, grant.bindings.len()), (State::Activating, 1));
    (world, grant.id)
}

async fn failed_because(world: &World, id: GrantId, why: &str) {
    world.fakes.iam.always(ONE, None);
    world.quiet().await;
    let grant = world.grant(id).await;
    assert_eq!(grant.state, State::ActivationFailed);
    let told = grant.failure.unwrap();
    assert!(told.contains(why), "{told}");
    assert_eq!(world.fakes.iam.writes(ONE), 0);
}

#[tokio::test]
async fn an_outage_that_ends_soon_gives_a_fresh_window() {
    let (world, id) = out_of_reach().await;
    world.fakes.clock.advance(300);
    world.fakes.iam.always(ONE, None);
    world.quiet().await;
    let grant = world.grant(id).await;
    assert_eq!(grant.state, State::Active);
    let rest = grant.window.unwrap().end.duration_since(world.engine.now());
    assert_eq!(rest, SignedDuration::from_hours(1));
}

#[tokio::test]
async fn after_an_outage_the_requester_must_still_be_entitled() {
    let (world, id) = out_of_reach().await;
    world.fakes.clock.advance(70);
    world
        .fakes
        .groups
        .remove("sre@example.com", "ann@example.com");
    failed_because(&world, id, "may no longer ask for it").await;
}

#[tokio::test]
async fn after_an_outage_the_entitlement_must_still_be_there() {
    let (world, id) = out_of_reach().await;
    let without = ENTITLEMENTS.replace("id: prod-one", "id: prod-two");
    world.engine.replace_catalogue(catalogue(&without));
    world.fakes.clock.advance(70);
    failed_because(&world, id, "no longer there").await;
}

#[tokio::test]
async fn after_ten_minutes_nothing_begins_any_more() {
    let (world, id) = out_of_reach().await;
    world.fakes.clock.advance(601);
    failed_because(&world, id, "for 10 minutes").await;
}

/// Also while Google is out of reach still: nothing of it was ever sent.
#[tokio::test]
async fn after_ten_minutes_it_fails_without_google() {
    let (world, id) = out_of_reach().await;
    world.fakes.clock.advance(601);
    world.reconcile().await;
    assert_eq!(world.state(id).await, State::ActivationFailed);
    failed_because(&world, id, "for 10 minutes").await;
}

/// Sent, and nobody can tell whether it stands: when its time is over, it is over all the same.
#[tokio::test]
async fn what_cannot_be_settled_ends_with_its_window() {
    let world = World::new().await;
    let grant = world.requested("ann", "self-serve").await;
    world.fakes.iam.on_set([Script::DoneButLost]);
    world
        .fakes
        .iam
        .on_get([Script::Works].into_iter().chain(vec![Script::NoEtag; 20]));
    world.reconcile().await;
    world.fakes.iam.calm();
    world.fakes.iam.always(ONE, Some(NOT_NOW));
    world.fakes.clock.advance(3_599);
    world.reconcile().await;
    assert_eq!(world.state(grant.id).await, State::Activating);
    world.fakes.clock.advance(1);
    world.reconcile().await;
    assert_eq!(world.state(grant.id).await, State::ActivationFailed);
    world.fakes.iam.always(ONE, None);
    world.quiet().await;
    assert!(
        world.ours(ONE).is_empty(),
        "and it is removed when it can be"
    );
}

/// Between the word that completes the approval and the intent.
#[tokio::test]
async fn the_first_intent_asks_again() {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    world.approve("leo", grant.id).await.unwrap();
    world
        .fakes
        .groups
        .remove("sre@example.com", "ann@example.com");
    failed_because(&world, grant.id, "may no longer ask for it").await;
    assert!(world.grant(grant.id).await.window.is_none());
}

/// A constraint on the time ahead held when it was agreed to, and can never hold at the start itself.
#[tokio::test]
async fn what_was_asked_in_time_begins_in_time() {
    let world = world().await;
    let id = scheduled(&world, ask("ahead")).await;
    world.fakes.clock.advance(3 * 60 * 60);
    world.quiet().await;
    assert_eq!(world.state(id).await, State::Active);
}
