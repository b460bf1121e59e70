//! Yes and no, and everything that may have changed since the question.

use daypass_core::audit::Action;
use daypass_core::entitlement::Hash;
use daypass_core::grant::TransitionError;
use daypass_core::state::State;
use daypass_engine::{Error, Judgement};

use crate::support::{ENTITLEMENTS, World, caller, catalogue};

#[tokio::test]
async fn only_an_approver_decides() {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    assert!(
        matches!(
            world.approve("abe", grant.id).await,
            Err(Error::NotFound { .. })
        ),
        "who has no part hears of nothing"
    );
    assert!(matches!(
        world.approve("ann", grant.id).await,
        Err(Error::Denied(_))
    ));
    assert!(
        matches!(
            world.approve("greta", grant.id).await,
            Err(Error::Denied(_))
        ),
        "she oversees it, and is no approver"
    );
    assert_eq!(world.state(grant.id).await, State::ApprovalAwaited);
    assert_eq!(world.count(Action::Approved).await, 0);
}

#[tokio::test]
async fn a_no_ends_it_and_a_late_yes_changes_nothing() {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    world
        .engine
        .deny(&caller("leo"), grant.id, Judgement::default())
        .await
        .unwrap();
    let late = world.approve("lea", grant.id).await;
    assert!(
        matches!(
            late,
            Err(Error::State(TransitionError::NotAwaited(State::Denied)))
        ),
        "{late:?}"
    );
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Denied);
}

/// I20: of a yes and a no at the same moment exactly one wins, and the record says which.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yes_and_no_race() {
    for round in 0..10 {
        let world = World::new().await;
        let grant = world.requested("ann", "prod-one").await;
        let (leo, lea) = (caller("leo"), caller("lea"));
        let (engine, other) = (world.engine.clone(), world.engine.clone());
        let yes =
            tokio::spawn(async move { engine.approve(&leo, grant.id, Judgement::default()).await });
        let no =
            tokio::spawn(async move { other.deny(&lea, grant.id, Judgement::default()).await });
        let (yes, no) = (yes.await.unwrap(), no.await.unwrap());
        assert_ne!(yes.is_ok(), no.is_ok(), "round {round}: {yes:?} {no:?}");
        let state = world.state(grant.id).await;
        assert_eq!(
            state,
            if yes.is_ok() {
                State::Activating
            } else {
                State::Denied
            }
        );
        assert_eq!(
            world.count(Action::Approved).await + world.count(Action::Denied).await,
            1
        );
    }
}

/// I5: a hundred clicks are one vote.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_clicks_are_one_vote() {
    let world = World::new().await;
    let grant = world.requested("ann", "two-yes").await;
    let clicks = (0..100).map(|_| {
        let (engine, id) = (world.engine.clone(), grant.id);
        tokio::spawn(async move {
            engine
                .approve(&caller("leo"), id, Judgement::default())
                .await
                .is_ok()
        })
    });
    let heard = futures::future::join_all(clicks)
        .await
        .into_iter()
        .filter(|click| *click.as_ref().unwrap())
        .count();
    assert_eq!(
        (heard, world.state(grant.id).await),
        (1, State::ApprovalAwaited)
    );
    assert_eq!(world.grant(grant.id).await.votes.len(), 1);
}

#[tokio::test]
async fn a_yes_for_another_version_of_the_request_is_refused() {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    let other = Judgement {
        request: Some(Hash::of(&"what was shown")),
        ..Judgement::default()
    };
    let refused = world.engine.approve(&caller("leo"), grant.id, other).await;
    assert!(
        matches!(refused, Err(Error::State(TransitionError::OtherRequest))),
        "{refused:?}"
    );
}

/// I23: the approvals so far are void when the entitlement changes; edits of other entitlements do not matter.
#[tokio::test]
async fn a_changed_entitlement_is_decided_anew() {
    let world = World::new().await;
    let grant = world.requested("ann", "two-yes").await;
    world.approve("leo", grant.id).await.unwrap();
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("roles/logging.viewer", "roles/logging.admin"),
    ));
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("roles/compute.admin", "roles/compute.viewer"),
    ));
    let again = world.approve("lea", grant.id).await;
    assert!(matches!(again, Err(Error::Denied(_))), "{again:?}");
    let anew = world.grant(grant.id).await;
    assert_eq!((anew.state, anew.votes.len()), (State::ApprovalAwaited, 0));
    assert_eq!(
        anew.terms.privileges[0].role.as_str(),
        "roles/compute.viewer"
    );
    world.approve("leo", grant.id).await.unwrap();
    world.approve("lea", grant.id).await.unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
}

#[tokio::test]
async fn an_entitlement_that_forbids_it_now_denies() {
    let change = ENTITLEMENTS.replace(
        "roles/compute.admin]}]\n    duration: {default: 1h, max: 4h}",
        "roles/compute.admin]}]\n    duration: {max: 10m}",
    );
    let world = World::new().await;
    let ask = daypass_core::request::Ask {
        duration: Some(daypass_core::duration::Duration::minutes(60)),
        ..crate::support::ask("two-yes")
    };
    let grant = world.try_ask("ann", ask).await.unwrap();
    world.engine.replace_catalogue(catalogue(&change));
    assert!(world.approve("leo", grant.id).await.is_err());
    assert_eq!(world.state(grant.id).await, State::Denied);
}

/// An answer that does not come denies, and says so; nothing is decided meanwhile.
#[tokio::test]
async fn a_directory_that_is_down_denies() {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    world.fakes.groups.set_down(true);
    assert!(matches!(
        world.approve("leo", grant.id).await,
        Err(Error::Directory(_))
    ));
    assert!(matches!(
        world.try_ask("abe", crate::support::ask("prod-one")).await,
        Err(Error::Directory(_))
    ));
    world.fakes.groups.set_down(false);
    world.approve("leo", grant.id).await.unwrap();
}

/// I5: who said yes and is no approver any more does not count.
#[tokio::test]
async fn a_yes_of_one_who_is_no_approver_any_more_does_not_count() {
    let world = World::new().await;
    world
        .fakes
        .groups
        .add("leads@example.com", "lou@example.com");
    let grant = world.requested("ann", "two-yes").await;
    world.approve("leo", grant.id).await.unwrap();
    world
        .fakes
        .groups
        .remove("leads@example.com", "leo@example.com");
    let state = world.approve("lea", grant.id).await.unwrap().state;
    assert_eq!(state, State::ApprovalAwaited, "leo's word is void");
    assert_eq!(
        world.approve("lou", grant.id).await.unwrap().state,
        State::Activating
    );
}

/// Asked for by somebody else, it is still their own.
#[tokio::test]
async fn nobody_approves_what_they_receive() {
    let world = World::new().await;
    let for_leads = "beneficiaries: ['group:leads@example.com', ";
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("beneficiaries: [", for_leads),
    ));
    let ask = daypass_core::request::Ask {
        beneficiary: Some("user:lea@example.com".parse().unwrap()),
        ..crate::support::ask("prod-one")
    };
    let grant = world.try_ask("abe", ask).await.unwrap();
    let own = world.approve("lea", grant.id).await;
    assert!(matches!(own, Err(Error::Denied(_))), "{own:?}");
    assert_eq!(world.state(grant.id).await, State::ApprovalAwaited);
    world.approve("leo", grant.id).await.unwrap();
    world.quiet().await;
    assert_eq!(
        world.ours(crate::support::ONE)[0]["members"][0],
        "user:lea@example.com"
    );
}
