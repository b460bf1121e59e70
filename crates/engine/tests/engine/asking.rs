//! Asking, giving, withdrawing, and their bounds.

use daypass_core::audit::Action;
use daypass_core::duration::Duration;
use daypass_core::request::Ask;
use daypass_core::state::State;
use daypass_engine::ports::IdempotencyKey;
use daypass_engine::{Error, GiveWish, Settings, Wish};
use jiff::SignedDuration;

use crate::support::{ENTITLEMENTS, ONE, World, ask, caller, catalogue};

fn key(who: &str, key: &str) -> IdempotencyKey {
    IdempotencyKey {
        person: caller(who).person.email,
        key: key.into(),
        request: [1; 32],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_is_one_request() {
    let world = World::new().await;
    let tries = (0..20).map(|_| {
        let engine = world.engine.clone();
        tokio::spawn(async move {
            engine
                .request(
                    &caller("ann"),
                    Wish::Ask(ask("self-serve")),
                    Some(key("ann", "k")),
                )
                .await
        })
    });
    let made: Vec<_> = futures::future::join_all(tries)
        .await
        .into_iter()
        .map(|made| made.unwrap().unwrap().id)
        .collect();
    assert!(made.iter().all(|id| *id == made[0]), "{made:?}");
    assert_eq!(world.count(Action::Requested).await, 1);
    let other = world
        .engine
        .request(
            &caller("abe"),
            Wish::Ask(ask("self-serve")),
            Some(key("abe", "k")),
        )
        .await
        .unwrap();
    assert_ne!(other.id, made[0], "keys of different people never meet");
    let elsewhere = IdempotencyKey {
        request: [2; 32],
        ..key("ann", "k")
    };
    let misused = world
        .engine
        .request(&caller("ann"), Wish::Ask(ask("prod-one")), Some(elsewhere))
        .await;
    assert!(matches!(misused, Err(Error::Conflict(_))), "{misused:?}");
}

/// T23: neither by asking, nor by an entitlement that is changed while a request waits.
#[tokio::test]
async fn nothing_is_given_where_daypass_itself_runs() {
    let world = World::with(Settings {
        own_projects: ["acme-own".to_owned()].into(),
        ..Settings::default()
    })
    .await;
    let waits = world.requested("ann", "prod-one").await;
    let own = ENTITLEMENTS.replace("projects/acme-one", "projects/acme-own");
    world.engine.replace_catalogue(catalogue(&own));
    for entitlement in ["prod-one", "self-serve"] {
        let Err(Error::Denied(rules)) = world.try_ask("ann", ask(entitlement)).await else {
            panic!("{entitlement} is given");
        };
        let broken: Vec<_> = rules.iter().filter(|rule| !rule.holds).collect();
        assert_eq!(broken.len(), 1);
        assert_eq!(broken[0].name, "own-project");
    }
    world.quiet().await;
    assert_eq!(world.state(waits.id).await, State::Denied);
}

/// A project has two names, and an account's address tells its project, whatever stands before it.
#[tokio::test]
async fn nothing_is_given_there_by_another_name() {
    let world = World::with(Settings {
        own_projects: ["acme-own".to_owned()].into(),
        ..Settings::default()
    })
    .await;
    world.fakes.iam.number("acme-own", "42");
    world.fakes.iam.number("acme-one", "41");
    for (name, is_own) in [
        ("projects/42", true),
        (
            "projects/42/serviceAccounts/daypass@acme-own.iam.gserviceaccount.com",
            true,
        ),
        (
            "projects/acme-one/serviceAccounts/daypass@acme-own.iam.gserviceaccount.com",
            true,
        ),
        ("projects/41", false),
        (
            "projects/acme-one/serviceAccounts/deployer@acme-one.iam.gserviceaccount.com",
            false,
        ),
    ] {
        let named = ENTITLEMENTS.replace("projects/acme-one", name);
        world.engine.replace_catalogue(catalogue(&named));
        let asked = world.try_ask("ann", ask("self-serve")).await;
        let broken: Vec<String> = match asked {
            Err(Error::Denied(rules)) => rules
                .into_iter()
                .filter(|rule| !rule.holds)
                .map(|rule| rule.name)
                .collect(),
            _ => Vec::new(),
        };
        assert_eq!(broken == ["own-project"], is_own, "{name}: {broken:?}");
        assert!(is_own || broken.is_empty(), "{name}: {broken:?}");
    }
}

#[tokio::test]
async fn requests_are_bounded() {
    let world = World::with(Settings {
        max_open_requests: 2,
        requests_an_hour: 4,
        ..Settings::default()
    })
    .await;
    let first = world.requested("ann", "prod-one").await;
    world.requested("ann", "prod-one").await;
    assert!(matches!(
        world.try_ask("ann", ask("prod-one")).await,
        Err(Error::TooMany(_))
    ));
    world.requested("abe", "prod-one").await;
    world
        .engine
        .withdraw(&caller("ann"), first.id)
        .await
        .unwrap();
    world.requested("ann", "prod-one").await;
    world.requested("ann", "self-serve").await;
    assert!(
        matches!(
            world.try_ask("ann", ask("self-serve")).await,
            Err(Error::TooMany(_))
        ),
        "four in an hour"
    );
    world.fakes.clock.advance(3_601);
    world.requested("ann", "self-serve").await;
}

#[tokio::test]
async fn who_may_not_ask_gets_nothing() {
    let world = World::new().await;
    for (who, entitlement) in [("eve", "prod-one"), ("greta", "prod-one")] {
        assert!(
            matches!(
                world.try_ask(who, ask(entitlement)).await,
                Err(Error::Denied(_))
            ),
            "{who}"
        );
    }
    assert!(matches!(
        world.try_ask("ann", ask("no-such-thing")).await,
        Err(Error::NotFound { .. })
    ));
    let too_long = Ask {
        duration: Some(Duration::minutes(241)),
        ..ask("prod-one")
    };
    assert!(matches!(
        world.try_ask("ann", too_long).await,
        Err(Error::Denied(_))
    ));
    assert_eq!(world.trail().await.len(), 0);
}

/// The explanation and the request are one function: what is explained as denied cannot be had.
#[tokio::test]
async fn explaining_changes_nothing() {
    let world = World::new().await;
    let wish = Wish::Ask(ask("prod-one"));
    let explained = world
        .engine
        .explain(&caller("ann").person, &wish)
        .await
        .unwrap();
    assert_eq!(
        explained
            .approvers
            .iter()
            .map(daypass_core::email::Email::as_str)
            .collect::<Vec<_>>(),
        ["lea@example.com", "leo@example.com"]
    );
    assert_eq!(world.trail().await.len(), 0);
    let made = world.requested("ann", "prod-one").await;
    assert_eq!(Some(made.terms), explained.terms);
}

#[tokio::test]
async fn withdrawing_is_the_requesters() {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    assert!(
        world
            .engine
            .withdraw(&caller("leo"), grant.id)
            .await
            .is_err()
    );
    world
        .engine
        .withdraw(&caller("ann"), grant.id)
        .await
        .unwrap();
    assert!(world.approve("leo", grant.id).await.is_err());
    assert_eq!(world.state(grant.id).await, State::Withdrawn);
}

fn gift(to: &str) -> Wish {
    Wish::Give(GiveWish {
        role: "roles/storage.admin".parse().unwrap(),
        resource: ONE.parse().unwrap(),
        to: to.parse().unwrap(),
        duration: Some(Duration::minutes(30)),
        start_at: None,
        justification: Some("INC-2 on call".into()),
        notify: Vec::new(),
    })
}

#[tokio::test]
async fn a_grantor_makes_a_gift_last_longer_and_nobody_else_does() {
    let world = World::new().await;
    let wish = gift("user:new@example.com");
    let given = world
        .engine
        .request(&caller("greta"), wish, None)
        .await
        .unwrap();
    world.quiet().await;
    let longer = |who: &'static str, id| {
        let engine = world.engine.clone();
        async move {
            let half_an_hour = Some(Duration::minutes(30));
            engine
                .extend(&caller(who), id, half_an_hour, None, None)
                .await
        }
    };
    assert!(
        matches!(longer("new", given.id).await, Err(Error::Denied(_))),
        "the one who has it may not ask for the entitlement"
    );
    let mut last = given.id;
    for _ in 0..2 {
        let child = longer("greta", last).await.unwrap();
        assert!(child.approval.is_none(), "a gift needs nobody else's word");
        world.quiet().await;
        let (parent, grown) = (world.grant(last).await, world.grant(child.id).await);
        assert_eq!(grown.state, State::Active, "{parent:#?} {grown:#?}");
        assert_eq!(world.state(last).await, State::Ended);
        last = child.id;
    }
    assert_eq!(world.ours(ONE).len(), 1);
}

#[tokio::test]
async fn a_grantor_gives_what_exactly_one_entitlement_names() {
    let world = World::new().await;
    for to in [
        "user:new@example.com",
        "group:night@example.com",
        "serviceAccount:job@acme-one.iam.gserviceaccount.com",
    ] {
        let grant = world
            .engine
            .request(&caller("greta"), gift(to), None)
            .await
            .unwrap();
        world.quiet().await;
        assert_eq!(world.state(grant.id).await, State::Active, "{to}");
        assert!(
            world
                .ours(ONE)
                .iter()
                .any(|binding| binding["members"][0] == to),
            "{to}"
        );
    }
    assert!(
        matches!(
            world
                .engine
                .request(&caller("ann"), gift("user:abe@example.com"), None)
                .await,
            Err(Error::Denied(_))
        ),
        "no grantor"
    );
    let unnamed = Wish::Give(GiveWish {
        role: "roles/iam.admin".parse().unwrap(),
        ..match gift("user:a@example.com") {
            Wish::Give(give) => give,
            Wish::Ask(_) => unreachable!(),
        }
    });
    assert!(
        matches!(
            world.engine.request(&caller("greta"), unnamed, None).await,
            Err(Error::Denied(_))
        ),
        "what no entitlement names is not given"
    );
    let twice = format!(
        "{ENTITLEMENTS}{}",
        "  - id: prod-again\n    requesters: [group:sre@example.com]\n    grantors: [user:greta@example.com]\n    privileges: [{resource: projects/acme-one, roles: [roles/storage.admin]}]\n    approval: none\n"
    );
    world.engine.replace_catalogue(catalogue(&twice));
    let several = world
        .engine
        .request(&caller("greta"), gift("user:a@example.com"), None)
        .await
        .unwrap_err();
    assert!(
        several.to_string().contains("prod-again, prod-one"),
        "{several}"
    );
}

#[tokio::test]
async fn a_scheduled_grant_begins_at_its_start_if_its_requester_still_may() {
    for loses in [false, true] {
        let world = World::new().await;
        let start = world.engine.now() + SignedDuration::from_hours(10);
        let grant = world
            .try_ask(
                "ann",
                Ask {
                    start_at: Some(start),
                    ..ask("prod-one")
                },
            )
            .await
            .unwrap();
        world.approve("leo", grant.id).await.unwrap();
        assert_eq!(world.state(grant.id).await, State::Scheduled);
        world.fakes.clock.advance(10 * 3_600 - 1);
        world.quiet().await;
        assert_eq!(
            (world.state(grant.id).await, world.fakes.iam.writes(ONE)),
            (State::Scheduled, 0)
        );
        if loses {
            world
                .fakes
                .groups
                .remove("sre@example.com", "ann@example.com");
        }
        world.fakes.clock.advance(1);
        world.quiet().await;
        let (state, writes) = (world.state(grant.id).await, world.fakes.iam.writes(ONE));
        assert_eq!(
            (state, writes),
            if loses {
                (State::Revoked, 0)
            } else {
                (State::Active, 1)
            }
        );
    }
}

#[tokio::test]
async fn a_part_can_be_asked_for() {
    let world = World::new().await;
    let part = Ask {
        only: vec![crate::support::THREE[2].into()],
        ..ask("prod-three")
    };
    let grant = world.try_ask("ann", part).await.unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
    let counts: Vec<usize> = crate::support::THREE
        .iter()
        .map(|resource| world.ours(resource).len())
        .collect();
    assert_eq!(counts, [0, 0, 1]);
}
