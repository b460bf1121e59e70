//! Cases of the systems that Daypass takes the place of, where no other test asks the same; `docs/acceptance.md` lists
//! them all.

use daypass_core::audit::Action;
use daypass_core::duration::Duration;
use daypass_core::request::Ask;
use daypass_core::state::State;
use daypass_engine::Error;
use daypass_engine::testing::Script;
use jiff::SignedDuration;

use crate::support::{ENTITLEMENTS, ONE, World, ask, caller, catalogue};

/// C-5: who has it and is not among the requesters any more keeps what was agreed to its end and not a minute longer.
#[tokio::test]
async fn having_it_is_no_right_to_have_it_longer() {
    let by_group = async |world: &World| {
        world
            .fakes
            .groups
            .remove("sre@example.com", "ann@example.com");
    };
    let by_edit = async |world: &World| {
        world
            .engine
            .replace_catalogue(catalogue(&ENTITLEMENTS.replace(
                "requesters: [group:sre@example.com]",
                "requesters: [user:abe@example.com]",
            )));
    };
    for is_edit in [false, true] {
        let world = World::new().await;
        let grant = world.active("ann", "prod-one").await;
        if is_edit {
            by_edit(&world).await;
        } else {
            by_group(&world).await;
        }
        world.fakes.clock.advance(600);
        let longer = world
            .engine
            .extend(
                &caller("ann"),
                grant.id,
                Some(Duration::minutes(30)),
                None,
                None,
            )
            .await;
        assert!(matches!(longer, Err(Error::Denied(_))), "{longer:?}");
        let again = world.try_ask("ann", ask("prod-one")).await;
        assert!(matches!(again, Err(Error::Denied(_))), "{again:?}");
        world.quiet().await;
        assert_eq!(world.state(grant.id).await, State::Active);
        world.fakes.clock.advance(3_600);
        world.quiet().await;
        assert_eq!(
            (world.state(grant.id).await, world.ours(ONE).len()),
            (State::Ended, 0)
        );
        assert_eq!(world.count(Action::Activated).await, 1);
    }
}

/// M-7: the four who must not bring a grant about, and not one write of a policy.
#[tokio::test]
async fn neither_oneself_nor_a_stranger_nor_one_who_lost_it_brings_it_about() {
    // The requester, and somebody who was never asked.
    let world = World::new().await;
    let grant = world.requested("lea", "prod-one").await;
    assert!(matches!(
        world.approve("lea", grant.id).await,
        Err(Error::Denied(_))
    ));
    assert!(world.approve("abe", grant.id).await.is_err());
    assert!(world.approve("eve", grant.id).await.is_err());
    // An approver who is none any more.
    world
        .fakes
        .groups
        .remove("leads@example.com", "leo@example.com");
    assert!(world.approve("leo", grant.id).await.is_err());
    assert_eq!(world.state(grant.id).await, State::ApprovalAwaited);
    assert_eq!(world.grant(grant.id).await.votes.len(), 0);
    // A requester who is none any more, though a good approver agrees.
    world
        .fakes
        .groups
        .add("leads@example.com", "leo@example.com");
    world
        .fakes
        .groups
        .remove("sre@example.com", "lea@example.com");
    assert!(world.approve("leo", grant.id).await.is_err());
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Denied);
    assert_eq!(world.fakes.iam.writes(ONE), 0);
}

/// M-8: each number out of its bounds is refused, and nothing is recorded. Reviewers are not chosen by who asks, so that
/// there is no number of them to be wrong.
#[tokio::test]
async fn what_is_out_of_bounds_is_refused_before_it_is_recorded() {
    let world = World::new().await;
    let lasting = |seconds: u64| Ask {
        duration: Some(Duration::from_seconds(seconds).unwrap()),
        ..ask("prod-one")
    };
    let saying = |text: &str| Ask {
        justification: Some(text.into()),
        ..ask("prod-one")
    };
    let only = |part: &str| Ask {
        only: vec![part.into()],
        ..ask("prod-one")
    };
    let starting = |hours: i64| Ask {
        start_at: Some(world.engine.now() + SignedDuration::from_hours(hours)),
        ..ask("prod-one")
    };
    for wrong in [
        lasting(4 * 3_600 + 1),
        lasting(59),
        saying(""),
        saying(&"x".repeat(2_001)),
        only("roles/compute.admin"),
        starting(-1),
        starting(14 * 24 + 1),
    ] {
        let refused = world.try_ask("ann", wrong.clone()).await;
        assert!(
            matches!(refused, Err(Error::Denied(_))),
            "{wrong:?}: {refused:?}"
        );
    }
    assert_eq!(world.trail().await.len(), 0);
    // At the bounds it is heard, and a reason of a hundred characters is no longer too long.
    for right in [
        lasting(4 * 3_600),
        lasting(60),
        saying(&"x".repeat(2_000)),
        only("roles/storage.admin"),
        starting(14 * 24),
    ] {
        world.try_ask("ann", right).await.unwrap();
    }
}

/// M-9: what needs nobody is not put before anybody, and what nobody could approve is not left to wait.
#[tokio::test]
async fn nothing_waits_for_an_answer_that_cannot_come() {
    let world = World::new().await;
    let own = world.requested("ann", "self-serve").await;
    assert_eq!(own.state, State::Activating);
    assert!(world.approve("leo", own.id).await.is_err());
    assert_eq!(world.grant(own.id).await.votes.len(), 0);
    for who in ["lea", "leo"] {
        let address = format!("{who}@example.com");
        world.fakes.groups.remove("leads@example.com", &address);
    }
    let refused = world.try_ask("ann", ask("prod-one")).await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    assert_eq!(world.count(Action::Requested).await, 1);
}

/// G-36: a receiver whom Google does not know is told once; neither is another kind of member tried instead, nor the
/// same one again.
#[tokio::test]
async fn an_unknown_receiver_is_told_and_not_tried_in_another_guise() {
    let world = World::new().await;
    world.fakes.iam.refuse_member("ann@example.com");
    let grant = world.requested("ann", "self-serve").await;
    world.quiet().await;
    let failed = world.grant(grant.id).await;
    assert_eq!(failed.state, State::ActivationFailed);
    assert_eq!(
        failed.failure.as_deref(),
        Some("User ann@example.com does not exist.")
    );
    let tried = world.fakes.iam.reasons().len();
    assert_eq!(tried, 1);
    world.fakes.clock.advance(600);
    world.quiet().await;
    assert_eq!(world.fakes.iam.reasons().len(), tried);
    assert!(world.ours(ONE).is_empty());
}

/// G-29: a policy that Google refuses is told in Google's words, and the same policy is not sent again and again.
#[tokio::test]
async fn what_google_refuses_is_told_in_its_words() {
    let world = World::new().await;
    let words = "Invalid JSON payload received.";
    world.fakes.iam.on_set([Script::Refuse(words.into())]);
    let grant = world.requested("ann", "self-serve").await;
    world.quiet().await;
    let failed = world.grant(grant.id).await;
    assert_eq!(failed.state, State::ActivationFailed);
    assert_eq!(failed.failure.as_deref(), Some(words));
    assert_eq!(world.fakes.iam.reasons().len(), 1);
}
