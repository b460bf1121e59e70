//! The accounts of a project, and which of them one may act as.

use std::time::{Duration, Instant};

use daypass_core::resource::ResourceName;
use daypass_google::{Google, ServiceAccount};
use daypass_sandbox::{Fault, FaultKind, FaultMatch, Options, Sandbox, Seed};
use serde_json::json;

use crate::failures::kind;
use crate::fake::{Fake, Reply};
use crate::sandbox::connect;

/// Accounts beside the three of the built-in world.
const MORE: usize = 40;

fn project() -> ResourceName {
    "projects/acme-prod".parse().unwrap()
}

/// The built-in world with many accounts in acme-prod; carol may act as every fourth of them.
async fn many() -> Sandbox {
    let mut seed = Seed::default();
    let address = |index: usize| format!("robot-{index:02}@acme-prod.iam.gserviceaccount.com");
    for index in 0..MORE {
        let name = format!("Robot {index}");
        let robot = json!({"email": address(index), "project": "acme-prod", "display_name": name});
        seed.service_accounts
            .push(serde_json::from_value(robot).unwrap());
    }
    let options = Options {
        seed,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    for index in (0..MORE).step_by(4) {
        let name = format!("projects/acme-prod/serviceAccounts/{}", address(index));
        let may = json!({"role": "roles/iam.serviceAccountTokenCreator", "members": ["user:carol@example.com"]});
        let policy = json!({ "bindings": [may] });
        sandbox.cloud().put_policy(&name, policy).unwrap();
    }
    let may = json!({"role": "roles/viewer", "members": ["user:carol@example.com"]});
    let mut policy = sandbox.cloud().policy("projects/acme-prod").unwrap();
    policy["bindings"].as_array_mut().unwrap().push(may);
    sandbox
        .cloud()
        .put_policy("projects/acme-prod", policy)
        .unwrap();
    sandbox
}

fn names(accounts: &[ServiceAccount]) -> Vec<ResourceName> {
    accounts.iter().map(|one| one.name.clone()).collect()
}

/// The addresses that may be acted as; every call must have succeeded.
async fn may(google: &Google, accounts: &[ServiceAccount]) -> Vec<String> {
    let answers = google.may_act_as(&names(accounts)).await;
    let both = accounts.iter().zip(answers);
    both.filter(|(_, may)| *may.as_ref().unwrap())
        .map(|(account, _)| account.email.to_string())
        .collect()
}

#[tokio::test]
async fn every_page_is_read_and_every_account_asked_about() {
    let sandbox = many().await;
    let (carol, _folder) = connect(&sandbox, "user:carol@example.com", Vec::new()).await;
    for most in [None, Some(7), Some(1)] {
        sandbox.cloud().set_largest_page(most);
        let accounts = carol.service_accounts(&project()).await.unwrap();
        assert_eq!(accounts.len(), MORE + 1, "{most:?}");
        let may = may(&carol, &accounts).await;
        assert_eq!(may.len(), MORE / 4, "{may:?}");
        assert_eq!(may[1], "robot-04@acme-prod.iam.gserviceaccount.com");
    }
    let accounts = carol.service_accounts(&project()).await.unwrap();
    assert_eq!(accounts[0].display_name, "Deployer");
    assert!(!accounts[0].disabled);

    // A twelfth of a second each, one after another, would be more than three.
    sandbox.cloud().set_latency(Duration::from_millis(80));
    let start = Instant::now();
    carol.may_act_as(&names(&accounts)).await;
    let took = start.elapsed();
    let bounds = Duration::from_millis(240)..Duration::from_millis(2_500);
    assert!(bounds.contains(&took), "sixteen at once: {took:?}");
    sandbox.stop().await;
}

fn fault(path: &str, kind: FaultKind, times: Option<u32>) -> Fault {
    Fault {
        matches: FaultMatch {
            path_contains: Some(path.into()),
            ..FaultMatch::default()
        },
        kind,
        times,
        probability: None,
    }
}

#[tokio::test]
async fn what_fails_is_told_of_its_own_account() {
    let sandbox = many().await;
    let (carol, _folder) = connect(&sandbox, "user:carol@example.com", Vec::new()).await;
    let cloud = sandbox.cloud();
    let throttled = FaultKind::Throttled {
        retry_after: Some(60),
    };
    cloud.add_fault(fault("robot-00@", throttled, None));
    cloud.add_fault(fault("robot-04@", FaultKind::Unavailable, None));
    cloud.add_fault(fault("robot-08@", FaultKind::Unavailable, Some(2)));
    let accounts = carol.service_accounts(&project()).await.unwrap();
    let answers = carol.may_act_as(&names(&accounts)).await;
    let told: Vec<String> = accounts
        .iter()
        .zip(&answers)
        .filter_map(|(account, answer)| match answer {
            Ok(false) => None,
            Ok(true) => Some(format!("{} may", &account.email.as_str()[..8])),
            Err(error) => Some(format!("{} {}", &account.email.as_str()[..8], kind(error))),
        })
        .collect();
    let expected = [
        "robot-00 throttled",
        "robot-04 unavailable",
        "robot-08 may",
        "robot-12 may",
    ];
    assert_eq!(told[..4], expected, "the third was only away for a moment");
    assert_eq!(told.len(), MORE / 4);

    cloud.clear_faults();
    cloud.add_fault(fault("acme-prod/serviceAccounts", throttled, None));
    let error = carol.service_accounts(&project()).await.unwrap_err();
    assert_eq!(kind(&error), "throttled");
    cloud.clear_faults();
    let (mallory, _folder) = connect(&sandbox, "user:gina@gmail.com", Vec::new()).await;
    let error = mallory.service_accounts(&project()).await.unwrap_err();
    assert_eq!(kind(&error), "forbidden");
    sandbox.stop().await;
}

fn listed(address: &str, disabled: bool) -> serde_json::Value {
    let name = format!("projects/acme-prod/serviceAccounts/{address}");
    json!({"name": name, "email": address, "description": "It deploys", "disabled": disabled})
}

#[tokio::test]
async fn a_refusal_for_one_account_and_one_that_is_disabled() {
    let fake = Fake::start(|request| match request.target.as_str() {
        list if list.starts_with("/v1/projects/acme-prod/serviceAccounts?") => {
            let accounts = [
                listed("a@acme-prod.iam.gserviceaccount.com", false),
                listed("b@acme-prod.iam.gserviceaccount.com", true),
            ];
            Reply::Json(200, json!({ "accounts": accounts }))
        }
        test if test.contains("/a%40") => Reply::Json(
            403,
            json!({"error": {"code": 403, "message": "Permission 'iam.serviceAccounts.get' denied", "status": "PERMISSION_DENIED"}}),
        ),
        _ => Reply::Json(200, json!({"permissions": ["iam.serviceAccounts.getAccessToken"]})),
    })
    .await;
    let google = fake.google().await;
    let accounts = google.service_accounts(&project()).await.unwrap();
    assert_eq!(accounts[1].description, "It deploys");
    assert_eq!(
        accounts.iter().map(|one| one.disabled).collect::<Vec<_>>(),
        [false, true]
    );
    let answers = google.may_act_as(&names(&accounts)).await;
    assert_eq!(kind(answers[0].as_ref().unwrap_err()), "forbidden");
    assert!(answers[1].as_ref().unwrap());
    let asked = &fake.seen()[1];
    assert_eq!(asked.method, "POST");
    assert_eq!(
        asked.json(),
        json!({"permissions": ["iam.serviceAccounts.getAccessToken"]})
    );
}

#[tokio::test]
async fn a_list_that_is_none_is_an_error() {
    for entry in [
        json!({}),
        json!({"name": "projects/acme-prod", "email": 1}),
        json!({"name": "a/b", "email": "a@acme-prod.iam.gserviceaccount.com"}),
    ] {
        let fake = Fake::start(move |_| Reply::Json(200, json!({ "accounts": [entry] }))).await;
        let error = fake.google().await.service_accounts(&project()).await;
        assert_eq!(kind(&error.unwrap_err()), "malformed");
    }
    let fake = Fake::start(|_| Reply::Json(200, json!({}))).await;
    let none = fake.google().await.service_accounts(&project()).await;
    assert_eq!(none.unwrap(), []);
}
