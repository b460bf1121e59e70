//! A sign-in that lends the person's own access token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use daypass_oidc::{BeginOptions, Error, LentToken, SignedIn};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::doors::{Doors, NOW, callback, parameter};
use crate::forgery::Forgery;
use crate::provider::Reply;

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Begins, lets the token endpoint answer this, with an ID token that vouches for `vouched`, and finishes.
async fn lend(
    doors: &Doors,
    vouched: Option<&str>,
    mut answer: Value,
) -> Result<(SignedIn, LentToken), Error> {
    let options = BeginOptions {
        lend: Some(SCOPE.into()),
        ..BeginOptions::default()
    };
    let start = doors.people.begin(options).await.unwrap();
    assert_eq!(
        parameter(&start.url, "scope").unwrap(),
        format!("openid email profile {SCOPE}")
    );
    let mut claims = doors.persons_claims(&parameter(&start.url, "nonce").unwrap());
    if let Some(token) = vouched {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
        claims["at_hash"] = json!(URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]));
    }
    answer["token_type"] = json!("Bearer");
    answer["id_token"] = json!(Forgery::of(claims).token());
    doors.provider.knobs().token = Some(Reply::Json(200, answer));
    let callback = callback(&start);
    doors
        .people
        .finish_lending(start.pending, callback, SCOPE)
        .await
}

#[tokio::test]
async fn a_token_is_lent() {
    let doors = Doors::open().await;
    for scope in [None, Some(format!("openid {SCOPE}"))] {
        let mut answer = json!({"access_token": "canary", "expires_in": 600});
        if let Some(scope) = scope {
            answer["scope"] = json!(scope);
        }
        let (person, token) = lend(&doors, Some("canary"), answer).await.unwrap();
        assert_eq!(person.email, "alice@example.com");
        assert_eq!(token.secret.expose_secret(), "canary");
        assert_eq!(token.expires_at, Timestamp::from_second(NOW + 600).unwrap());
        assert!(!format!("{token:?}").contains("canary"));
    }
}

#[tokio::test]
async fn a_token_that_is_not_this_persons_is_refused() {
    let doors = Doors::open().await;
    let answer = json!({"access_token": "canary", "expires_in": 600});
    for vouched in [None, Some("another")] {
        let refused = lend(&doors, vouched, answer.clone()).await.unwrap_err();
        assert!(matches!(refused, Error::WrongAccessToken), "{refused}");
        assert!(!format!("{refused:?}").contains("canary"));
    }
}

#[tokio::test]
async fn a_box_that_was_not_ticked_and_a_token_without_an_end() {
    let doors = Doors::open().await;
    let answer = json!({"access_token": "canary", "expires_in": 600, "scope": "openid email"});
    let refused = lend(&doors, Some("canary"), answer).await.unwrap_err();
    assert!(matches!(refused, Error::ScopeNotGranted), "{refused}");
    let answer = json!({"access_token": "canary"});
    let refused = lend(&doors, Some("canary"), answer).await.unwrap_err();
    assert!(matches!(refused, Error::MissingAccessToken), "{refused}");
    // No token outlives the hour that is believed.
    let answer = json!({"access_token": "canary", "expires_in": 86_400});
    let (_, token) = lend(&doors, Some("canary"), answer).await.unwrap();
    assert_eq!(
        token.expires_at,
        Timestamp::from_second(NOW + 3_600).unwrap()
    );
}
