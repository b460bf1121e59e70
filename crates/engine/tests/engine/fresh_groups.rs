//! What is shown may be a minute old; what is decided may not (I23).

use daypass_core::state::State;
use daypass_engine::{Error, Wish};

use crate::support::{World, ask, caller};

async fn shown(world: &World, who: &str) -> Vec<String> {
    let (views, _) = world
        .engine
        .entitlements(&caller(who).person, None, None, 100)
        .await
        .unwrap();
    views
        .into_iter()
        .map(|view| view.entitlement.id.to_string())
        .collect()
}

#[tokio::test]
async fn who_left_a_group_may_still_see_and_not_ask() {
    let world = World::new().await;
    world.fakes.groups.keep_for_cached();
    world
        .fakes
        .groups
        .remove("sre@example.com", "ann@example.com");
    assert!(shown(&world, "ann").await.contains(&"prod-one".to_owned()));
    let explained = world
        .engine
        .explain(&caller("ann").person, &Wish::Ask(ask("prod-one")))
        .await
        .unwrap();
    assert!(explained.rules.iter().all(|rule| rule.holds));
    assert!(matches!(
        world.try_ask("ann", ask("prod-one")).await,
        Err(Error::Denied(_))
    ));
}

#[tokio::test]
async fn who_joined_a_group_may_ask_and_approve_before_it_shows() {
    let world = World::new().await;
    world.fakes.groups.keep_for_cached();
    world.fakes.groups.add("sre@example.com", "zoe@example.com");
    world
        .fakes
        .groups
        .add("leads@example.com", "max@example.com");
    assert!(!shown(&world, "zoe").await.contains(&"prod-one".to_owned()));
    let grant = world.try_ask("zoe", ask("prod-one")).await.unwrap();
    assert_eq!(grant.state, State::ApprovalAwaited);
    // By the old list, max may not even know of it.
    world.approve("max", grant.id).await.unwrap();
}

#[tokio::test]
async fn neither_an_approver_nor_a_requester_of_a_minute_ago_leads_to_a_grant() {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    world.fakes.groups.keep_for_cached();
    world
        .fakes
        .groups
        .remove("leads@example.com", "leo@example.com");
    assert!(matches!(
        world.approve("leo", grant.id).await,
        Err(Error::Denied(_))
    ));
    world
        .fakes
        .groups
        .remove("sre@example.com", "ann@example.com");
    assert!(world.approve("lea", grant.id).await.is_err());
    assert_eq!(world.state(grant.id).await, State::Denied);
}
