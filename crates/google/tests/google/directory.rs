//! Groups from Cloud Identity: against the sandbox, and against answers that no sandbox gives.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use daypass_core::email::Email;
use daypass_engine::error::chain;
use daypass_engine::ports::{Directory, Freshness, IamError};
use daypass_google::{CloudIdentity, Google, Options, Sources};
use daypass_sandbox::{Fault, Sandbox, Seed};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fake::{Fake, Reply, Seen, credentials};

const BROKER: &str = "serviceAccount:daypass@acme-access.iam.gserviceaccount.com";

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn emails<const N: usize>(names: [&str; N]) -> BTreeSet<Email> {
    names
        .map(|name| email(&format!("{name}@example.com")))
        .into()
}

/// The directory as a principal of the sandbox sees it, and how to keep its credentials.
async fn directory_of(
    sandbox: &Sandbox,
    principal: &str,
    sources: Sources,
) -> (CloudIdentity, TempDir) {
    let folder = TempDir::new().unwrap();
    let subject = sandbox.cloud().subject_token(principal).unwrap();
    let google = Google::connect(Options {
        credentials_file: Some(credentials(&folder, &sandbox.base_url(), &subject)),
        sandbox: true,
        sandbox_url: Some(sandbox.base_url()),
        sources,
        ..Options::default()
    })
    .await
    .unwrap();
    let directory = CloudIdentity::new(Arc::new(google), "C00000001".parse().unwrap());
    (directory, folder)
}

async fn started() -> (Sandbox, CloudIdentity, TempDir) {
    let sandbox = Sandbox::start(daypass_sandbox::Options::default())
        .await
        .unwrap();
    let (directory, folder) = directory_of(&sandbox, BROKER, Sources::system()).await;
    (sandbox, directory, folder)
}

/// How often a search or a list of Cloud Identity was asked for.
fn calls(sandbox: &Sandbox, verb: &str) -> usize {
    let requests = sandbox.cloud().requests(0);
    requests
        .iter()
        .filter(|request| request.operation == verb)
        .count()
}

const GROUPS: &str = "groups.memberships.searchTransitiveGroups";
const MEMBERS: &str = "groups.memberships.searchTransitiveMemberships";

#[tokio::test]
async fn nested_groups_on_all_pages_both_ways() {
    let (sandbox, directory, _folder) = started().await;
    for most in [None, Some(1), Some(2)] {
        sandbox.cloud().set_largest_page(most);
        let alice = email("Alice@example.com");
        let groups = directory.groups_of(&alice, Freshness::Fresh).await.unwrap();
        assert_eq!(groups, emails(["engineering", "platform", "sre"]));
        let members = directory
            .members_of(&email("engineering@example.com"), Freshness::Fresh)
            .await
            .unwrap();
        let mut expected = emails(["alice", "bob", "carol", "dave"]);
        expected.insert(email("deployer@acme-prod.iam.gserviceaccount.com"));
        assert_eq!(members, expected, "groups are resolved, and left out");
    }
    let nobody = email("nobody@example.com");
    for found in [
        directory.groups_of(&nobody, Freshness::Fresh).await,
        directory.members_of(&nobody, Freshness::Fresh).await,
    ] {
        assert_eq!(found.unwrap(), BTreeSet::new());
    }
    assert!(directory.describe().await.contains("customers/C00000001"));
}

#[tokio::test]
async fn three_thousand_people_come_in_four_pages_at_googles_own_size() {
    let people = (0..3_000)
        .map(|number| format!("p{number}@example.com"))
        .collect::<Vec<_>>();
    let mut seed = Seed::default();
    seed.groups.push(daypass_sandbox::SeedGroup {
        email: "everybody@example.com".into(),
        members: [people.clone(), vec!["sre@example.com".into()]].concat(),
    });
    let sandbox = Sandbox::start(daypass_sandbox::Options {
        seed,
        ..daypass_sandbox::Options::default()
    })
    .await
    .unwrap();
    let (directory, _folder) = directory_of(&sandbox, BROKER, Sources::system()).await;
    let members = directory
        .members_of(&email("everybody@example.com"), Freshness::Fresh)
        .await
        .unwrap();
    assert_eq!(members.len(), 3_003, "three more are in sre");
    assert_eq!(calls(&sandbox, MEMBERS), 4);
}

#[tokio::test]
async fn a_fresh_answer_sees_every_change_and_a_cached_one_is_at_most_a_minute_old() {
    let sandbox = Sandbox::start(daypass_sandbox::Options::default())
        .await
        .unwrap();
    let seconds = Arc::new(AtomicUsize::new(100));
    let read = Arc::clone(&seconds);
    let sources = Sources::new(
        || Timestamp::UNIX_EPOCH,
        move || Duration::from_secs(read.load(Ordering::SeqCst) as u64),
    );
    let (directory, _folder) = directory_of(&sandbox, BROKER, sources).await;
    let mallory = email("mallory@example.com");
    let groups = async |freshness| directory.groups_of(&mallory, freshness).await.unwrap();
    let change = |is_member| {
        let (group, member) = ("leads@example.com", "mallory@example.com");
        sandbox.cloud().set_membership(group, member, is_member);
    };
    change(true);
    assert_eq!(groups(Freshness::Cached).await, emails(["leads"]));
    change(false);
    assert_eq!(groups(Freshness::Fresh).await, emails([]));
    assert_eq!(
        groups(Freshness::Cached).await,
        emails([]),
        "a fresh answer replaces an older one"
    );
    change(true);
    assert_eq!(groups(Freshness::Cached).await, emails([]));
    seconds.fetch_add(59, Ordering::SeqCst);
    assert_eq!(groups(Freshness::Cached).await, emails([]));
    assert_eq!(calls(&sandbox, GROUPS), 2);
    seconds.fetch_add(1, Ordering::SeqCst);
    assert_eq!(groups(Freshness::Cached).await, emails(["leads"]));
}

#[tokio::test]
async fn a_hundred_equal_questions_at_once_cost_two_calls() {
    let (sandbox, directory, _folder) = started().await;
    sandbox.cloud().set_latency(Duration::from_millis(100));
    let ask = |freshness| {
        let directory = directory.clone();
        tokio::spawn(async move {
            directory
                .groups_of(&email("bob@example.com"), freshness)
                .await
        })
    };
    let questions: Vec<_> = (0..100).map(|_| ask(Freshness::Fresh)).collect();
    for question in questions {
        let groups = question.await.unwrap().unwrap();
        assert_eq!(groups, emails(["engineering", "sre"]));
    }
    assert_eq!(calls(&sandbox, GROUPS), 2);
}

#[tokio::test]
async fn a_refusal_denies_and_an_outage_is_waited_out_within_bounds() {
    let (sandbox, broker, _folder) = started().await;
    let (mallory, _other) =
        directory_of(&sandbox, "user:mallory@example.com", Sources::system()).await;
    let alice = email("alice@example.com");
    let refused = mallory
        .groups_of(&alice, Freshness::Fresh)
        .await
        .unwrap_err();
    let said = chain(&refused);
    assert!(said.contains("the groups of alice@example.com"), "{said}");
    assert!(said.contains("Permission denied"), "{said}");
    let refused = mallory.members(&email("sre@example.com")).await;
    assert!(matches!(refused, Err(IamError::Forbidden { .. })));

    let fault = |kind: Value, times: u32| {
        let fault = json!({"match": {"verb": GROUPS}, "kind": kind, "times": times});
        let fault: Fault = serde_json::from_value(fault).unwrap();
        sandbox.cloud().clear_faults();
        sandbox.cloud().add_fault(fault);
    };
    for kind in [
        json!("unavailable"),
        json!("bad_gateway"),
        json!("reset"),
        json!("reset_mid_body"),
        json!("truncated_body"),
        json!("internal"),
        json!({"throttled": {"retry_after": null}}),
    ] {
        fault(kind.clone(), 2);
        let found = broker.groups_of(&alice, Freshness::Fresh).await;
        assert_eq!(found.unwrap().len(), 3, "{kind} twice");
        fault(kind.clone(), 3);
        let failed = broker.groups_of(&alice, Freshness::Fresh).await;
        assert!(failed.is_err(), "{kind} three times");
        let cached = broker.groups_of(&alice, Freshness::Cached).await;
        assert!(cached.is_ok(), "an older answer still serves a list");
    }
    fault(json!("html_body"), 1);
    assert!(broker.groups_of(&alice, Freshness::Fresh).await.is_err());
    fault(json!({"throttled": {"retry_after": 600}}), 1);
    let begun = tokio::time::Instant::now();
    assert!(broker.groups_of(&alice, Freshness::Fresh).await.is_err());
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "nobody waits ten minutes"
    );
}

async fn answered(
    answer: impl Fn(&Seen) -> Value + Send + Sync + 'static,
) -> (Fake, CloudIdentity) {
    let fake = Fake::start(move |seen| Reply::Json(200, answer(seen))).await;
    let mut options = fake.options();
    options
        .endpoints
        .insert("cloudidentity".into(), fake.url.clone());
    let google = Google::connect(options).await.unwrap();
    let directory = CloudIdentity::new(Arc::new(google), "C0123".parse().unwrap());
    (fake, directory)
}

#[tokio::test]
async fn the_search_names_the_member_the_label_and_the_customer() {
    let (fake, directory) = answered(|_| json!({})).await;
    directory
        .groups(&email("o'neil@example.com"))
        .await
        .unwrap();
    let target = fake.seen()[0].target.clone();
    let url = url::Url::parse(&format!("{}{target}", fake.url)).unwrap();
    assert_eq!(
        url.path(),
        "/v1/groups/-/memberships:searchTransitiveGroups"
    );
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    assert_eq!(
        query,
        [
            ("pageSize".to_owned(), "1000".to_owned()),
            (
                "query".to_owned(),
                r"member_key_id == 'o\'neil@example.com' && 'cloudidentity.googleapis.com/groups.discussion_forum' in labels && parent == 'customers/C0123'".to_owned()
            )
        ]
    );
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_an_error() {
    for wrong in [
        json!([]),
        json!({"memberships": {}}),
        json!({"memberships": [{"groupKey": {}}]}),
        json!({"memberships": [{}]}),
        json!({"memberships": [], "nextPageToken": 7}),
        // The same page for ever.
        json!({"memberships": [{"groupKey": {"id": "a@example.com"}}], "nextPageToken": "again"}),
    ] {
        let reply = wrong.clone();
        let (_fake, directory) = answered(move |_| reply.clone()).await;
        let found = directory.groups(&email("alice@example.com")).await;
        assert!(
            matches!(found, Err(IamError::Malformed { .. })),
            "{wrong}: {found:?}"
        );
    }
    for (name, entry) in [
        ("groups/../../v1/projects", json!({})),
        ("projects/1", json!({})),
        (
            "groups/01",
            json!({"preferredMemberKey": [{"id": "a@example.com"}]}),
        ),
        ("groups/01", json!({"member": "users/1"})),
        (
            "groups/01",
            json!({"member": "users/1", "preferredMemberKey": [{}]}),
        ),
    ] {
        let shown = entry.clone();
        let (_fake, directory) = answered(move |seen| {
            if seen.target.contains("groups:lookup") {
                json!({ "name": name })
            } else {
                json!({ "memberships": [shown] })
            }
        })
        .await;
        let found = directory.members(&email("sre@example.com")).await;
        assert!(
            matches!(found, Err(IamError::Malformed { .. })),
            "{name} {entry}: {found:?}"
        );
    }
}

#[tokio::test]
async fn devices_and_identities_of_other_sources_are_nobody() {
    let (_fake, directory) = answered(|seen| {
        if seen.target.contains("groups:lookup") {
            return json!({"name": "groups/01"});
        }
        json!({"memberships": [
            {"member": "users/1", "preferredMemberKey": [{"id": "Alice@Example.com"}]},
            {"member": "users/2", "preferredMemberKey": [{"id": "bob@example.com", "namespace": "identitysources/1"}]},
            {"member": "devices/3", "preferredMemberKey": [{"id": "0-serial-17"}]},
            {"member": "groups/02", "preferredMemberKey": [{"id": "leads@example.com"}]},
        ]})
    })
    .await;
    let members = directory.members(&email("sre@example.com")).await.unwrap();
    assert_eq!(members, emails(["alice"]));
}
