//! Entitlements that change under a request that waits: it is decided anew, whoever acts or does not (I23).

use daypass_core::audit::Action;
use daypass_core::state::State;

use crate::support::{ENTITLEMENTS, ONE, World, catalogue};

/// The request of ann for `two-yes`, with the word of leo.
async fn half_approved() -> (World, daypass_core::ids::GrantId) {
    let world = World::new().await;
    let grant = world.requested("ann", "two-yes").await;
    world.approve("leo", grant.id).await.unwrap();
    (world, grant.id)
}

#[tokio::test]
async fn nobody_need_act() {
    let (world, id) = half_approved().await;
    let before = world.grant(id).await;
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("roles/compute.admin", "roles/compute.viewer"),
    ));
    world.quiet().await;
    let anew = world.grant(id).await;
    assert_eq!((anew.state, anew.votes.len()), (State::ApprovalAwaited, 0));
    assert_eq!(
        anew.terms.privileges[0].role.as_str(),
        "roles/compute.viewer"
    );
    assert_ne!(anew.request_hash(), before.request_hash());
    assert!(
        before.decided_anew_at.is_none() && anew.decided_anew_at.is_some(),
        "whoever looks at it is told why the words are gone"
    );
    assert_eq!(
        anew.decide_by, before.decide_by,
        "the requester gains no time"
    );
    world.quiet().await;
    assert_eq!(world.count(Action::DecidedAnew).await, 1, "once");
}

#[tokio::test]
async fn edits_of_others_do_not_matter() {
    let (world, id) = half_approved().await;
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("roles/logging.viewer", "roles/logging.admin"),
    ));
    world.quiet().await;
    assert_eq!(world.count(Action::DecidedAnew).await, 0);
    assert_eq!(world.grant(id).await.votes.len(), 1);
    assert_eq!(
        world.approve("lea", id).await.unwrap().state,
        State::Activating
    );
}

#[tokio::test]
async fn what_is_forbidden_now_is_denied() {
    let (world, id) = half_approved().await;
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("group:sre@example.com", "group:nobody@example.com"),
    ));
    world.quiet().await;
    let denied = world.grant(id).await;
    assert_eq!(denied.state, State::Denied);
    assert!(denied.failure.is_some(), "it says why");
    assert!(world.ours(ONE).is_empty());
}

/// A file that is moved, or another branch that is checked out, leaves no entitlement for a moment.
#[tokio::test]
async fn what_is_gone_for_a_moment_waits_and_what_is_gone_for_a_minute_is_denied() {
    let (world, id) = half_approved().await;
    let without = ENTITLEMENTS.replace("id: two-yes", "id: two-others");
    world.engine.replace_catalogue(catalogue(&without));
    world.quiet().await;
    let refused = world.approve("lea", id).await.unwrap_err();
    assert!(
        refused.to_string().contains("is not there now"),
        "nothing is approved under what is not there: {refused}"
    );
    world.fakes.clock.advance(59);
    world.quiet().await;
    assert_eq!(world.grant(id).await.votes.len(), 1, "it waits as it was");
    world.engine.replace_catalogue(catalogue(ENTITLEMENTS));
    world.quiet().await;
    // Gone again: the minute begins anew.
    world.engine.replace_catalogue(catalogue(&without));
    world.quiet().await;
    world.fakes.clock.advance(59);
    world.quiet().await;
    assert_eq!(world.state(id).await, State::ApprovalAwaited);
    world.fakes.clock.advance(1);
    world.quiet().await;
    let denied = world.grant(id).await;
    assert_eq!(denied.state, State::Denied);
    assert!(denied.failure.is_some(), "it says why");
    assert!(world.ours(ONE).is_empty());
}

#[tokio::test]
async fn what_needs_nobody_now_is_given() {
    let (world, id) = half_approved().await;
    let free = ENTITLEMENTS.replace(
        "approval: {expires: 4h, steps: [{approvers: [group:leads@example.com], needed: 2}]}",
        "approval: none",
    );
    assert_ne!(free, ENTITLEMENTS);
    world.engine.replace_catalogue(catalogue(&free));
    world.quiet().await;
    assert_eq!(world.state(id).await, State::Active);
    assert_eq!(world.ours(ONE).len(), 1);
}

#[tokio::test]
async fn an_edit_can_only_shorten_the_time_to_decide() {
    let (world, id) = half_approved().await;
    let asked = world.grant(id).await;
    for (expires, hours) in [("8h", 4), ("1h", 1)] {
        let edit =
            "approval: {expires: 4h, steps: [{approvers: [group:leads@example.com], needed: 2}]}";
        assert!(ENTITLEMENTS.contains(edit));
        world.engine.replace_catalogue(catalogue(
            &ENTITLEMENTS.replace(edit, &edit.replace("4h", expires)),
        ));
        world.quiet().await;
        assert_eq!(
            world.grant(id).await.decide_by,
            Some(asked.created_at + jiff::SignedDuration::from_hours(hours)),
            "{expires}"
        );
    }
}

/// An edit and its withdrawal between two looks: the request was never decided under the edit.
#[tokio::test]
async fn an_edit_that_was_taken_back_changes_nothing() {
    let (world, id) = half_approved().await;
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("roles/compute.admin", "roles/compute.viewer"),
    ));
    world.engine.replace_catalogue(catalogue(ENTITLEMENTS));
    world.quiet().await;
    assert_eq!(world.grant(id).await.votes.len(), 1);
    assert_eq!(world.count(Action::DecidedAnew).await, 0);
}

/// While the directory is down nothing is decided; when it is back, it is.
#[tokio::test]
async fn a_directory_that_is_down_delays_it() {
    let (world, id) = half_approved().await;
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("roles/compute.admin", "roles/compute.viewer"),
    ));
    world.fakes.groups.set_down(true);
    assert!(!world.reconcile().await.is_empty());
    assert_eq!(world.grant(id).await.votes.len(), 1);
    world.fakes.groups.set_down(false);
    world.quiet().await;
    assert_eq!(world.grant(id).await.votes.len(), 0);
}

/// One request that cannot be decided now holds up no other, and is looked at again.
#[tokio::test]
async fn one_that_cannot_be_decided_holds_up_no_other() {
    let (world, id) = half_approved().await;
    let stuck = world.requested("abe", "two-yes").await;
    world.approve("leo", stuck.id).await.unwrap();
    let later = world.requested("ann", "two-yes").await;
    world.approve("leo", later.id).await.unwrap();
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("roles/compute.admin", "roles/compute.viewer"),
    ));
    world.fakes.groups.fail("abe@example.com", true);
    let failures = world.reconcile().await;
    assert!(!failures.is_empty(), "it is told");
    let mut words = Vec::new();
    for one in [id, stuck.id, later.id] {
        words.push(world.grant(one).await.votes.len());
    }
    assert_eq!(words, [0, 1, 0]);
    world.fakes.groups.fail("abe@example.com", false);
    world.quiet().await;
    assert_eq!(world.grant(stuck.id).await.votes.len(), 0);
    assert_eq!(world.count(Action::DecidedAnew).await, 3, "each once");
}
