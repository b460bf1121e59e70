//! Signing in: the code flow with PKCE, and what is wrong with hostile tokens.

use crate::client::{Client, started};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use daypass_sandbox::{Hostility, Sandbox};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const REDIRECT: &str = "http://127.0.0.1:4000/callback";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-rfc-7636-0123456789";

/// The authorization address for a person, without a page.
fn authorization(person: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", "daypass-sandbox")
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("response_type", "code")
        .append_pair(
            "scope",
            "openid email profile https://www.googleapis.com/auth/cloud-platform",
        )
        .append_pair("state", "s1")
        .append_pair("nonce", "n1")
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .append_pair("login_hint", person)
        .append_pair("prompt", "none")
        .finish();
    format!("/o/oauth2/v2/auth?{query}")
}

async fn code(client: &Client, person: &str) -> String {
    let reply = client.get(&authorization(person)).await;
    let target = url::Url::parse(reply.headers["location"].to_str().unwrap()).unwrap();
    let pairs: std::collections::HashMap<_, _> = target.query_pairs().into_owned().collect();
    assert_eq!(pairs["state"], "s1");
    pairs["code"].clone()
}

async fn redeem(client: &Client, code: &str, verifier: &str, secret: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("client_id", "daypass-sandbox"),
        ("client_secret", secret),
        ("code_verifier", verifier),
    ];
    let reply = client
        .http
        .post(format!("{}/token", client.base))
        .form(&form)
        .send()
        .await
        .unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

/// The claims, if the token is one to accept.
async fn verify(client: &Client, token: &str, nonce: &str) -> Result<Value, String> {
    let keys: JwkSet = serde_json::from_value(client.get("/certs").await.ok()).unwrap();
    let header = jsonwebtoken::decode_header(token).map_err(|error| error.to_string())?;
    let key = keys
        .find(header.kid.as_deref().unwrap_or_default())
        .ok_or("no such key")?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["daypass-sandbox"]);
    validation.set_issuer(&[&client.base]);
    let decoded =
        jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation);
    let claims = decoded.map_err(|error| error.to_string())?.claims;
    if claims["nonce"] != nonce {
        return Err("nonce".to_owned());
    }
    if claims["hd"] != "example.com" || claims["email_verified"] != true {
        return Err("domain".to_owned());
    }
    Ok(claims)
}

async fn setting() -> (Sandbox, Client) {
    let sandbox = started().await;
    let client = Client::new(&sandbox, "user:bob@example.com");
    (sandbox, client)
}

#[tokio::test]
async fn a_login_yields_an_id_token_and_the_persons_own_access_token() {
    let (_sandbox, client) = setting().await;
    let discovery = client.get("/.well-known/openid-configuration").await.ok();
    assert_eq!(
        (&discovery["issuer"], &discovery["token_endpoint"]),
        (
            &json!(client.base),
            &json!(format!("{}/token", client.base))
        )
    );
    let code = code(&client, "alice@example.com").await;
    let (status, tokens) = redeem(&client, &code, VERIFIER, "sandbox-secret").await;
    assert_eq!(status, 200, "{tokens}");
    let claims = verify(&client, tokens["id_token"].as_str().unwrap(), "n1")
        .await
        .unwrap();
    assert_eq!(
        (&claims["email"], &claims["name"]),
        (&json!("alice@example.com"), &json!("Alice Archer"))
    );
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(
        claims["at_hash"],
        URL_SAFE_NO_PAD.encode(&Sha256::digest(access.as_bytes())[..16])
    );
    let alice = client.with_token(access);
    let info = alice.get("/userinfo").await.ok();
    assert_eq!(
        (&info["sub"], &info["hd"]),
        (&claims["sub"], &json!("example.com"))
    );
    alice.get("/v1/projects/acme-prod").await.ok();

    let (status, again) = redeem(&client, &code, VERIFIER, "sandbox-secret").await;
    assert_eq!(
        (status, &again["error"]),
        (400, &json!("invalid_grant")),
        "a code works once"
    );
    let form = [("token", access)];
    client
        .http
        .post(format!("{}/revoke", client.base))
        .form(&form)
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    assert_eq!(alice.get("/v1/projects/acme-prod").await.status, 401);
}

#[tokio::test]
async fn a_code_needs_its_verifier_and_the_client_its_secret() {
    let (_sandbox, client) = setting().await;
    let stolen = code(&client, "alice@example.com").await;
    let (_, reply) = redeem(&client, &stolen, "another-verifier", "sandbox-secret").await;
    assert_eq!(reply["error"], "invalid_grant");
    let stolen = code(&client, "alice@example.com").await;
    let (status, reply) = redeem(&client, &stolen, VERIFIER, "wrong").await;
    assert_eq!((status, &reply["error"]), (401, &json!("invalid_client")));
}

#[tokio::test]
async fn the_page_lists_the_people_and_unsafe_requests_are_not_redirected() {
    let (_sandbox, client) = setting().await;
    let with_page = authorization("alice@example.com").replace("&prompt=none", "");
    let page = client.get(&with_page).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("Alice Archer") && page.text.contains("sandbox_person=gina%40gmail.com"),
        "{}",
        page.text
    );
    let elsewhere = with_page.replace(
        "http%3A%2F%2F127.0.0.1%3A4000",
        "https%3A%2F%2Fevil.example",
    );
    assert_eq!(client.get(&elsewhere).await.status, 400);
    let location =
        |reply: crate::client::Reply| reply.headers["location"].to_str().unwrap().to_owned();
    let plain = client
        .get(&authorization("alice@example.com").replace("S256", "plain"))
        .await;
    assert!(location(plain).contains("error=invalid_request"));
    let stranger = client.get(&authorization("nobody@example.com")).await;
    assert!(location(stranger).contains("error=login_required"));
}

#[tokio::test]
async fn every_hostile_token_has_its_flaw_and_only_the_next_login_is_hostile() {
    let (sandbox, client) = setting().await;
    for hostility in [
        Hostility::WrongAudience,
        Hostility::WrongIssuer,
        Hostility::WrongNonce,
        Hostility::MissingNonce,
        Hostility::Expired,
        Hostility::AlgNone,
        Hostility::HmacWithPublicKey,
        Hostility::UnknownKey,
        Hostility::BrokenSignature,
        Hostility::MissingHostedDomain,
        Hostility::WrongHostedDomain,
        Hostility::UnverifiedEmail,
    ] {
        sandbox.cloud().set_hostility(Some(hostility));
        let bad = code(&client, "alice@example.com").await;
        let (_, tokens) = redeem(&client, &bad, VERIFIER, "sandbox-secret").await;
        assert!(
            verify(&client, tokens["id_token"].as_str().unwrap(), "n1")
                .await
                .is_err(),
            "{hostility:?}"
        );
        let good = code(&client, "alice@example.com").await;
        let (_, tokens) = redeem(&client, &good, VERIFIER, "sandbox-secret").await;
        verify(&client, tokens["id_token"].as_str().unwrap(), "n1")
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn machines_get_id_tokens_for_an_audience() {
    let (_sandbox, client) = setting().await;
    let body = json!({"email": "scheduler@acme-access.iam.gserviceaccount.com", "audience": "daypass-sandbox"});
    let token = client.post("/sandbox/id-tokens", &body).await.ok();
    let payload = token["id_token"]
        .as_str()
        .unwrap()
        .split('.')
        .nth(1)
        .unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!(client.base), &json!("daypass-sandbox"))
    );
    assert_eq!(
        claims["email"],
        "scheduler@acme-access.iam.gserviceaccount.com"
    );
    assert!(claims.get("hd").is_none());
    let nobody = json!({"email": "nobody@example.com", "audience": "x"});
    assert_eq!(client.post("/sandbox/id-tokens", &nobody).await.status, 400);
}
