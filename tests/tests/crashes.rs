//! The server dies, at moments of chance and at each named place: nothing is lost, doubled or unrecorded.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use daypass_tests::crash::{
    Deed, ForeignWriter, Ledger, Load, Oracle, Person, Program, Server, Shared, Site, Start,
    is_long, seed,
};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// How long a test waits for a state.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_at_moments_of_chance_loses_doubles_and_hides_nothing() {
    let kills = if is_long() { 500 } else { 50 };
    let seed = seed();
    let mut chance = StdRng::seed_from_u64(seed);
    let program = Program::plain();
    let site = Site::start(&program).await;
    let foreign = ForeignWriter::begin(&site.cloud(), chance.random());
    let ledger: Shared = Arc::default();
    let mut oracle = Oracle::default();
    for kill in 1..=kills {
        let context = |wrong| format!("seed {seed}, kill {kill}: {wrong}");
        let server = Server::start(&program, &site).await;
        let load = Load::begin(&site, server.url(), &ledger, &mut chance);
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..700))).await;
        if chance.random_bool(0.4) {
            site.cloud()
                .advance(SignedDuration::from_mins(chance.random_range(1..30)));
            tokio::time::sleep(Duration::from_millis(chance.random_range(0..400))).await;
        }
        server.kill().await;
        load.end().await;
        let known = ledger.lock().unwrap().clone();
        let seen = oracle.check_dead(&site, &known).await;
        seen.map_err(context).unwrap();

        // Dying again while it mends is part of it.
        if chance.random_bool(0.3) {
            let server = Server::start(&program, &site).await;
            tokio::time::sleep(Duration::from_millis(chance.random_range(0..100))).await;
            server.kill().await;
            let seen = oracle.check_dead(&site, &known).await;
            seen.map_err(context).unwrap();
        }
        let server = Server::start(&program, &site).await;
        let seen = oracle.check_agreed(&site, &known).await;
        seen.map_err(|wrong| format!("{}\n{}", context(wrong), server.log()))
            .unwrap();
        server.kill().await;
    }
    oracle.has_all(&site, &foreign.written()).unwrap();
    let made = ledger.lock().unwrap().len();
    assert!(made > kills, "seed {seed}: the load was one: {made} grants");
    assert!(foreign.written().len() > kills / 2, "others wrote as well");
}

/// What is under way when the server dies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Story {
    /// One place, approved.
    One,
    /// Three places, approved.
    Three,
    /// More time for a grant on three places.
    Extension,
    /// The early end of a grant on three places.
    Revocation,
}

/// Places that any grant passes once, and those that it passes once for each policy.
const ONCE: [&str; 5] = [
    "before-request-commit",
    "after-request-commit",
    "after-approve-commit",
    "before-intent-commit",
    "after-intent-commit",
];
const EACH_POLICY: [&str; 5] = [
    "before-set",
    "after-set",
    "after-read-back",
    "before-settle-commit",
    "after-settle-commit",
];

#[test]
fn every_place_is_tried() {
    let tried = [ONCE, EACH_POLICY].concat();
    assert_eq!(tried, daypass_engine::crash::POINTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_on_one_policy_survives_a_crash_at_each_place() {
    let places = [ONCE, EACH_POLICY].concat();
    try_places(Story::One, places.into_iter().map(|place| (place, 0))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_on_three_policies_survives_a_crash_at_each_place_of_each() {
    let once = ONCE.into_iter().map(|place| (place, 0));
    try_places(Story::Three, once.chain(each_of_three())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_on_three_policies_survives_a_crash_at_each_place_of_each() {
    let once = ONCE.into_iter().map(|place| (place, 0));
    try_places(Story::Extension, once.chain(each_of_three())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_on_three_policies_survives_a_crash_at_each_place_of_each() {
    try_places(Story::Revocation, each_of_three()).await;
}

fn each_of_three() -> impl Iterator<Item = (&'static str, u32)> {
    // In the short form: at the first policy and at the last.
    let passes = if is_long() { 0..=2 } else { 0..=1 };
    let step = if is_long() { 1 } else { 2 };
    passes.flat_map(move |pass| EACH_POLICY.map(|place| (place, pass * step)))
}

async fn try_places(story: Story, places: impl Iterator<Item = (&'static str, u32)>) {
    let program = program_with_crash_points();
    let site = Site::start(&program).await;
    let mut oracle = Oracle::default();
    let mut ledger = Ledger::default();
    for place in places {
        let context = |wrong| format!("{story:?}, {place:?}: {wrong}");
        let earlier = prepare(story, &program, &site, &mut ledger).await;
        let start = Start {
            crash_at: Some(place),
            ..Start::default()
        };
        let server = Server::start_with(&program, &site, &start).await.unwrap();
        play(story, earlier.as_deref(), &site, server.url(), &mut ledger).await;
        let ended = server.ended().await;
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&ended.status),
            Some(6),
            "{}",
            context("it aborts".to_owned())
        );
        let seen = oracle.check_dead(&site, &ledger).await;
        seen.map_err(context).unwrap();

        let server = Server::start(&program, &site).await;
        let seen = oracle.check_agreed(&site, &ledger).await;
        seen.map_err(|wrong| format!("{}\n{}", context(wrong), server.log()))
            .unwrap();
        settle(&site, server.url(), &mut ledger).await;
        let seen = oracle.check_agreed(&site, &ledger).await;
        seen.map_err(context).unwrap();
        server.kill().await;
    }
}

/// One build for all tests of this program.
fn program_with_crash_points() -> Arc<Program> {
    static BUILT: Mutex<Option<Arc<Program>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap();
    let program = built.get_or_insert_with(|| Arc::new(Program::with_crash_points()));
    Arc::clone(program)
}

/// What must be there before the story begins: an active grant, or nothing.
async fn prepare(
    story: Story,
    program: &Program,
    site: &Site,
    ledger: &mut Ledger,
) -> Option<String> {
    if !matches!(story, Story::Extension | Story::Revocation) {
        return None;
    }
    let server = Server::start(program, site).await;
    let alice = Person::at(server.url(), &site.cloud(), "alice");
    let carol = Person::at(server.url(), &site.cloud(), "carol");
    let made = alice.ask("three-approved", 30).await.unwrap();
    ledger.note(&made.id, Deed::Made);
    carol.decide(&made.id, "approve").await.unwrap();
    ledger.note(&made.id, Deed::Approved);
    becomes(&alice, &made.id, "ACTIVE").await;
    server.kill().await;
    Some(made.id)
}

/// Does what leads past the place. Where the server dies, an answer is missing.
async fn play(story: Story, earlier: Option<&str>, site: &Site, url: &str, ledger: &mut Ledger) {
    let alice = Person::at(url, &site.cloud(), "alice");
    let carol = Person::at(url, &site.cloud(), "carol");
    let made = match (story, earlier) {
        (Story::One, _) => alice.ask("one-approved", 30).await,
        (Story::Three, _) => alice.ask("three-approved", 30).await,
        (Story::Extension, Some(earlier)) => alice.extend(earlier, 20).await,
        (_, earlier) => {
            let earlier = earlier.unwrap();
            if carol.decide(earlier, "revoke").await.is_ok() {
                ledger.note(earlier, Deed::Revoked);
            }
            return;
        }
    };
    let Ok(made) = made else { return };
    ledger.note(&made.id, Deed::Made);
    if carol.decide(&made.id, "approve").await.is_ok() {
        ledger.note(&made.id, Deed::Approved);
    }
}

/// Ends everything, so that the next place begins with nothing.
async fn settle(site: &Site, url: &str, ledger: &mut Ledger) {
    let carol = Person::at(url, &site.cloud(), "carol");
    for id in ledger.latest(3).to_vec() {
        let grant = carol.grant(&id).await.unwrap();
        let (verb, deed) = match grant.state.as_str() {
            "APPROVAL_AWAITED" => ("deny", Deed::Denied),
            "ACTIVE" | "ACTIVATING" => ("revoke", Deed::Revoked),
            _ => continue,
        };
        let done = carol.decide(&id, verb).await.unwrap();
        ledger.note(&done.id, deed);
    }
}

async fn becomes(person: &Person, grant: &str, state: &str) {
    let began = std::time::Instant::now();
    loop {
        let now = person.grant(grant).await.unwrap();
        if now.state == state {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{grant} stays {}", now.state);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
