//! Machines: which issuer, which audience, which account.

use daypass_oidc::{Error, MachineIdentity, MachineIssuer, MachineVerifier};

use crate::doors::{ACCOUNT, AUDIENCE, Doors, machine_issuer};
use crate::forgery::Forgery;

#[tokio::test]
async fn a_listed_account_is_known() {
    let doors = Doors::open().await;
    assert_eq!(
        doors.call(|_| ()).await.unwrap(),
        MachineIdentity {
            issuer: doors.provider.issuer.clone(),
            subject: "2002".to_owned(),
            email: ACCOUNT.to_owned(),
        }
    );
}

/// An account listed for one audience is not thereby listed for another one of the same issuer.
#[tokio::test]
async fn audience_and_account_go_together() {
    let doors = Doors::open().await;
    let issuer = &doors.provider.issuer;
    let entry = |audience: &str, account: &str| MachineIssuer {
        issuer: issuer.clone(),
        audience: audience.to_owned(),
        accounts: vec![account.to_owned()],
    };
    let entries = vec![
        entry("https://one", "one@p.iam"),
        entry("https://two", "two@p.iam"),
    ];
    let verifier = MachineVerifier::new(entries, true).unwrap();
    let verify = async |audience: &str, email: &str| {
        let mut forgery = Forgery::of(doors.machines_claims());
        forgery.claim("aud", audience);
        forgery.claim("email", email);
        verifier.verify(&forgery.token(), doors.now()).await
    };
    assert!(verify("https://one", "one@p.iam").await.is_ok());
    assert!(verify("https://two", "two@p.iam").await.is_ok());
    let crossed = verify("https://one", "two@p.iam").await;
    assert!(
        matches!(crossed, Err(Error::AccountNotListed { .. })),
        "{crossed:?}"
    );
    // One issuer, one cache.
    assert_eq!(doors.provider.knobs().key_set_hits, 1);
}

#[tokio::test]
async fn a_persons_token_opens_no_machines_door() {
    let doors = Doors::open().await;
    let token = Forgery::of(doors.persons_claims("n")).token();
    let refused = doors.machines.verify(&token, doors.now()).await;
    assert!(matches!(refused, Err(Error::WrongAudience)), "{refused:?}");
}

#[tokio::test]
async fn settings_that_would_let_too_much_in_are_refused() {
    let with = |issuer: &str, audience: &str, allow| {
        let entry = MachineIssuer {
            audience: audience.to_owned(),
            ..machine_issuer(issuer)
        };
        MachineVerifier::new(vec![entry], allow)
    };
    assert!(matches!(
        with("https://a.example", "", true),
        Err(Error::EmptySetting { .. })
    ));
    assert!(matches!(
        with("http://a.example", AUDIENCE, true),
        Err(Error::InsecureAddress { .. })
    ));
    assert!(matches!(
        with("http://127.0.0.1:9", AUDIENCE, false),
        Err(Error::InsecureAddress { .. })
    ));
    assert!(with("https://a.example", AUDIENCE, false).is_ok());

    let none = MachineVerifier::new(Vec::new(), true).unwrap();
    let doors = Doors::open().await;
    let token = Forgery::of(doors.machines_claims()).token();
    let refused = none.verify(&token, doors.now()).await;
    assert!(
        matches!(refused, Err(Error::WrongIssuer { .. })),
        "{refused:?}"
    );
    assert_eq!(doors.provider.knobs().discovery_hits, 0);
}
