//! Reminders and escalation: at their time, once each.

use daypass_core::audit::{Action, Entry};
use daypass_core::state::State;
use daypass_engine::Error;
use serde_json::json;

use crate::support::{World, catalogue};

const CALLS: &str = r"
apiVersion: daypass/v1
entitlements:
  - id: calls
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/compute.admin]}]
    duration: {default: 1h, max: 4h}
    approval:
      expires: 4h
      steps:
        - {approvers: [group:leads@example.com], remind: 10m, escalate: {after: 15m, to: [user:dan@example.com]}}
        - {approvers: [user:eve@example.com], remind: 30m}
";

const MINUTE: i64 = 60;

async fn world() -> World {
    let world = World::new().await;
    world.engine.replace_catalogue(catalogue(CALLS));
    world
}

/// Lets time pass and the reconcilers run twice: the second time must change nothing.
async fn after(world: &World, seconds: i64) -> (usize, usize) {
    world.fakes.clock.advance(seconds);
    world.quiet().await;
    let trail = world.trail().await.len();
    world.quiet().await;
    assert_eq!(world.trail().await.len(), trail, "said twice");
    (
        world.count(Action::Reminded).await,
        world.count(Action::Escalated).await,
    )
}

async fn last(world: &World, action: Action) -> Entry {
    let trail = world.trail().await;
    let found = trail
        .into_iter()
        .rev()
        .find(|recorded| recorded.entry.action == action);
    found.unwrap().entry
}

#[tokio::test]
async fn reminders_and_escalation_come_at_their_time() {
    let world = world().await;
    let grant = world.requested("ann", "calls").await;
    assert_eq!(after(&world, 10 * MINUTE - 1).await, (0, 0));
    assert_eq!(after(&world, 1).await, (1, 0));
    let reminded = last(&world, Action::Reminded).await;
    assert_eq!(reminded.grant, Some(grant.id));
    assert_eq!(reminded.detail["step"], json!(1));
    assert_eq!(reminded.detail["whom"], json!(["group:leads@example.com"]));
    assert_eq!(after(&world, 5 * MINUTE - 1).await, (1, 0));
    assert_eq!(after(&world, 1).await, (1, 1));
    let escalated = last(&world, Action::Escalated).await;
    assert_eq!(escalated.detail["to"], json!(["user:dan@example.com"]));
    assert_eq!(after(&world, 5 * MINUTE).await, (2, 1), "20 minutes");
    assert_eq!(after(&world, 10 * MINUTE).await, (3, 1), "30 minutes");
    // After an outage the approvers are reminded once, not once for each time that was missed.
    assert_eq!(after(&world, 60 * MINUTE).await, (4, 1));
    assert_eq!(after(&world, 10 * MINUTE).await, (5, 1));
}

#[tokio::test]
async fn the_next_step_begins_its_own_time() {
    let world = world().await;
    let grant = world.requested("ann", "calls").await;
    assert_eq!(after(&world, 25 * MINUTE).await, (1, 1));
    world.approve("leo", grant.id).await.unwrap();
    assert_eq!(after(&world, 30 * MINUTE - 1).await, (1, 1));
    assert_eq!(after(&world, 1).await, (2, 1));
    let reminded = last(&world, Action::Reminded).await;
    assert_eq!(reminded.detail["step"], json!(2));
    assert_eq!(reminded.detail["whom"], json!(["user:eve@example.com"]));
    world.approve("eve", grant.id).await.unwrap();
    assert_eq!(after(&world, 31 * MINUTE).await, (2, 1), "it is decided");
}

#[tokio::test]
async fn more_people_decide_only_after_the_time() {
    let world = world().await;
    let grant = world.requested("ann", "calls").await;
    world.fakes.clock.advance(15 * MINUTE - 1);
    assert!(matches!(
        world.approve("dan", grant.id).await,
        Err(Error::Denied(_))
    ));
    world.fakes.clock.advance(1);
    // By the clock, whether or not the reconciler has told anybody yet.
    world.approve("dan", grant.id).await.unwrap();
    assert!(
        matches!(world.approve("leo", grant.id).await, Err(Error::Denied(_))),
        "the first step is done"
    );
    world.approve("eve", grant.id).await.unwrap();
    assert_eq!(world.state(grant.id).await, State::Activating);
}

#[tokio::test]
async fn the_approvers_still_decide_after_the_escalation() {
    let world = world().await;
    let grant = world.requested("ann", "calls").await;
    assert_eq!(after(&world, 16 * MINUTE).await, (1, 1));
    world.approve("lea", grant.id).await.unwrap();
    let vote = world.grant(grant.id).await.votes;
    assert_eq!(vote.len(), 1);
    assert_eq!(vote[0].step, 0);
}

#[tokio::test]
async fn what_nobody_decides_expires_all_the_same() {
    let world = world().await;
    let grant = world.requested("ann", "calls").await;
    after(&world, 4 * 60 * MINUTE).await;
    assert_eq!(world.state(grant.id).await, State::Expired);
    let before = world.count(Action::Reminded).await;
    assert_eq!(after(&world, 60 * MINUTE).await.0, before);
}
