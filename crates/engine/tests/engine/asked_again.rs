//! What held when it was asked is asked again when it is granted.

use daypass_core::grant::TransitionError;
use daypass_core::request::Ask;
use daypass_core::state::State;
use daypass_engine::{Error, GiveWish, Judgement, Wish};

use crate::support::{ENTITLEMENTS, ONE, World, ask, caller, catalogue};

const CONSTRAINED: &str = r#"
apiVersion: daypass/v1
entitlements:
  - id: on-call-only
    requesters: [group:sre@example.com]
    grantors: [group:leads@example.com]
    beneficiaries: [group:leads@example.com, 'domain:example.com']
    privileges: [{resource: projects/acme-one, roles: [roles/compute.admin]}]
    duration: {default: 1h, max: 4h}
    constraints: [{name: on-call, expression: '"oncall@example.com" in requester.groups', message: not on call}]
    approval: {expires: 4h, steps: [{approvers: [group:leads@example.com]}]}
  - id: trained-approvers
    requesters: [group:sre@example.com]
    beneficiaries: [group:leads@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/compute.admin]}]
    duration: {default: 1h, max: 4h}
    approval:
      expires: 4h
      constraints: [{name: trained, expression: '"trained@example.com" in approver.groups', message: not trained}]
      steps: [{approvers: [group:leads@example.com, user:otto@example.com], needed: 2}]
"#;

const GIFTS: &str = r"
apiVersion: daypass/v1
entitlements:
  - id: gifts
    requesters: [group:leads@example.com]
    grantors: [group:leads@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/compute.admin]}]
    duration: {default: 1h, max: 4h}
    approval: {steps: [{approvers: [user:otto@example.com]}]}
";

async fn world() -> World {
    let world = World::new().await;
    world.engine.replace_catalogue(catalogue(CONSTRAINED));
    for (group, member) in [
        ("oncall@example.com", "ann"),
        ("trained@example.com", "lea"),
        ("trained@example.com", "leo"),
        ("trained@example.com", "otto"),
    ] {
        world
            .fakes
            .groups
            .add(group, &format!("{member}@example.com"));
    }
    world
}

fn broken<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Vec<String> {
    let Err(Error::Denied(rules)) = outcome else {
        panic!("{outcome:?}")
    };
    let broken = rules.into_iter().filter(|rule| !rule.holds);
    broken.map(|rule| rule.name).collect()
}

#[tokio::test]
async fn a_constraint_on_the_request_holds_at_the_approval_too() {
    let world = world().await;
    let grant = world.requested("ann", "on-call-only").await;
    world
        .fakes
        .groups
        .remove("oncall@example.com", "ann@example.com");
    assert_eq!(
        broken(world.approve("lea", grant.id).await),
        ["constraint on-call"]
    );
    assert_eq!(world.state(grant.id).await, State::ApprovalAwaited);
    world
        .fakes
        .groups
        .add("oncall@example.com", "ann@example.com");
    let approved = world.approve("lea", grant.id).await.unwrap();
    assert_eq!(approved.state, State::Activating, "it holds again");
}

#[tokio::test]
async fn a_word_counts_only_while_its_author_meets_the_constraint() {
    let world = world().await;
    let grant = world.requested("ann", "trained-approvers").await;
    world.approve("lea", grant.id).await.unwrap();
    world
        .fakes
        .groups
        .remove("trained@example.com", "lea@example.com");
    let second = world.approve("leo", grant.id).await.unwrap();
    assert_eq!(
        (second.state, second.votes.len()),
        (State::ApprovalAwaited, 1),
        "lea's word is void"
    );
    let third = world.approve("otto", grant.id).await.unwrap();
    assert_eq!(third.state, State::Activating);
}

#[tokio::test]
async fn nobody_approves_what_their_group_receives() {
    let world = world().await;
    let wish = Ask {
        beneficiary: Some("group:leads@example.com".parse().unwrap()),
        ..ask("trained-approvers")
    };
    assert_eq!(
        broken(world.try_ask("ann", wish).await),
        ["approval"],
        "only otto is left, and two must agree"
    );
    let wish = Ask {
        beneficiary: Some("group:leads@example.com".parse().unwrap()),
        ..ask("on-call-only")
    };
    assert_eq!(broken(world.try_ask("ann", wish).await), ["approval"]);
}

#[tokio::test]
async fn nobody_gives_to_themselves() {
    let world = world().await;
    world.engine.replace_catalogue(catalogue(GIFTS));
    let give = |to: &str| {
        let wish = Wish::Give(GiveWish {
            role: "roles/compute.admin".parse().unwrap(),
            resource: ONE.parse().unwrap(),
            to: to.parse().unwrap(),
            duration: None,
            start_at: None,
            justification: Some("INC-2 on call".into()),
            notify: Vec::new(),
        });
        let engine = world.engine.clone();
        async move { engine.request(&caller("lea"), wish, None).await }
    };
    for own in ["user:lea@example.com", "group:leads@example.com"] {
        assert_eq!(broken(give(own).await), ["beneficiary"], "{own}");
    }
    give("user:leo@example.com").await.unwrap();
}

#[tokio::test]
async fn a_waiting_request_does_not_become_an_emergency() {
    let world = World::new().await;
    let grant = world.requested("ann", "two-yes").await;
    let glass = ENTITLEMENTS.replace(
        "approval: {expires: 4h, steps: [{approvers: [group:leads@example.com], needed: 2}]}",
        "break_glass: {page: ['pagerduty:P1'], review: {by: [user:rita@example.com], within: 1h}}",
    );
    assert_ne!(glass, ENTITLEMENTS);
    world.engine.replace_catalogue(catalogue(&glass));
    world.quiet().await;
    let denied = world.grant(grant.id).await;
    assert_eq!(denied.state, State::Denied);
    assert!(denied.failure.unwrap().contains("for emergencies only"));
    assert!(world.ours(ONE).is_empty());
}

/// What shows as nothing is no reason.
#[tokio::test]
async fn an_invisible_comment_says_nothing() {
    let world = World::new().await;
    world.engine.replace_catalogue(catalogue(
        &ENTITLEMENTS.replace("approval: {expires: 4h, steps: [{approvers: [group:leads@example.com], needed: 2}]}", "approval: {justification: required, expires: 4h, steps: [{approvers: [group:leads@example.com]}]}"),
    ));
    let grant = world.requested("ann", "two-yes").await;
    for nothing in [" ", "\u{3164}", "\u{2800}\u{200b}"] {
        let judgement = Judgement {
            comment: Some(nothing.into()),
            ..Judgement::default()
        };
        let said = world
            .engine
            .approve(&caller("leo"), grant.id, judgement)
            .await;
        assert!(
            matches!(said, Err(Error::State(TransitionError::CommentNeeded))),
            "{said:?}"
        );
    }
}

/// An edit that comes into force while the directory is asked counts for what is recorded after it.
#[tokio::test]
async fn an_edit_overtakes_a_decision_that_takes_its_time() {
    let world = World::new().await;
    let waiting = world.requested("ann", "prod-one").await;
    let edited = ENTITLEMENTS
        .replace(
            "requesters: [group:sre@example.com]",
            "requesters: [group:leads@example.com]",
        )
        .replace(
            "requesters: ['domain:example.com']",
            "requesters: ['user:abe@example.com']",
        );
    for is_approval in [true, false] {
        world.engine.replace_catalogue(catalogue(ENTITLEMENTS));
        world.fakes.groups.hold("ann@example.com");
        let decides = async {
            if is_approval {
                world
                    .approve("leo", waiting.id)
                    .await
                    .map(|grant| grant.state)
            } else {
                let asked = world.try_ask("ann", ask("self-serve")).await;
                asked.map(|grant| grant.state)
            }
        };
        let edits = async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            world.engine.replace_catalogue(catalogue(&edited));
            world.fakes.groups.release("ann@example.com");
        };
        let (decided, ()) = tokio::join!(decides, edits);
        assert!(decided.is_err(), "{is_approval}: {decided:?}");
    }
    world.quiet().await;
    assert_eq!(world.state(waiting.id).await, State::Denied);
    assert!(world.ours(ONE).is_empty());
}

/// Whoever joins the group that receives it gains by their own word.
#[tokio::test]
async fn a_word_does_not_count_whose_giver_gains_by_now() {
    let world = world().await;
    let night = ENTITLEMENTS
        .replace("beneficiaries: [", "beneficiaries: ['group:staff@example.com', ")
        .replace(
            "approval: {expires: 4h, steps: [{approvers: [group:leads@example.com]}]}",
            "approval: {expires: 4h, steps: [{approvers: [group:leads@example.com, user:otto@example.com], needed: 2}]}",
        );
    assert!(night.contains("needed: 2}]}\n  - id: prod-three"));
    world.engine.replace_catalogue(catalogue(&night));
    let for_staff = Ask {
        beneficiary: Some("group:staff@example.com".parse().unwrap()),
        ..ask("prod-one")
    };
    let grant = world.try_ask("ann", for_staff).await.unwrap();
    world.approve("leo", grant.id).await.unwrap();
    world
        .fakes
        .groups
        .add("staff@example.com", "leo@example.com");
    let seen = world.approve("otto", grant.id).await.unwrap();
    assert_eq!(seen.state, State::ApprovalAwaited, "one word of two");
    assert_eq!(
        world.approve("lea", grant.id).await.unwrap().state,
        State::Activating
    );
}

/// Neither at once nor by making it last longer.
#[tokio::test]
async fn nobody_gives_to_a_group_that_they_have_joined_since() {
    let world = World::new().await;
    let night = ENTITLEMENTS.replace("group:night@example.com", "group:staff@example.com");
    world.engine.replace_catalogue(catalogue(&night));
    let wish = Wish::Give(GiveWish {
        role: "roles/storage.admin".parse().unwrap(),
        resource: ONE.parse().unwrap(),
        to: "group:staff@example.com".parse().unwrap(),
        duration: None,
        start_at: None,
        justification: Some("INC-1 the night shift".into()),
        notify: Vec::new(),
    });
    let gift = world
        .engine
        .request(&caller("greta"), wish, None)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(world.state(gift.id).await, State::Active);
    world
        .fakes
        .groups
        .add("staff@example.com", "greta@example.com");
    let longer = world
        .engine
        .extend(&caller("greta"), gift.id, None, None, None)
        .await;
    assert_eq!(broken(longer), ["beneficiary"]);
}
