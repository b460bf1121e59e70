//! The provider's keys and metadata over time: down, back, rotated, lying.

use daypass_oidc::{BeginOptions, Error};
use serde_json::json;

use crate::doors::{Doors, PATIENCE};
use crate::keys::{Signer, keys};
use crate::provider::Reply;

fn only(key_ids: &[&str]) -> Reply {
    let mut published = keys().published();
    published.retain(|key| key_ids.contains(&key["kid"].as_str().unwrap()));
    Reply::Json(200, json!({ "keys": published }))
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_at_most_once_a_minute() {
    let doors = Doors::open().await;
    doors.provider.knobs().key_set = Some(only(&["rsa-1"]));
    assert!(doors.call(|_| ()).await.is_ok());
    assert!(doors.sign_in(|_| ()).await.is_ok());
    assert_eq!(doors.provider.knobs().key_set_hits, 2, "one for each door");

    // Rotated within the minute: strangers cannot make us ask.
    doors.provider.knobs().key_set = Some(only(&["rsa-1", "rsa-2"]));
    doors.pass(59);
    for _ in 0..5 {
        let refused = doors
            .call(|f| f.signed_by(Signer::Second, "RS256", "rsa-2"))
            .await;
        assert!(
            matches!(refused, Err(Error::UnknownKey { .. })),
            "{refused:?}"
        );
        let refused = doors
            .sign_in(|f| f.signed_by(Signer::Second, "RS256", "rsa-2"))
            .await;
        assert!(
            matches!(refused, Err(Error::UnknownKey { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(doors.provider.knobs().key_set_hits, 2);

    doors.pass(1);
    let machine = doors
        .call(|f| f.signed_by(Signer::Second, "RS256", "rsa-2"))
        .await;
    assert!(machine.is_ok(), "{machine:?}");
    let person = doors
        .sign_in(|f| f.signed_by(Signer::Second, "RS256", "rsa-2"))
        .await;
    assert!(person.is_ok(), "{person:?}");
    assert_eq!(doors.provider.knobs().key_set_hits, 4);
}

#[tokio::test]
async fn the_last_good_keys_stay_while_the_provider_is_down_and_withdrawn_ones_go() {
    let doors = Doors::open().await;
    assert!(doors.call(|_| ()).await.is_ok());
    assert!(doors.sign_in(|_| ()).await.is_ok());

    for broken in [
        Reply::Json(503, json!({})),
        Reply::Json(404, json!({})),
        Reply::Text(200, "text/html", "<html>".to_owned()),
        Reply::Json(200, json!({"no": "keys"})),
    ] {
        doors.provider.knobs().key_set = Some(broken);
        doors.pass(3600);
        let hits = doors.provider.knobs().key_set_hits;
        let machine = doors.call(|_| ()).await;
        assert!(machine.is_ok(), "{machine:?}");
        let person = doors.sign_in(|_| ()).await;
        assert!(person.is_ok(), "{person:?}");
        assert_eq!(
            doors.provider.knobs().key_set_hits,
            hits + 2,
            "renewal was tried once a door"
        );
        let unknown = doors.call(|f| f.header("kid", "new")).await;
        assert!(
            matches!(unknown, Err(Error::UnknownKey { .. })),
            "{unknown:?}"
        );
    }

    doors.provider.knobs().key_set = Some(only(&["rsa-2"]));
    doors.pass(3600);
    let machine = doors.call(|_| ()).await;
    assert!(
        matches!(machine, Err(Error::UnknownKey { .. })),
        "{machine:?}"
    );
    let person = doors.sign_in(|_| ()).await;
    assert!(
        matches!(person, Err(Error::UnknownKey { .. })),
        "{person:?}"
    );
}

#[tokio::test]
async fn a_provider_that_is_down_at_the_start_is_asked_again() {
    let doors = Doors::open().await;
    doors.provider.knobs().discovery = Some(Reply::Json(503, json!({})));
    let refused = doors.people.discover().await;
    assert!(
        matches!(refused, Err(Error::UnexpectedStatus { status: 503, .. })),
        "{refused:?}"
    );
    let refused = doors.call(|_| ()).await;
    assert!(
        matches!(refused, Err(Error::UnexpectedStatus { status: 503, .. })),
        "{refused:?}"
    );

    doors.provider.knobs().discovery = None;
    let hits = doors.provider.knobs().discovery_hits;
    let refused = doors.people.begin(BeginOptions::default()).await;
    assert!(matches!(&refused, Err(error @ Error::ProviderDown { .. }) if error.is_unavailable()));
    let refused = doors.call(|_| ()).await;
    assert!(
        matches!(refused, Err(Error::ProviderDown { .. })),
        "{refused:?}"
    );
    assert_eq!(
        doors.provider.knobs().discovery_hits,
        hits,
        "not asked within five seconds"
    );

    doors.pass(5);
    assert!(doors.sign_in(|_| ()).await.is_ok());
    assert!(doors.call(|_| ()).await.is_ok());
}

#[tokio::test]
async fn what_discovery_may_answer() {
    type Answer = fn(&Doors) -> Reply;
    type Expected = fn(&Error) -> bool;
    let cases: Vec<(&str, Answer, Expected)> = vec![
        (
            "another issuer",
            |doors| {
                let mut document = doors.provider.metadata();
                document["issuer"] = json!("https://evil.example");
                Reply::Json(200, document)
            },
            |error| matches!(error, Error::IssuerMismatch { .. }),
        ),
        (
            "redirect",
            |doors| Reply::RedirectTo(format!("{}/foreign", doors.provider.issuer)),
            |error| matches!(error, Error::Redirected { status: 307, .. }),
        ),
        (
            "web page",
            |_| Reply::Text(200, "text/html", "<html>".to_owned()),
            |error| matches!(error, Error::NotUnderstood { .. }),
        ),
        (
            "not there",
            |_| Reply::Json(404, json!({})),
            |error| matches!(error, Error::UnexpectedStatus { status: 404, .. }),
        ),
        (
            "endless",
            |_| Reply::Text(200, "application/json", " ".repeat(300_000)),
            |error| matches!(error, Error::BodyTooLarge { .. }),
        ),
        (
            "silence",
            |_| Reply::Never,
            |error| matches!(error, Error::TimedOut { .. }),
        ),
    ];
    for (name, reply, expected) in cases {
        let mut doors = Doors::open().await;
        doors.people = doors.people.with_timeout(PATIENCE);
        doors.machines = doors.machines.with_timeout(PATIENCE);
        let reply = reply(&doors);
        doors.provider.knobs().discovery = Some(reply);
        let refused = doors.people.discover().await;
        assert!(
            matches!(&refused, Err(error) if expected(error)),
            "people: {name}: {refused:?}"
        );
        let refused = doors.call(|_| ()).await;
        assert!(
            matches!(&refused, Err(error) if expected(error)),
            "machines: {name}: {refused:?}"
        );
        assert_eq!(doors.provider.knobs().foreign_hits, 0, "{name}");
    }
}

#[tokio::test]
async fn nobody_listens() {
    let mut doors = Doors::open().await;
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    doors.provider.issuer.clone_from(&issuer);
    doors.machines =
        daypass_oidc::MachineVerifier::new(vec![crate::doors::machine_issuer(&issuer)], true)
            .unwrap();
    let refused = doors.call(|_| ()).await;
    assert!(
        matches!(&refused, Err(error @ Error::Unreachable { .. }) if error.is_unavailable()),
        "{refused:?}"
    );
}

/// Callers at once, on threads of their own, cause one fetch for each door.
#[tokio::test(flavor = "multi_thread")]
async fn callers_share_a_fetch() {
    let doors = std::sync::Arc::new(Doors::open().await);
    let calls: Vec<_> = (0..100)
        .map(|number| {
            let doors = std::sync::Arc::clone(&doors);
            tokio::spawn(async move {
                if number % 2 == 0 {
                    doors.call(|_| ()).await.map(|_| ())
                } else {
                    let begun = doors.people.begin(BeginOptions::default()).await;
                    begun.map(|_| ())
                }
            })
        })
        .collect();
    for call in calls {
        let outcome = call.await.unwrap();
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    assert_eq!(doors.provider.knobs().discovery_hits, 2);
    // The whole sign-in can move between threads too, as a web server needs.
    let shared = std::sync::Arc::clone(&doors);
    let person = tokio::spawn(async move { shared.sign_in(|_| ()).await });
    assert!(person.await.unwrap().is_ok());
    assert_eq!(doors.provider.knobs().key_set_hits, 2);
}
