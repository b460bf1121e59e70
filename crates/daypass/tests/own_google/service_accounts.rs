//! `daypass list-service-accounts`.

use daypass_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::daypass_server::{entitlement, start};
use crate::odd_google::{denied, person_of};
use crate::person::Person;

const DEPLOYER: &str = "deployer@acme-prod.iam.gserviceaccount.com";
/// A text that would clear the screen, turn the reading order and end the line.
const HOSTILE: &str = "Robot\u{1b}[2J \u{202e}evil\r\nnow";

async fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).await.unwrap()
}

/// Lets somebody mint the tokens of an account.
fn allow(sandbox: &Sandbox, account: &str, member: &str) {
    let project = account.split(['@', '.']).nth(1).unwrap();
    let name = format!("projects/{project}/serviceAccounts/{account}");
    let may = json!({"role": "roles/iam.serviceAccountTokenCreator", "members": [member]});
    let policy = json!({ "bindings": [may] });
    sandbox.cloud().put_policy(&name, policy).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_those_that_one_may_act_as_now() {
    let sandbox = sandbox().await;
    allow(&sandbox, DEPLOYER, "user:alice@example.com");
    let alice = Person::of(&sandbox, "alice@example.com").await;
    insta::assert_snapshot!(alice.run(&["list-service-accounts"]).transcript(), @"
    exit 0
    --- stdout
    EMAIL                                       HOW  DESCRIPTION
    deployer@acme-prod.iam.gserviceaccount.com  now  Deployer
    --- stderr
    ");
    insta::assert_snapshot!(alice.run(&["sa", "-p", "acme-prod", "-o", "json"]).transcript(), @r#"
    exit 0
    --- stdout
    {
      "service_accounts": [
        {
          "email": "deployer@acme-prod.iam.gserviceaccount.com",
          "now": true,
          "entitlements": [],
          "disabled": false,
          "description": "Deployer"
        }
      ]
    }
    --- stderr
    "#);
    insta::assert_snapshot!(alice.run(&["sa", "-o", "yaml"]).stdout, @"
    service_accounts:
    - email: deployer@acme-prod.iam.gserviceaccount.com
      now: true
      entitlements: []
      disabled: false
      description: Deployer
    ");

    let bob = Person::of(&sandbox, "bob@example.com").await;
    insta::assert_snapshot!(bob.run(&["sa"]).transcript(), @"
    exit 0
    --- stdout
    --- stderr
    You may act as no service account of acme-prod.
    ");
    insta::assert_snapshot!(bob.run(&["sa", "-o", "json"]).transcript(), @r#"
    exit 0
    --- stdout
    {
      "service_accounts": []
    }
    --- stderr
    You may act as no service account of acme-prod.
    "#);
    insta::assert_snapshot!(bob.run(&["sa", "-p", "nowhere"]).transcript(), @"
    exit 3
    --- stdout
    --- stderr
    error: cannot list the service accounts of nowhere: Google denied it: Permission 'iam.serviceAccounts.list' denied on resource '//iam.googleapis.com/projects/nowhere' (or it may not exist).

    hint: it takes the permission iam.serviceAccounts.list
    ");
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entitlements_are_ways_too() {
    let sandbox = sandbox().await;
    allow(&sandbox, DEPLOYER, "user:alice@example.com");
    let pay = "robot@acme-pay.iam.gserviceaccount.com";
    let server = start(vec![
        entitlement("deploy", true, &[DEPLOYER]),
        entitlement("deploy-in-need", true, &[DEPLOYER, DEPLOYER]),
        entitlement(
            "pay",
            true,
            &[pay, "nobody@acme-prod.iam.gserviceaccount.com"],
        ),
        entitlement(
            "of-others",
            false,
            &["hidden@acme-prod.iam.gserviceaccount.com"],
        ),
    ])
    .await;
    let alice = Person::of(&sandbox, "alice@example.com").await;
    let alice = alice.signed_in_at(&server);
    insta::assert_snapshot!(alice.run(&["sa"]).transcript(), @"
    exit 0
    --- stdout
    EMAIL                                       HOW                                                        DESCRIPTION
    deployer@acme-prod.iam.gserviceaccount.com  now, by entitlement deploy, by entitlement deploy-in-need  Deployer
    nobody@acme-prod.iam.gserviceaccount.com    by entitlement pay                                         Title of pay
    robot@acme-pay.iam.gserviceaccount.com      by entitlement pay                                         Title of pay
    --- stderr
    ");
    insta::assert_snapshot!(alice.run(&["sa", "-p", "acme-pay"]).transcript(), @"
    exit 0
    --- stdout
    EMAIL                                   HOW                 DESCRIPTION
    robot@acme-pay.iam.gserviceaccount.com  by entitlement pay  Title of pay
    --- stderr
    cannot list the service accounts of acme-pay: Google denied it: Permission 'iam.serviceAccounts.list' denied on resource '//iam.googleapis.com/projects/acme-pay' (or it may not exist).

    hint: it takes the permission iam.serviceAccounts.list
    ");
    let all = alice.run(&["sa", "-o", "json"]);
    let all: Value = serde_json::from_str(&all.stdout).unwrap();
    let now: Vec<_> = all["service_accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["email"].as_str().unwrap(), one["now"].clone()))
        .collect();
    assert_eq!(
        now,
        [
            (DEPLOYER, json!(true)),
            ("nobody@acme-prod.iam.gserviceaccount.com", json!(false)),
            (pay, json!(null)),
        ],
        "of another project it was not asked"
    );

    let alice = alice.without("CLOUDSDK_CORE_PROJECT");
    let nowhere = alice.run(&["sa"]);
    assert_eq!(
        nowhere.code, 0,
        "without a project, what an entitlement gives: {nowhere:?}"
    );
    assert_eq!(nowhere.stdout.lines().count(), 4, "{nowhere:?}");
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_or_google_that_does_not_answer_hides_nothing() {
    let sandbox = sandbox().await;
    allow(&sandbox, DEPLOYER, "user:alice@example.com");
    let alice = Person::of(&sandbox, "alice@example.com").await;
    let alice = alice.signed_in_at("http://127.0.0.1:1");
    let away = alice.run(&["sa"]);
    assert_eq!(away.code, 0, "{away:?}");
    assert!(away.stdout.contains(DEPLOYER), "{away:?}");
    assert!(
        away.stderr
            .starts_with("Entitlements are not looked at: cannot reach http://127.0.0.1:1"),
        "{away:?}"
    );
    let away = alice.without("CLOUDSDK_CORE_PROJECT").run(&["sa"]);
    assert_eq!((away.code, away.stdout.as_str()), (1, ""), "{away:?}");

    let stranger = Person::of(&sandbox, "gina@gmail.com").await;
    let server = start(vec![entitlement("deploy", true, &[DEPLOYER])]).await;
    let stranger = stranger.and("DAYPASS_SERVER", &server);
    let unknown = stranger
        .run(&["sa"])
        .transcript()
        .replace(&server, "SERVER");
    insta::assert_snapshot!(unknown, @"
    exit 3
    --- stdout
    --- stderr
    You are not signed in to SERVER, so its entitlements are not looked at.
    error: cannot list the service accounts of acme-prod: Google denied it: Permission 'iam.serviceAccounts.list' denied on resource '//iam.googleapis.com/projects/acme-prod' (or it may not exist).

    hint: it takes the permission iam.serviceAccounts.list
    ");
    insta::assert_snapshot!(stranger.signed_in_at(&server).run(&["sa"]).transcript(), @"
    exit 0
    --- stdout
    EMAIL                                       HOW                    DESCRIPTION
    deployer@acme-prod.iam.gserviceaccount.com  by entitlement deploy  Title of deploy
    --- stderr
    cannot list the service accounts of acme-prod: Google denied it: Permission 'iam.serviceAccounts.list' denied on resource '//iam.googleapis.com/projects/acme-prod' (or it may not exist).

    hint: it takes the permission iam.serviceAccounts.list
    ");
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_project_or_credentials_the_next_step_is_named() {
    let nobody = Person::with(&[]);
    insta::assert_snapshot!(nobody.run(&["sa"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: no project is named, and gcloud has none

    hint: add --project ID, or 'gcloud config set project ID'
    ");
    let left = std::fs::read_dir(nobody.home()).unwrap().count();
    assert_eq!(left, 0, "looking for gcloud's project writes nothing");
    insta::assert_snapshot!(Person::with(&[]).run(&["sa", "-p", "a b"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: --project is 'a b', which is no id of a project

    hint: write it as acme-prod; 'gcloud projects list' shows them
    ");
    insta::assert_snapshot!(Person::with(&[]).run(&["sa", "-p", ""]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: a value is required for '--project <PROJECT>' but none was supplied

    For more information, try '--help'.
    ");
    let wrong = Person::with(&[("CLOUDSDK_CORE_PROJECT", "My \u{1b}[2JProject")]);
    insta::assert_snapshot!(wrong.run(&["sa"]).transcript(), @r"
    exit 2
    --- stdout
    --- stderr
    error: gcloud's project is 'My \u{1b}[2JProject', which is no id of a project

    hint: write it as acme-prod; 'gcloud projects list' shows them
    ");
    let elsewhere = Person::with(&[("DAYPASS_SANDBOX", "https://example.com")]);
    insta::assert_snapshot!(elsewhere.run(&["sa", "-p", "acme-prod"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: DAYPASS_SANDBOX is 'https://example.com', which is not a sandbox on this machine

    hint: unset DAYPASS_SANDBOX, or set it as 'daypass sandbox' prints it
    ");
}

fn account(name: &str, more: &Value) -> Value {
    let email = format!("{name}@acme-prod.iam.gserviceaccount.com");
    let mut account = json!({
        "name": format!("projects/acme-prod/serviceAccounts/{email}"),
        "email": email,
    });
    let more = more.as_object().unwrap().clone();
    account.as_object_mut().unwrap().extend(more);
    account
}

/// What Google lists for a project, in a form that `person_of` takes.
fn listed(accounts: &Value) -> (u16, Value) {
    (200, json!({ "accounts": accounts }))
}

const MAY: &str = "iam.serviceAccounts.getAccessToken";

#[tokio::test(flavor = "multi_thread")]
async fn disabled_unknown_and_hostile_accounts_are_told_as_such() {
    let alice = person_of(|path, _| match path {
        "/v1/projects/acme-prod/serviceAccounts" => listed(&json!([
            account("zoe", &json!({"description": HOSTILE})),
            account("old", &json!({"disabled": true, "displayName": "Old one"})),
            account("closed", &json!({"displayName": "Closed"})),
            account("secret", &json!({})),
        ])),
        path if path.contains("/closed%40") => denied("iam.serviceAccounts.get"),
        path if path.contains("/secret%40") => (200, json!({})),
        _ => (200, json!({ "permissions": [MAY] })),
    })
    .await;
    insta::assert_snapshot!(alice.run(&["sa"]).transcript(), @r"
    exit 0
    --- stdout
    EMAIL                                     HOW                                                                      DESCRIPTION
    closed@acme-prod.iam.gserviceaccount.com  not known: Google denied it: Permission 'iam.serviceAccounts.get' deni…  Closed
    old@acme-prod.iam.gserviceaccount.com     now, but it is disabled                                                  Old one
    zoe@acme-prod.iam.gserviceaccount.com     now                                                                      Robot\u{1b}[2J \u{202e}evil\u{d}\u{a}now
    --- stderr
    ");
    let programs = alice.run(&["sa", "-o", "json"]);
    let programs: Value = serde_json::from_str(&programs.stdout).unwrap();
    let [closed, old, zoe] = &programs["service_accounts"].as_array().unwrap()[..] else {
        panic!("{programs}");
    };
    assert_eq!(closed["now"], Value::Null);
    assert!(
        closed["error"]
            .as_str()
            .unwrap()
            .starts_with("Google denied it: ")
    );
    assert_eq!(
        (&old["now"], &old["disabled"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(zoe["description"], HOSTILE, "programs get the text itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn if_nothing_is_known_it_is_an_error() {
    let alice = person_of(|path, _| match path {
        "/v1/projects/acme-prod/serviceAccounts" => {
            listed(&json!([account("a", &json!({})), account("b", &json!({}))]))
        }
        _ => denied("iam.serviceAccounts.get"),
    })
    .await;
    insta::assert_snapshot!(alice.run(&["sa"]).transcript(), @"
    exit 3
    --- stdout
    --- stderr
    error: cannot ask which service accounts of acme-prod you may act as: Google denied it: Permission 'iam.serviceAccounts.get' denied on resource (or it may not exist).

    hint: it takes the permission iam.serviceAccounts.get
    ");

    for (list, words) in [
        ((200, json!({"accounts": "none"})), "is not understood"),
        ((200, json!([])), "is not understood"),
        ((500, json!({})), "HTTP status 500"),
        (
            (
                401,
                json!({"error": {"message": "Request had invalid authentication credentials."}}),
            ),
            "does not accept your credentials",
        ),
        (
            (
                400,
                json!({"error": {"message": "Invalid \u{1b}[2Jproject"}}),
            ),
            "Google refused",
        ),
    ] {
        let alice = person_of(move |_, _| list.clone()).await;
        let done = alice.run(&["sa"]);
        assert_eq!((done.code, done.stdout.as_str()), (1, ""), "{done:?}");
        assert!(done.stderr.contains(words), "{done:?}");
    }
    let none = person_of(|_, _| (200, json!({}))).await.run(&["sa"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""), "{none:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_accounts_are_asked_about() {
    let accounts: Vec<Value> = (0..1_000)
        .map(|index| account(&format!("robot-{index:04}"), &json!({})))
        .collect();
    let alice = person_of(move |path, _| {
        if path.ends_with("/serviceAccounts") {
            return listed(&json!(accounts));
        }
        let may = path.contains("7%40");
        (
            200,
            if may {
                json!({ "permissions": [MAY] })
            } else {
                json!({})
            },
        )
    })
    .await;
    let done = alice.run(&["sa"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(done.stdout.lines().count(), 101, "{done:?}");
    assert!(
        done.stdout
            .lines()
            .last()
            .unwrap()
            .starts_with("robot-0997@")
    );
}
