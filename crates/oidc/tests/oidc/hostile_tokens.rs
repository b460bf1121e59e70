//! One table of bent tokens, run against both doors.

use daypass_oidc::Error;
use serde_json::json;

use crate::doors::{CLIENT_ID, Doors, NOW};
use crate::forgery::Forgery;
use crate::keys::Signer;

#[derive(Clone, Copy, PartialEq)]
enum At {
    Both,
    People,
    Machines,
}

type Twist = fn(&mut Forgery);

struct Case {
    at: At,
    name: &'static str,
    twist: Twist,
    expected: &'static str,
    refused_so: fn(&Error) -> bool,
}

macro_rules! case {
    ($at:ident, $name:literal, $twist:expr, $error:pat $(if $guard:expr)?) => {
        Case {
            at: At::$at,
            name: $name,
            twist: $twist,
            expected: stringify!($error $(if $guard)?),
            refused_so: |error| matches!(error, $error $(if $guard)?),
        }
    };
}

// One case a line, so that it reads as the table it is.
#[rustfmt::skip]
fn cases() -> Vec<Case> {
    vec![
        // The outside.
        case!(Both, "empty", |f| f.finish = |_| String::new(), Error::MalformedToken { .. }),
        case!(Both, "two parts", |f| f.finish = |t| t.rsplit_once('.').unwrap().0.to_owned(), Error::MalformedToken { .. }),
        case!(Both, "four parts", |f| f.finish = |t| t + ".AAAA", Error::MalformedToken { .. }),
        case!(Both, "padding", |f| f.finish = |t| t.replacen('.', "=.", 1), Error::MalformedToken { .. }),
        case!(Both, "not base64", |f| f.finish = |t| format!("ä{t}"), Error::MalformedToken { .. }),
        case!(Both, "claims are a list", |f| f.finish = |t| { let parts: Vec<&str> = t.split('.').collect(); format!("{}.W10.{}", parts[0], parts[2]) }, Error::MalformedToken { .. }),
        case!(Both, "oversized", |f| f.claim("padding", "x".repeat(20_000)), Error::TokenTooLarge { .. }),
        case!(Both, "issuer twice", |f| f.claims_prefix = String::from(r#""iss":"https://evil.example","#), Error::DuplicateMember { name } if name == "iss"),
        case!(Both, "email twice, once escaped", |f| f.claims_prefix = String::from(r#""\u0065mail":"root@example.com","#), Error::DuplicateMember { name } if name == "email"),
        case!(Both, "twice further down", |f| f.claims_prefix = String::from(r#""x":{"a":1,"a":2},"#), Error::DuplicateMember { name } if name == "a"),
        case!(Both, "algorithm twice", |f| f.header_prefix = String::from(r#""alg":"none","#), Error::DuplicateMember { name } if name == "alg"),
        case!(Both, "critical extension", |f| f.header("crit", json!(["exp"])), Error::MalformedToken { .. }),
        case!(Both, "an access token's type", |f| f.header("typ", "at+jwt"), Error::MalformedToken { .. }),
        // Algorithm and key.
        case!(Both, "alg none", |f| f.signed_by(Signer::Nobody, "none", "rsa-1"), Error::AlgorithmNotAllowed { algorithm } if algorithm == "none"),
        case!(Both, "alg nOnE", |f| f.signed_by(Signer::Nobody, "nOnE", "rsa-1"), Error::AlgorithmNotAllowed { .. }),
        case!(Both, "public key as HMAC secret", |f| f.signed_by(Signer::PublicKeyAsSecret, "HS256", "rsa-1"), Error::AlgorithmNotAllowed { algorithm } if algorithm == "HS256"),
        case!(Both, "HMAC that calls itself RS256", |f| f.signed_by(Signer::PublicKeyAsSecret, "RS256", "rsa-1"), Error::BadSignature),
        case!(Both, "RS512", |f| f.header("alg", "RS512"), Error::AlgorithmNotAllowed { .. }),
        case!(Both, "no algorithm", |f| { f.header.shift_remove("alg"); }, Error::MalformedToken { .. }),
        case!(Both, "no key id", |f| { f.header.shift_remove("kid"); }, Error::MissingKeyId),
        case!(Both, "empty key id", |f| f.header("kid", ""), Error::MissingKeyId),
        case!(Both, "numeric key id", |f| f.header("kid", 1), Error::MissingKeyId),
        case!(Both, "unknown key", |f| f.header("kid", "rsa-9"), Error::UnknownKey { key_id } if key_id == "rsa-9"),
        case!(Both, "key in the header", |f| { f.signed_by(Signer::Second, "RS256", "rsa-1"); f.header("jwk", crate::keys::keys().published()[1].clone()); }, Error::BadSignature),
        case!(Both, "another key's id", |f| f.header("kid", "rsa-2"), Error::BadSignature),
        case!(Both, "curve's id on an RSA signature", |f| f.header("kid", "ec-1"), Error::UnusableKey { .. }),
        case!(Both, "ES256 by an RSA key", |f| f.header("alg", "ES256"), Error::UnusableKey { .. }),
        case!(Both, "key for encryption", |f| f.header("kid", "for-encryption"), Error::UnusableKey { .. }),
        case!(Both, "key for RS512", |f| f.header("kid", "for-rs512"), Error::UnusableKey { .. }),
        case!(Both, "two keys of one id", |f| f.header("kid", "twin"), Error::UnusableKey { .. }),
        case!(Both, "shared secret published", |f| f.header("kid", "shared"), Error::UnusableKey { .. }),
        // The signature.
        case!(Both, "no signature", |f| f.signer = Signer::Nobody, Error::BadSignature),
        case!(Both, "clipped signature", |f| f.finish = |t| with_clipped_signature(&t), Error::BadSignature),
        case!(Both, "text clipped within a byte", |f| f.finish = |mut t| { t.pop(); t }, Error::MalformedToken { .. }),
        case!(Both, "claims of another token", |f| f.finish = |t| { let parts: Vec<&str> = t.split('.').collect(); let claims = String::from_utf8(base64url_decoded(parts[1])).unwrap(); let forged = claims.replace(r#""sub":"#, r#""sub" :"#); assert_ne!(forged, claims); format!( "{}.{}.{}", parts[0], crate::keys::base64url(forged), parts[2] ) }, Error::BadSignature),
        case!(Both, "clipped curve signature", |f| { f.signed_by(Signer::Curve, "ES256", "ec-1"); f.finish = |t| with_clipped_signature(&t); }, Error::BadSignature),
        // Claims missing or malformed.
        case!(Both, "no iss", |f| f.without("iss"), Error::MissingClaim { claim: "iss" }),
        case!(Both, "no sub", |f| f.without("sub"), Error::MissingClaim { claim: "sub" }),
        case!(Both, "empty sub", |f| f.claim("sub", ""), Error::InvalidClaim { claim: "sub" }),
        case!(Both, "no aud", |f| f.without("aud"), Error::MissingClaim { claim: "aud" }),
        case!(Both, "no exp", |f| f.without("exp"), Error::MissingClaim { claim: "exp" }),
        case!(Both, "no iat", |f| f.without("iat"), Error::MissingClaim { claim: "iat" }),
        case!(Both, "exp as text", |f| f.claim("exp", "1900000000"), Error::InvalidClaim { claim: "exp" }),
        case!(Both, "exp null", |f| f.claim("exp", json!(null)), Error::InvalidClaim { claim: "exp" }),
        case!(Both, "exp beyond time", |f| f.claim("exp", u64::MAX), Error::InvalidClaim { claim: "exp" }),
        case!(Both, "empty aud list", |f| f.claim("aud", json!([])), Error::InvalidClaim { claim: "aud" }),
        case!(Both, "issuers in a list", |f| { let iss = f.claims["iss"].clone(); f.claim("iss", json!([iss])); }, Error::InvalidClaim { claim: "iss" }),
        case!(Both, "no email", |f| f.without("email"), Error::MissingClaim { claim: "email" }),
        case!(Both, "no email_verified", |f| f.without("email_verified"), Error::MissingClaim { claim: "email_verified" }),
        case!(Both, "email_verified as text", |f| f.claim("email_verified", "true"), Error::InvalidClaim { claim: "email_verified" }),
        // Issuer and audience.
        case!(Both, "another issuer", |f| f.claim("iss", "https://evil.example"), Error::WrongIssuer { .. }),
        case!(Both, "issuer with a slash", |f| { let iss = f.claims["iss"].as_str().unwrap().to_owned() + "/"; f.claim("iss", iss); }, Error::WrongIssuer { .. }),
        case!(Both, "another audience", |f| f.claim("aud", "client-2"), Error::WrongAudience),
        case!(Both, "audience in upper case", |f| { let aud = f.claims["aud"].as_str().unwrap().to_uppercase(); f.claim("aud", aud); }, Error::WrongAudience),
        case!(Machines, "several audiences", |f| { let aud = f.claims["aud"].clone(); f.claim("aud", json!([aud, "other"])); }, Error::WrongAudience),
        case!(People, "several audiences, no azp", |f| { f.without("azp"); f.claim("aud", json!([CLIENT_ID, "other"])); }, Error::WrongAuthorizedParty),
        case!(People, "several audiences, another azp", |f| { f.claim("azp", "other"); f.claim("aud", json!([CLIENT_ID, "other"])); }, Error::WrongAuthorizedParty),
        case!(People, "another azp", |f| f.claim("azp", "other"), Error::WrongAuthorizedParty),
        // Times: the boundary is where the leeway of 60 s ends.
        case!(Both, "expired", |f| f.claim("exp", NOW - 60), Error::Expired),
        case!(Both, "issued in the future", |f| f.claim("iat", NOW + 61), Error::IssuedInFuture),
        case!(Both, "not valid yet", |f| f.claim("nbf", NOW + 61), Error::NotYetValid),
        case!(Machines, "eternal", |f| f.claim("exp", NOW + 86_401), Error::LifetimeTooLong { limit_hours: 24 }),
        // Who.
        case!(People, "no nonce", |f| f.without("nonce"), Error::WrongNonce),
        case!(People, "another nonce", |f| f.claim("nonce", "replayed"), Error::WrongNonce),
        case!(Both, "unverified address", |f| f.claim("email_verified", false), Error::EmailNotVerified),
        case!(Both, "two at signs", |f| f.claim("email", "alice@evil.example@example.com"), Error::EmailMalformed),
        case!(Both, "no at sign", |f| f.claim("email", "alice"), Error::EmailMalformed),
        case!(Both, "look-alike letter", |f| f.claim("email", "аlice@example.com"), Error::EmailMalformed),
        case!(Both, "line break in the address", |f| f.claim("email", "alice@example.com\n"), Error::EmailMalformed),
        case!(People, "private account with a company's address", |f| f.without("hd"), Error::NoHostedDomain),
        case!(People, "domain with a prefix", |f| f.claim("hd", "evil-example.com"), Error::DomainNotAllowed { domain } if domain == "evil-example.com"),
        case!(People, "domain with a suffix", |f| f.claim("hd", "example.com.evil"), Error::DomainNotAllowed { .. }),
        case!(People, "subdomain", |f| f.claim("hd", "x.example.com"), Error::DomainNotAllowed { .. }),
        case!(People, "domain with a dot", |f| f.claim("hd", "example.com."), Error::DomainNotAllowed { .. }),
        case!(People, "empty domain", |f| f.claim("hd", ""), Error::DomainNotAllowed { .. }),
        case!(People, "domains in a list", |f| f.claim("hd", json!(["example.com"])), Error::InvalidClaim { claim: "hd" }),
        case!(Machines, "account not listed", |f| f.claim("email", "other@p.iam.gserviceaccount.com"), Error::AccountNotListed { email } if email == "other@p.iam.gserviceaccount.com"),
        case!(Machines, "account with a prefix", |f| f.claim("email", "xscheduler@p.iam.gserviceaccount.com"), Error::AccountNotListed { .. }),
    ]
}

/// The last byte of the signature is missing, in clean base64url.
fn with_clipped_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = base64url_decoded(signature);
    bytes.pop().unwrap();
    format!("{signed}.{}", crate::keys::base64url(bytes))
}

fn base64url_decoded(part: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .unwrap()
}

#[tokio::test]
async fn each_is_refused_for_its_own_reason() {
    let doors = Doors::open().await;
    let mut wrong = Vec::new();
    for case in cases() {
        let mut judge = |door: &str, outcome: Result<(), Error>| match outcome {
            Err(error) if (case.refused_so)(&error) => {
                assert!(!error.hint().is_empty());
                // The token itself must never be repeated.
                assert!(!format!("{error} {error:?}").contains("eyJ"), "{error:?}");
            }
            other => wrong.push(format!(
                "{door}: {}: expected {}, got {other:?}",
                case.name, case.expected
            )),
        };
        if case.at != At::Machines {
            judge("people", doors.sign_in(case.twist).await.map(|_| ()));
        }
        if case.at != At::People {
            judge("machines", doors.call(case.twist).await.map(|_| ()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What looks odd but is right: else the table above could be passed by refusing everything.
#[tokio::test]
async fn these_are_good() {
    let doors = Doors::open().await;
    let both: [(&str, Twist); 6] = [
        ("as it is", |_| ()),
        ("by the curve", |f| {
            f.signed_by(Signer::Curve, "ES256", "ec-1");
        }),
        ("audience in a list of one", |f| {
            let aud = f.claims["aud"].clone();
            f.claim("aud", json!([aud]));
        }),
        ("expired within the leeway", |f| {
            f.claim("iat", NOW - 3600);
            f.claim("exp", NOW - 59);
        }),
        ("issued within the leeway", |f| {
            f.claim("iat", NOW + 60);
            f.claim("nbf", NOW + 60);
        }),
        ("no type", |f| {
            f.header.shift_remove("typ");
        }),
    ];
    for (name, twist) in both {
        let person = doors.sign_in(twist).await;
        assert!(person.is_ok(), "people: {name}: {person:?}");
        let machine = doors.call(twist).await;
        assert!(machine.is_ok(), "machines: {name}: {machine:?}");
    }
    let people: [(&str, Twist); 3] = [
        ("domain in upper case", |f| f.claim("hd", "EXAMPLE.COM")),
        ("no azp", |f| f.without("azp")),
        ("two audiences, issued to us", |f| {
            f.claim("aud", json!([CLIENT_ID, "other"]));
        }),
    ];
    for (name, twist) in people {
        let person = doors
            .sign_in(twist)
            .await
            .map(|person| person.hosted_domain);
        assert!(
            matches!(&person, Ok(Some(domain)) if domain == "example.com"),
            "{name}: {person:?}"
        );
    }
}
