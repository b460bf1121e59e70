//! `daypass query-permissions`.

use std::time::{Duration, Instant};

use daypass_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::odd_google::{denied, person_of};
use crate::person::{Done, Person};

const DEPLOYER: &str = "deployer@acme-prod.iam.gserviceaccount.com";

async fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).await.unwrap()
}

fn query(person: &Person, arguments: &[&str]) -> Done {
    person.run(&[&["query-permissions"], arguments].concat())
}

/// E-27: nine permissions of a topic, of which some, none and all are granted.
#[tokio::test(flavor = "multi_thread")]
async fn some_none_and_all_of_nine() {
    let sandbox = sandbox().await;
    let alice = Person::of(&sandbox, "alice@example.com").await;
    let topic = &["pubsub-topic", "orders"][..];
    insta::assert_snapshot!(query(&alice, topic).transcript(), @"
    exit 0
    --- stdout
    PERMISSION                        GRANTED
    pubsub.topics.attachSubscription  ✖
    pubsub.topics.delete              ✖
    pubsub.topics.detachSubscription  ✖
    pubsub.topics.get                 ✔
    pubsub.topics.getIamPolicy        ✔
    pubsub.topics.publish             ✖
    pubsub.topics.setIamPolicy        ✖
    pubsub.topics.update              ✖
    pubsub.topics.updateTag           ✖
    --- stderr
    You have 2 of 9 permissions on this resource.
    ");
    insta::assert_snapshot!(query(&alice, &[topic, &["--granted"]].concat()).transcript(), @"
    exit 0
    --- stdout
    PERMISSION                  GRANTED
    pubsub.topics.get           ✔
    pubsub.topics.getIamPolicy  ✔
    --- stderr
    You have 2 of 9 permissions on this resource.
    ");
    insta::assert_snapshot!(query(&alice, &[topic, &["-o", "yaml"]].concat()).transcript(), @"
    exit 0
    --- stdout
    resource: projects/acme-prod/topics/orders
    account: null
    granted:
    - pubsub.topics.get
    - pubsub.topics.getIamPolicy
    missing:
    - pubsub.topics.attachSubscription
    - pubsub.topics.delete
    - pubsub.topics.detachSubscription
    - pubsub.topics.publish
    - pubsub.topics.setIamPolicy
    - pubsub.topics.update
    - pubsub.topics.updateTag
    --- stderr
    You have 2 of 9 permissions on this resource.
    ");
    insta::assert_snapshot!(query(&alice, &[topic, &["-o", "json", "--missing"]].concat()).transcript(), @r#"
    exit 0
    --- stdout
    {
      "resource": "projects/acme-prod/topics/orders",
      "account": null,
      "missing": [
        "pubsub.topics.attachSubscription",
        "pubsub.topics.delete",
        "pubsub.topics.detachSubscription",
        "pubsub.topics.publish",
        "pubsub.topics.setIamPolicy",
        "pubsub.topics.update",
        "pubsub.topics.updateTag"
      ]
    }
    --- stderr
    You have 2 of 9 permissions on this resource.
    "#);

    let gina = Person::of(&sandbox, "gina@gmail.com").await;
    let none = query(&gina, &["pubsub", "-t", "orders", "-p", "acme-prod"]);
    assert_eq!(none.stdout.matches('✖').count(), 9, "{none:?}");
    assert!(
        none.stderr
            .ends_with("You have no access to this resource.\n"),
        "{none:?}"
    );
    let nothing = query(&gina, &["pubsub-topic", "orders", "--granted"]);
    assert_eq!(
        (nothing.code, nothing.stdout.as_str()),
        (0, ""),
        "{nothing:?}"
    );

    let olivia = Person::of(&sandbox, "olivia@example.com").await;
    let all = query(&olivia, topic);
    assert_eq!(all.stdout.matches('✔').count(), 9, "{all:?}");
    assert_eq!(all.stderr, "You have full access to this resource.\n");
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_by_its_name() {
    let sandbox = sandbox().await;
    let olivia = Person::of(&sandbox, "olivia@example.com").await;
    for (arguments, resource, permission) in [
        (
            &["project"][..],
            "projects/acme-prod",
            "compute.instances.get",
        ),
        (
            &["project", "acme-pay"],
            "projects/acme-pay",
            "run.jobs.run",
        ),
        (
            &["folder", "42"],
            "folders/42",
            "resourcemanager.folders.get",
        ),
        (
            &["organization", "1"],
            "organizations/1",
            "resourcemanager.organizations.get",
        ),
        (
            &["bucket", "gs://logs-acme-prod"],
            "projects/_/buckets/logs-acme-prod",
            "storage.objects.get",
        ),
        (
            &["storage-bucket", "-b", "logs-acme-prod"],
            "projects/_/buckets/logs-acme-prod",
            "storage.buckets.get",
        ),
        (
            &["secret", "db-password"],
            "projects/acme-prod/secrets/db-password",
            "secretmanager.versions.access",
        ),
        (
            &["service-account", DEPLOYER, "-p", "acme-prod"],
            "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com",
            "iam.serviceAccounts.setIamPolicy",
        ),
        // Whatever gcloud's project is, the address tells its own.
        (
            &[
                "service-account",
                "scheduler@acme-access.iam.gserviceaccount.com",
            ],
            "projects/acme-access/serviceAccounts/scheduler@acme-access.iam.gserviceaccount.com",
            "iam.serviceAccounts.get",
        ),
    ] {
        let done = query(&olivia, &[arguments, &["-o", "json"]].concat());
        assert_eq!(done.code, 0, "{done:?}");
        let answer: Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(answer["resource"], resource);
        let granted = answer["granted"].as_array().unwrap();
        assert!(granted.contains(&json!(permission)), "{answer}");
    }
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_as_an_account_bears_the_reason_and_a_token_of_ten_minutes() {
    let sandbox = sandbox().await;
    let alice = Person::of(&sandbox, "alice@example.com").await;
    let secret = &[
        "secret",
        "db-password",
        "-s",
        DEPLOYER,
        "-R",
        "INC-7 wer darf?",
    ][..];
    insta::assert_snapshot!(query(&alice, secret).transcript(), @"
    exit 3
    --- stdout
    --- stderr
    error: cannot act as deployer@acme-prod.iam.gserviceaccount.com: Google denied it: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).

    hint: it takes the permission iam.serviceAccounts.getAccessToken; 'daypass list-service-accounts' shows whom you may act as
    ");

    let name = format!("projects/acme-prod/serviceAccounts/{DEPLOYER}");
    let may = json!({"role": "roles/iam.serviceAccountTokenCreator", "members": ["user:alice@example.com"]});
    let policy = json!({ "bindings": [may] });
    sandbox.cloud().put_policy(&name, policy).unwrap();
    insta::assert_snapshot!(query(&alice, &[secret, &["--granted"]].concat()).transcript(), @"
    exit 0
    --- stdout
    PERMISSION                     GRANTED
    secretmanager.versions.access  ✔
    --- stderr
    deployer@acme-prod.iam.gserviceaccount.com has 1 of 12 permissions on this resource.
    ");
    let requests = sandbox.cloud().requests(0);
    let requests: Vec<Value> = requests
        .iter()
        .map(|request| serde_json::to_value(request).unwrap())
        .collect();
    let of = |operation: &str| {
        let last = requests.iter().rfind(|one| one["operation"] == operation);
        last.unwrap_or_else(|| panic!("no {operation}")).clone()
    };
    let minted = of("generateAccessToken");
    assert_eq!(minted["principal"], "user:alice@example.com", "{minted}");
    assert!(minted.to_string().contains("INC-7 wer darf?"), "{minted}");
    assert!(minted.to_string().contains("600s"), "{minted}");
    let tested = of("testIamPermissions");
    assert_eq!(tested["principal"], format!("serviceAccount:{DEPLOYER}"));
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_wrong_is_told() {
    let nobody = Person::with(&[]);
    insta::assert_snapshot!(query(&nobody, &["project"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: no project is named, and gcloud has none

    hint: add --project ID, or 'gcloud config set project ID'
    ");
    insta::assert_snapshot!(query(&nobody, &["bucket"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: the following required arguments were not provided:
      <BUCKET>

    Usage: daypass query-permissions bucket <BUCKET>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(query(&nobody, &["bucket", ""]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: a value is required for '[BUCKET]' but none was supplied

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(query(&nobody, &["bucket", "a", "-b", "b"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: the argument '[BUCKET]' cannot be used with '--bucket <BUCKET>'

    Usage: daypass query-permissions bucket <BUCKET>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(query(&nobody, &["folder", "production\u{1b}[2J"]).transcript(), @r"
    exit 2
    --- stdout
    --- stderr
    error: 'production\u{1b}[2J' is no name of a folder

    hint: write it as 42, or as folders/42
    ");
    insta::assert_snapshot!(query(&nobody, &["secret", "db-password"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: no project is named, and gcloud has none

    hint: add --project ID, or 'gcloud config set project ID'
    ");
    insta::assert_snapshot!(query(&nobody, &["compute-instance", "web-1", "-p", "acme-prod"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: no zone is named, and gcloud has none

    hint: add --zone ZONE, or 'gcloud config set compute/zone ZONE'
    ");
    insta::assert_snapshot!(query(&nobody, &["folder", "42", "-s", "deployer", "-R", "why"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: invalid value 'deployer' for '--service-account <SA>': 'deployer' is not an e-mail address

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(query(&nobody, &["folder", "42", "-s", DEPLOYER, "-R", " "]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: invalid value ' ' for '--reason <TEXT>': say why, in a few words

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(query(&nobody, &["folder", "42", "-s", DEPLOYER]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: the following required arguments were not provided:
      --reason <TEXT>

    Usage: daypass query-permissions folder --service-account <SA> --reason <TEXT> <NUMBER>

    For more information, try '--help'.
    ");
    let sandbox = sandbox().await;
    let alice = Person::of(&sandbox, "alice@example.com").await;
    insta::assert_snapshot!(query(&alice, &["bucket", "nowhere"]).transcript(), @"
    exit 1
    --- stdout
    --- stderr
    error: cannot ask which permissions there are on projects/_/buckets/nowhere: Google refused: The resource name '//storage.googleapis.com/projects/_/buckets/nowhere' is not valid.

    hint: is the name right, and is it there?
    ");
    let long = "9".repeat(100_000);
    assert_eq!(query(&alice, &["folder", &long]).code, 2);
    sandbox.stop().await;
}

/// E-29: one of many tests fails.
#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_fails_ends_it_with_an_error() {
    let offered: Vec<Value> = (0..950)
        .map(|index| json!({"name": format!("compute.instances.verb{index:03}")}))
        .collect();
    let person = async |failure: (u16, Value)| {
        let offered = offered.clone();
        person_of(move |path, body| match path {
            "/v1/permissions:queryTestablePermissions" => {
                (200, json!({ "permissions": offered }))
            }
            "/compute/v1/projects/acme-prod/zones/europe-west3-a/instances/web-1/testIamPermissions" => {
                let asked = body["permissions"].as_array().unwrap();
                assert!(asked.len() <= 100);
                if asked[0] == "compute.instances.verb500" {
                    failure.clone()
                } else {
                    (200, json!({ "permissions": asked[..50] }))
                }
            }
            other => panic!("{other} is asked"),
        })
        .await
        .and("CLOUDSDK_COMPUTE_ZONE", "europe-west3-a")
    };
    let started = Instant::now();
    let instance = &["compute-instance", "-i", "web-1"][..];
    let alice = person((
        500,
        json!({"error": {"code": 500, "message": "Internal error"}}),
    ))
    .await;
    insta::assert_snapshot!(query(&alice, instance).transcript(), @"
    exit 1
    --- stdout
    --- stderr
    error: cannot ask which permissions are granted on projects/acme-prod/zones/europe-west3-a/instances/web-1: Google does not answer as it should: Internal error

    hint: try again; is the network there?
    ");
    let alice = person(denied("compute.instances.get")).await;
    let denied = query(&alice, &[instance, &["-o", "json"]].concat());
    assert_eq!((denied.code, denied.stdout.as_str()), (3, ""), "{denied:?}");
    let alice = person((200, json!({ "permissions": [] }))).await;
    let done = query(&alice, instance);
    assert_eq!(done.stdout.lines().count(), 951, "{done:?}");
    assert_eq!(
        done.stderr,
        "You have 450 of 950 permissions on this resource.\n"
    );
    assert!(started.elapsed() < Duration::from_mins(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_ask_about_and_names_that_deceive() {
    let empty = person_of(|_, _| (200, json!({}))).await;
    insta::assert_snapshot!(query(&empty, &["project"]).transcript(), @"
    exit 0
    --- stdout
    --- stderr
    Google names no permission that could be granted on this resource.
    ");
    insta::assert_snapshot!(query(&empty, &["project", "-o", "json"]).transcript(), @r#"
    exit 0
    --- stdout
    {
      "resource": "projects/acme-prod",
      "account": null,
      "granted": [],
      "missing": []
    }
    --- stderr
    Google names no permission that could be granted on this resource.
    "#);
    let odd = person_of(|path, _| {
        if path.ends_with(":queryTestablePermissions") {
            return (200, json!({"permissions": [{"name": "b.c.d\u{1b}[2J"}, {"name": "b.c.d\u{1b}[2J"}, {"name": "a.b.c"}]}));
        }
        (200, json!({ "permissions": ["a.b.c", "x.y.z"] }))
    })
    .await;
    insta::assert_snapshot!(query(&odd, &["project"]).transcript(), @r"
    exit 0
    --- stdout
    PERMISSION      GRANTED
    a.b.c           ✔
    b.c.d\u{1b}[2J  ✖
    --- stderr
    You have 1 of 2 permissions on this resource.
    ");
}

/// As many as a project has at Google, over ten pages and a hundred tests.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_permissions() {
    let alice = person_of(|path, body| {
        if path.ends_with(":queryTestablePermissions") {
            let page: usize = body["pageToken"].as_str().unwrap_or("0").parse().unwrap();
            let names = (0..1_000).map(|index| json!({"name": format!("a.b.v{page}x{index}")}));
            let mut answer = json!({ "permissions": names.collect::<Vec<_>>() });
            if page < 9 {
                answer["nextPageToken"] = (page + 1).to_string().into();
            }
            return (200, answer);
        }
        (200, body.clone())
    })
    .await;
    let started = Instant::now();
    let done = query(&alice, &["project"]);
    let took = started.elapsed();
    assert_eq!(done.stdout.lines().count(), 10_001);
    assert_eq!(done.stderr, "You have full access to this resource.\n");
    assert!(took < Duration::from_secs(20), "{took:?}");
}
