//! `cargo run --release -p daypass-tests --bin organisation [PROGRAM]`: how the entitlements of a large organisation
//! load, and how fast it is told who may have what.
//!
//! Figures are printed, to be recorded in `docs/benchmarks.md`; nothing is asserted about them.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark prints what it measures, and fails loudly"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use daypass_core::Timestamp;
use daypass_core::decide::{Facts, Outcome, decide};
use daypass_core::email::Email;
use daypass_core::entitlement::{Approval, Catalogue, Source, load};
use daypass_core::person::Person;
use daypass_core::principal::Principal;
use daypass_core::request::Ask;
use daypass_tests::speed::Durations;
use daypass_tests::speed::nested_groups::Organisation;
use daypass_tests::speed::organisation::Size;
use daypass_tests::speed::server::{Installation, Server, client};
use daypass_tests::storm::Scale;
use daypass_tests::storm::world::World;
use serde_json::{Value, json};

/// The people who ask.
const ASKERS: usize = 50;
/// Questions of each kind.
const QUESTIONS: usize = 2_000;
/// Loads that are timed.
const LOADS: usize = 9;

const NO_PAST: Size = Size {
    entitlements: 0,
    past_grants: 0,
    people: 0,
    projects: 8,
};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let program = std::env::args_os()
        .nth(1)
        .map_or_else(beside, PathBuf::from);
    let world = World::start(Scale {
        grants: 1,
        projects: 8,
        latency: Duration::ZERO,
        foreign_every: Duration::from_secs(1),
    })
    .await;
    for entitlements in [1_000, 10_000] {
        let organisation = Organisation {
            entitlements,
            people: 50_000,
            groups: 5_000,
        };
        println!("{entitlements} entitlements, 50000 people in 5000 nested groups");
        decides(&loads(organisation));
        serves(&program, &world, organisation).await;
    }
}

/// Reading the files into a catalogue, in this process.
fn loads(organisation: Organisation) -> Catalogue {
    let sources: Vec<Source> = organisation
        .entitlement_files()
        .into_iter()
        .enumerate()
        .map(|(number, text)| Source {
            name: format!("{number}.yaml"),
            text,
        })
        .collect();
    let (taken, mut catalogues): (Vec<Duration>, Vec<Catalogue>) = (0..LOADS)
        .map(|_| {
            let began = Instant::now();
            let catalogue = load(&sources).expect("the entitlements are right");
            (began.elapsed(), catalogue)
        })
        .unzip();
    println!("  load: {}", Durations::from(taken));
    let catalogue = catalogues.pop().expect("one of several");
    assert_eq!(catalogue.len(), organisation.entitlements, "all are there");
    catalogue
}

/// The decision alone, in this process: somebody of the group that may ask, and twelve people in each group that
/// approves.
fn decides(catalogue: &Catalogue) {
    let now = Timestamp::from_second(1_796_000_000).expect("a time");
    let person = Person {
        issuer: "https://accounts.example.com".into(),
        subject: "1".into(),
        email: Email::parse("person-1@example.com").expect("an address"),
    };
    let taken = catalogue.iter().take(QUESTIONS).map(|entitlement| {
        let mut ask = Ask::new(entitlement.id.clone());
        ask.justification = Some("the disk is full".into());
        ask.inputs.insert("ticket".into(), "INC-1".into());
        let groups = entitlement.requesters.iter().filter_map(Principal::email);
        let approvers = entitlement.approval.iter().flat_map(Approval::everybody);
        let members = approvers
            .filter_map(Principal::email)
            .map(|group| (group.clone(), (2..14).map(colleague).collect()));
        let facts = Facts {
            now,
            skew: Some(jiff::SignedDuration::ZERO),
            groups: groups.cloned().collect(),
            beneficiary_groups: BTreeSet::new(),
            members: members.collect(),
            projects: BTreeMap::new(),
            debts: Vec::new(),
        };
        let began = Instant::now();
        let decision = decide(entitlement, &person, &ask, &facts);
        let taken = began.elapsed();
        assert!(
            matches!(decision.outcome, Outcome::NeedsApproval(_)),
            "{decision:?}"
        );
        taken
    });
    println!(
        "  one decision: {}",
        Durations::from(taken.collect::<Vec<_>>())
    );
}

fn colleague(number: usize) -> Email {
    Email::parse(&format!("person-{number}@example.com")).expect("an address")
}

/// The server as a whole: start, questions over HTTP, memory.
async fn serves(program: &Path, world: &World, organisation: Organisation) {
    let step = organisation.people / ASKERS;
    let people: Vec<String> = (0..ASKERS)
        .map(|one| format!("person-{}", one * step))
        .collect();
    let signed_in: Vec<&str> = people.iter().map(String::as_str).collect();
    let installation = Installation::of(
        program,
        world,
        &organisation.entitlement_files(),
        Some(&organisation.group_file()),
        NO_PAST,
        &signed_in,
    )
    .await;
    let server = installation.start().await;
    println!(
        "  server ready after {:.0} ms",
        server.ready_after.as_secs_f64() * 1_000.0
    );
    let client = client();
    let mut found: Vec<(String, String)> = Vec::new();
    let mut taken = Vec::new();
    for question in 0..QUESTIONS {
        let token = &installation.tokens[question % ASKERS];
        let began = Instant::now();
        let ids = entitlements(&server, &client, token).await;
        taken.push(began.elapsed());
        if question < ASKERS {
            found.extend(ids.into_iter().map(|id| (token.clone(), id)));
        }
    }
    assert!(!found.is_empty(), "somebody may ask for something");
    println!(
        "  what may I ask for ({:.1} on average), over HTTP: {}",
        found.len() as f64 / ASKERS as f64,
        Durations::from(taken)
    );
    let mut taken = Vec::new();
    for question in 0..QUESTIONS {
        let (token, id) = &found[question * 7 % found.len()];
        let began = Instant::now();
        let outcome = explain(&server, &client, token, id).await;
        taken.push(began.elapsed());
        assert_eq!(outcome, "needs-approval", "{id}");
    }
    println!(
        "  explain with its blast radius, over HTTP: {}",
        Durations::from(taken)
    );
    println!(
        "  at most {:.1} MiB",
        server.most_memory_kib() as f64 / 1_024.0
    );
    server.stop().await;
}

async fn entitlements(server: &Server, client: &reqwest::Client, token: &str) -> Vec<String> {
    let url = format!("{}/api/v1/entitlements?limit=200", server.url);
    let answer = client.get(url).bearer_auth(token).send().await;
    let body: Value = answer
        .expect("the server answers")
        .json()
        .await
        .expect("JSON");
    let list = body["entitlements"].as_array().expect("a list");
    list.iter()
        .filter(|one| one["may_request"] == json!(true))
        .filter_map(|one| one["id"].as_str().map(str::to_owned))
        .collect()
}

async fn explain(server: &Server, client: &reqwest::Client, token: &str, id: &str) -> String {
    let ask = json!({"entitlement": id, "justification": "the disk is full", "input": {"ticket": "INC-1"}});
    let url = format!("{}/api/v1/grants:explain", server.url);
    let answer = client.post(url).bearer_auth(token).json(&ask).send().await;
    let body: Value = answer
        .expect("the server answers")
        .json()
        .await
        .expect("JSON");
    body["decision"].as_str().unwrap_or_default().to_owned()
}

fn beside() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it is");
    own.with_file_name("daypass")
}
