//! The sign-in of people beyond the token: the redirect, the callback, the exchange.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use daypass_oidc::{BeginOptions, Callback, Error, PendingLogin, RelyingParty, SignedIn};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::doors::{CLIENT_SECRET, Doors, NOW, PATIENCE, callback, login_config, parameter};
use crate::forgery::Forgery;
use crate::provider::Reply;

#[tokio::test]
async fn a_person_signs_in() {
    let doors = Doors::open().await;
    let start = doors
        .people
        .begin(BeginOptions {
            login_hint: Some("alice@example.com&prompt=consent".to_owned()),
            prompt_none: true,
            ..BeginOptions::default()
        })
        .await
        .unwrap();
    let query = |name| parameter(&start.url, name);
    assert!(
        start
            .url
            .as_str()
            .starts_with(&format!("{}/authorize?", doors.provider.issuer))
    );
    assert_eq!(query("response_type").as_deref(), Some("code"));
    assert_eq!(query("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(query("scope").as_deref(), Some("openid email profile"));
    assert_eq!(
        query("redirect_uri").as_deref(),
        Some("http://127.0.0.1:8080/auth/callback")
    );
    assert_eq!(query("hd").as_deref(), Some("example.com"));
    assert_eq!(
        query("login_hint").as_deref(),
        Some("alice@example.com&prompt=consent")
    );
    assert_eq!(query("prompt").as_deref(), Some("none"));
    // 256 bits in base64url.
    assert_eq!(query("state").unwrap().len(), 43);
    assert_eq!(query("nonce").unwrap().len(), 43);
    assert_ne!(query("state"), query("nonce"));

    let claims = doors.persons_claims(&query("nonce").unwrap());
    doors
        .provider
        .answer_with_token(&Forgery::of(claims).token());
    let challenge = query("code_challenge").unwrap();
    let answer = Callback {
        iss: Some(doors.provider.issuer.clone()),
        ..callback(&start)
    };
    let stored = start.pending.to_stored().unwrap();
    let pending = PendingLogin::from_stored(&stored).unwrap();
    let person = doors.people.finish(pending, answer).await.unwrap();
    assert_eq!(
        person,
        SignedIn {
            issuer: doors.provider.issuer.clone(),
            subject: "1001".to_owned(),
            email: "alice@example.com".to_owned(),
            hosted_domain: Some("example.com".to_owned()),
            name: Some("Alice".to_owned()),
            auth_time: Timestamp::from_second(NOW - 30).ok(),
        }
    );

    let requests = doors.provider.knobs().token_requests.clone();
    let [(authorization, form)] = requests.as_slice() else {
        panic!("one exchange, not {}", requests.len());
    };
    assert!(authorization.starts_with("Basic "), "{authorization}");
    assert!(form.contains("grant_type=authorization_code") && form.contains("code=code-1"));
    let verifier = form
        .split('&')
        .find_map(|pair| pair.strip_prefix("code_verifier="))
        .unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    assert_eq!(crate::keys::base64url(digest), challenge);
}

#[tokio::test]
async fn secrets_are_not_printed() {
    let doors = Doors::open().await;
    let start = doors.begin().await;
    let config = login_config(&doors.provider.issuer, &Arc::new(AtomicI64::new(NOW)));
    let printed = format!(
        "{:?} {config:?} {:?} {:?}",
        doors.people,
        start.pending,
        callback(&start)
    );
    let stored = start.pending.to_stored().unwrap();
    let stored: serde_json::Value = serde_json::from_str(stored.expose_secret()).unwrap();
    for secret in ["state", "nonce", "verifier"] {
        let secret = stored[secret].as_str().unwrap();
        assert!(secret.len() >= 43 && !printed.contains(secret), "{printed}");
    }
    assert!(
        !printed.contains(CLIENT_SECRET) && !printed.contains("code-1"),
        "{printed}"
    );
    assert!(matches!(
        PendingLogin::from_stored(&SecretString::from("{}")),
        Err(Error::BadPendingLogin)
    ));
}

#[tokio::test]
async fn a_callback_counts_once_in_time_and_for_its_own_sign_in() {
    let doors = Doors::open().await;

    let mine = doors.begin().await;
    let other = doors.begin().await;
    let refused = doors.people.finish(mine.pending, callback(&other)).await;
    assert!(matches!(refused, Err(Error::WrongState)), "{refused:?}");

    for state in [None, Some(String::new())] {
        let start = doors.begin().await;
        let answer = Callback {
            state,
            ..callback(&start)
        };
        let refused = doors.people.finish(start.pending, answer).await;
        assert!(matches!(refused, Err(Error::WrongState)), "{refused:?}");
    }

    let start = doors.begin().await;
    let answer = callback(&start);
    doors.pass(599);
    let nonce = parameter(&start.url, "nonce").unwrap();
    let token = Forgery::of(doors.persons_claims(&nonce)).token();
    doors.provider.answer_with_token(&token);
    // A store that forgot to remove it.
    let stored = start.pending.to_stored().unwrap();
    let copy = || PendingLogin::from_stored(&stored).unwrap();
    let exchanges = doors.provider.knobs().token_requests.len();
    let first = doors.people.finish(copy(), answer.clone()).await;
    assert!(first.is_ok(), "{first:?}");
    let second = doors.people.finish(copy(), answer.clone()).await;
    assert!(matches!(second, Err(Error::LoginSpent)), "{second:?}");
    doors.pass(1);
    let third = doors.people.finish(copy(), answer).await;
    assert!(matches!(third, Err(Error::LoginExpired)), "{third:?}");
    assert_eq!(doors.provider.knobs().token_requests.len(), exchanges + 1);
}

#[tokio::test]
async fn what_the_callback_says_against_it() {
    let doors = Doors::open().await;
    let finish = async |bend: fn(&mut Callback)| {
        let start = doors.begin().await;
        let mut answer = callback(&start);
        bend(&mut answer);
        doors.people.finish(start.pending, answer).await
    };

    let refused = finish(|answer| {
        answer.code = None;
        answer.error = Some("access_denied".to_owned());
        answer.error_description = Some("no\u{202e}\u{1b}[31m".to_owned());
    })
    .await;
    assert!(
        matches!(&refused, Err(Error::ProviderDeclined { code, description })
            if code == "access_denied" && description == r": no\u{202e}\u{1b}[31m"),
        "{refused:?}"
    );
    // An error wins over a code.
    let refused = finish(|answer| answer.error = Some("login_required".to_owned())).await;
    assert!(
        matches!(&refused, Err(Error::ProviderDeclined { code, .. }) if code == "login_required")
    );
    let refused = finish(|answer| answer.code = None).await;
    assert!(matches!(refused, Err(Error::MissingCode)), "{refused:?}");
    let refused = finish(|answer| answer.code = Some(String::new())).await;
    assert!(matches!(refused, Err(Error::MissingCode)), "{refused:?}");
    let refused = finish(|answer| answer.iss = Some("https://evil.example".to_owned())).await;
    assert!(
        matches!(refused, Err(Error::WrongIssuer { .. })),
        "{refused:?}"
    );
    assert!(doors.provider.knobs().token_requests.is_empty());
}

#[tokio::test]
async fn a_provider_that_promises_iss_must_send_it() {
    let doors = Doors::open().await;
    let mut document = doors.provider.metadata();
    document["authorization_response_iss_parameter_supported"] = json!(true);
    doors.provider.knobs().discovery = Some(Reply::Json(200, document));
    let start = doors.begin().await;
    let answer = callback(&start);
    let refused = doors.people.finish(start.pending, answer).await;
    assert!(matches!(&refused, Err(Error::WrongIssuer { found }) if found == "(none)"));
    assert!(doors.provider.knobs().token_requests.is_empty());
}

type Expected = fn(&Error) -> bool;

#[tokio::test]
async fn what_the_token_endpoint_may_answer() {
    let mut doors = Doors::open().await;
    doors.people = doors.people.with_timeout(PATIENCE);
    let foreign = format!("{}/foreign", doors.provider.issuer);
    let cases: Vec<(&str, Reply, Expected)> = vec![
        (
            "refusal",
            Reply::Json(
                400,
                json!({"error": "invalid_grant", "error_description": "used"}),
            ),
            |error| matches!(error, Error::ProviderDeclined { code, description } if code == "invalid_grant" && description == ": used"),
        ),
        ("redirect", Reply::RedirectTo(foreign), |error| {
            matches!(error, Error::Redirected { status: 307, .. })
        }),
        (
            "web page",
            Reply::Text(200, "text/html", "<html>".to_owned()),
            |error| matches!(error, Error::NotUnderstood { .. }),
        ),
        (
            "web page that fails",
            Reply::Text(403, "text/html", "<html>".to_owned()),
            |error| matches!(error, Error::NotUnderstood { .. }),
        ),
        ("failure", Reply::Json(503, json!({})), |error| {
            matches!(error, Error::UnexpectedStatus { status: 503, .. })
        }),
        (
            "no ID token",
            Reply::Json(200, json!({"access_token": "a", "token_type": "Bearer"})),
            |error| matches!(error, Error::MissingIdToken),
        ),
        (
            "ID token is a number",
            Reply::Json(
                200,
                json!({"access_token": "a", "token_type": "Bearer", "id_token": 1}),
            ),
            |error| matches!(error, Error::MissingIdToken),
        ),
        (
            "two ID tokens",
            Reply::Text(
                200,
                "application/json",
                r#"{"id_token":"a","id_token":"b"}"#.to_owned(),
            ),
            |error| matches!(error, Error::NotUnderstood { .. }),
        ),
        (
            "endless",
            Reply::Text(200, "application/json", " ".repeat(300_000)),
            |error| matches!(error, Error::BodyTooLarge { .. }),
        ),
        ("silence", Reply::Never, |error| {
            matches!(error, Error::TimedOut { .. })
        }),
    ];
    for (name, reply, expected) in cases {
        let start = doors.begin().await;
        let answer = callback(&start);
        doors.provider.knobs().token = Some(reply);
        let refused = doors.people.finish(start.pending, answer).await;
        assert!(
            matches!(&refused, Err(error) if expected(error)),
            "{name}: {refused:?}"
        );
    }
    assert_eq!(doors.provider.knobs().foreign_hits, 0);
}

/// G-4 to G-7 and G-9: a domain is in the list or it is not. Neither the end of a name nor a part of it counts, and
/// what is no domain matches nobody.
#[tokio::test]
async fn a_domain_is_listed_or_it_is_not() {
    for (listed, comes_in) in [
        (&["example.com"][..], true),
        (&["example.com", "example.org"], true),
        (&["example.org", "example.net", "EXAMPLE.com"], true),
        (&["example.example.com", "example.com"], true),
        (&["example.example.com"], false),
        (&["example.org"], false),
        (&["com"], false),
        (&["@example.com"], false),
        (&["%40example.com"], false),
        (&["*.com", "*"], false),
        (&["example.com example.org"], false),
    ] {
        let doors = Doors::open_with(|config| {
            config.allowed_domains = listed.iter().map(ToString::to_string).collect();
        })
        .await;
        let person = doors.sign_in(|_| ()).await;
        assert_eq!(person.is_ok(), comes_in, "{listed:?}: {person:?}");
        if !comes_in {
            assert!(
                matches!(&person, Err(Error::DomainNotAllowed { domain }) if domain == "example.com"),
                "{listed:?}: {person:?}"
            );
        }
    }
}

/// G-4.
#[tokio::test]
async fn nobody_may_sign_in_where_no_domain_is_listed() {
    let doors = Doors::open().await;
    let start = doors.begin().await;
    let nobody = Doors::open_with(|config| config.allowed_domains.clear()).await;
    let refused = nobody.people.begin(BeginOptions::default()).await;
    assert!(matches!(refused, Err(Error::NobodyMaySignIn)));

    // Not by a sign-in begun under another configuration either.
    let nonce = parameter(&start.url, "nonce").unwrap();
    let mut forgery = Forgery::of(nobody.persons_claims(&nonce));
    forgery.without("hd");
    nobody.provider.answer_with_token(&forgery.token());
    let answer = callback(&start);
    let refused = nobody.people.finish(start.pending, answer).await;
    assert!(
        matches!(refused, Err(Error::NobodyMaySignIn)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn addresses_that_are_not_safe_are_refused() {
    let seconds = Arc::new(AtomicI64::new(NOW));
    let build = |issuer: &str, allow: bool| {
        let mut config = login_config(issuer, &seconds);
        config.allow_loopback_http = allow;
        RelyingParty::new(config)
    };
    for (issuer, allow) in [
        ("http://127.0.0.1:9", false),
        ("http://localhost:9", true),
        ("http://127.0.0.1.evil.example", true),
        ("http://accounts.example", true),
        ("file:///etc/passwd", true),
    ] {
        let refused = build(issuer, allow);
        assert!(
            matches!(refused, Err(Error::InsecureAddress { .. })),
            "{issuer}"
        );
    }
    assert!(matches!(
        build("accounts", true),
        Err(Error::BadAddress {
            what: "login.issuer",
            ..
        })
    ));
    assert!(build("https://accounts.example", false).is_ok());
    assert!(build("http://[::1]:9", true).is_ok());

    let doors = Doors::open().await;
    for member in ["authorization_endpoint", "jwks_uri"] {
        let doors = Doors::open().await;
        let mut document = doors.provider.metadata();
        document[member] = json!("http://evil.example/x");
        doors.provider.knobs().discovery = Some(Reply::Json(200, document));
        let refused = doors.people.discover().await;
        assert!(
            matches!(refused, Err(Error::InsecureAddress { .. })),
            "{member}: {refused:?}"
        );
    }
    let mut document = doors.provider.metadata();
    document["token_endpoint"] = json!("http://evil.example/token");
    doors.provider.knobs().discovery = Some(Reply::Json(200, document));
    let start = doors.begin().await;
    let answer = callback(&start);
    let refused = doors.people.finish(start.pending, answer).await;
    assert!(
        matches!(refused, Err(Error::InsecureAddress { .. })),
        "{refused:?}"
    );
}
