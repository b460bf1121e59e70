//! From the approval to ACTIVE, whatever Google answers.

use daypass_core::audit::Action;
use daypass_core::state::State;
use daypass_engine::testing::Script;
use serde_json::json;

use crate::support::{ENTITLEMENTS, ONE, THREE, World, bindings, caller, catalogue, title};

#[tokio::test]
async fn the_whole_way() {
    let world = World::new().await;
    let before =
        json!({"bindings": [{"role": "roles/x", "members": ["user:x@example.com"]}], "etag": "E1"});
    world.fakes.iam.put(ONE, before.clone());
    let grant = world.requested("ann", "prod-one").await;
    assert_eq!(grant.state, State::ApprovalAwaited);
    world.quiet().await;
    assert_eq!(
        world.fakes.iam.writes(ONE),
        0,
        "nothing before the approval"
    );
    world.approve("leo", grant.id).await.unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
    let ours = world.ours(ONE);
    assert_eq!(ours.len(), 1);
    assert_eq!(
        (&ours[0]["role"], &ours[0]["members"]),
        (
            &json!("roles/storage.admin"),
            &json!(["user:ann@example.com"])
        )
    );
    assert_eq!(
        ours[0]["condition"]["expression"],
        r#"request.time >= timestamp("2026-12-01T11:59:55Z") && request.time < timestamp("2026-12-01T13:00:00Z")"#
    );
    assert!(title(&ours[0]).contains(&grant.id.to_string()));
    assert!(
        world.fakes.iam.reasons()[0].contains(&grant.id.to_string()),
        "Google's log joins ours"
    );

    world.fakes.clock.advance(3_600);
    world.quiet().await;
    assert_eq!(
        (world.state(grant.id).await, world.ours(ONE).len()),
        (State::Ended, 1),
        "left alone for its grace"
    );
    world.fakes.clock.advance(61);
    world.quiet().await;
    let after = world.fakes.iam.policy(ONE);
    assert_eq!(bindings(&after), bindings(&before));
    let actions: Vec<Action> = world
        .trail()
        .await
        .into_iter()
        .map(|recorded| recorded.entry.action)
        .collect();
    assert_eq!(
        actions,
        [
            Action::Requested,
            Action::Approved,
            Action::Granted,
            Action::Intended,
            Action::Activated,
            Action::Ended,
            Action::SweepIntended,
            Action::Observed
        ]
    );
    world.quiet().await;
    assert_eq!(
        world.fakes.iam.writes(ONE),
        2,
        "another run finds nothing to do"
    );
}

#[tokio::test]
async fn a_fault_is_outlived() {
    for fault in [
        Script::Conflict,
        Script::DoneButLost,
        Script::NotDoneAndLost,
        Script::Throttled,
        Script::Unavailable,
    ] {
        let world = World::new().await;
        let grant = world.requested("ann", "self-serve").await;
        world
            .fakes
            .iam
            .on_set([fault.clone(), Script::Works, fault.clone()]);
        world.quiet().await;
        assert_eq!(
            (world.state(grant.id).await, world.ours(ONE).len()),
            (State::Active, 1),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_read_that_fails_for_a_moment_is_outlived() {
    for fault in [Script::Throttled, Script::Unavailable] {
        let world = World::new().await;
        let grant = world.requested("ann", "self-serve").await;
        world.fakes.iam.on_get([fault.clone()]);
        world.quiet().await;
        assert_eq!(world.state(grant.id).await, State::Active, "{fault:?}");
    }
}

#[tokio::test]
async fn no_permission_and_no_such_resource_fail_in_googles_words() {
    for (fault, words) in [
        (Script::Forbidden, "Google denied it to Daypass: no"),
        (Script::NotFound, "Google does not know"),
    ] {
        let world = World::new().await;
        world.fakes.iam.always(ONE, Some(fault.clone()));
        let grant = world.requested("ann", "self-serve").await;
        world.reconcile().await;
        let grant = world.grant(grant.id).await;
        assert_eq!(grant.state, State::ActivationFailed, "{fault:?}");
        assert!(
            grant.failure.clone().unwrap().contains(words),
            "{:?}",
            grant.failure
        );
        assert_eq!(world.fakes.iam.writes(ONE), 0);
    }
}

#[tokio::test]
async fn a_bucket_that_takes_no_conditions_is_not_given() {
    let world = World::new().await;
    world.fakes.iam.without_conditions(ONE);
    let grant = world.requested("ann", "self-serve").await;
    world.quiet().await;
    let grant = world.grant(grant.id).await;
    assert_eq!(
        (grant.state, world.fakes.iam.writes(ONE)),
        (State::ActivationFailed, 0)
    );
    assert!(grant.failure.unwrap().contains("takes no conditions"));
}

/// All or nothing: what was written of a grant that fails elsewhere is taken back.
#[tokio::test]
async fn one_resource_that_fails_takes_the_others_back() {
    let world = World::new().await;
    world.fakes.iam.always(THREE[1], Some(Script::Forbidden));
    let grant = world.requested("ann", "prod-three").await;
    world.reconcile().await;
    let failed = world.grant(grant.id).await;
    assert_eq!(
        failed.state,
        State::ActivationFailed,
        "{:?}",
        failed.bindings
    );
    assert!(failed.failure.unwrap().contains(THREE[1]), "it says which");
    for resource in THREE {
        assert_eq!(world.ours(resource).len(), 0, "{resource}");
    }
    assert_eq!(
        world.fakes.iam.writes(THREE[0]),
        2,
        "written, and taken back"
    );
    assert_eq!(world.count(Action::Activated).await, 0);
}

#[tokio::test]
async fn three_resources_stand_together() {
    let world = World::new().await;
    let grant = world.active("ann", "prod-three").await;
    for resource in THREE {
        assert_eq!(
            (world.ours(resource).len(), world.fakes.iam.writes(resource)),
            (1, 1)
        );
    }
    world
        .engine
        .revoke(&caller("ann"), grant.id, None)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Revoked);
    assert!(THREE.iter().all(|resource| world.ours(resource).is_empty()));
}

/// I8: while the clock is not measured, or wrong, nothing is even asked for.
#[tokio::test]
async fn a_wrong_clock_refuses_requests() {
    let world = World::new().await;
    for skew in [None, Some(31), Some(-31)] {
        world
            .fakes
            .clock
            .set_skew(skew.map(jiff::SignedDuration::from_secs));
        let refused = world
            .try_ask("ann", crate::support::ask("self-serve"))
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("clock"), "{refused}");
    }
    world
        .fakes
        .clock
        .set_skew(Some(jiff::SignedDuration::from_secs(30)));
    world.active("ann", "self-serve").await;
}

#[tokio::test]
async fn a_window_begins_once_whatever_the_outage() {
    // Written, the answer lost, and no proof to be had for ten minutes: the access stood, so its time ran.
    let world = World::new().await;
    let grant = world.requested("ann", "self-serve").await;
    world.fakes.iam.on_set([Script::DoneButLost]);
    let unreadable = vec![Script::NoEtag; 20];
    world
        .fakes
        .iam
        .on_get([Script::Works].into_iter().chain(unreadable));
    world.reconcile().await;
    assert_eq!(world.ours(ONE).len(), 1);
    let intended = world.grant(grant.id).await.window.unwrap();
    world.fakes.iam.calm();
    world.fakes.clock.advance(600);
    world.quiet().await;
    let grant = world.grant(grant.id).await;
    assert_eq!((grant.state, grant.window), (State::Active, Some(intended)));
    assert_eq!(world.ours(ONE).len(), 1);
}

/// A project by its id and by its number is one policy, and each binding would make way for the other for ever.
#[tokio::test]
async fn one_policy_by_two_names_is_not_written_twice() {
    let world = World::new().await;
    world.fakes.iam.number("acme-one", "41");
    let twice = "privileges: [{resource: projects/acme-one, roles: [roles/logging.viewer]}, {resource: projects/41, roles: [roles/logging.viewer]}]";
    let text = ENTITLEMENTS.replace(
        "privileges: [{resource: projects/acme-one, roles: [roles/logging.viewer]}]",
        twice,
    );
    assert!(text.contains(twice));
    world.engine.replace_catalogue(catalogue(&text));
    let grant = world.requested("ann", "self-serve").await;
    world.quiet().await;
    let failed = world.grant(grant.id).await;
    assert_eq!(failed.state, State::ActivationFailed);
    assert!(failed.failure.unwrap().contains("are one resource"));
    assert!(world.ours(ONE).is_empty());
}
