//! A large organisation with a long past: entitlements in a file, and grants in a database that the store itself wrote.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use daypass_core::state::State;
use daypass_core::token;
use daypass_engine::conformance::fixtures::{HOUR, Sample, new, observe_all, person};
use daypass_engine::ports::{Session, SessionKind, Store, TokenHash};
use daypass_store_sqlite::SqliteStore;
use jiff::{SignedDuration, Timestamp};

use crate::storm::world::project;

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Entitlements in force.
    pub entitlements: usize,
    /// Grants that are over.
    pub past_grants: usize,
    /// People among whom they are spread evenly.
    pub people: usize,
    /// Projects that the entitlements name.
    pub projects: usize,
}

/// Each so many-th entitlement is open to the person who may ask for few.
const FEW: usize = 200;
/// Entitlements in a file: one file may have a megabyte.
const IN_A_FILE: usize = 1_000;
/// Grants that are written in one transaction.
const AT_A_TIME: usize = 250;
/// How past grants ended.
const ENDS: [State; 4] = [State::Ended, State::Revoked, State::Denied, State::Expired];

/// May ask for everything.
pub const ASKS_FOR_ALL: &str = "person-0";
/// May ask for some things.
pub const ASKS_FOR_FEW: &str = "person-1";
/// Approves everything, and so oversees all grants.
pub const APPROVES_ALL: &str = "carol";

/// The entitlements, as files.
pub fn entitlements(size: Size) -> Vec<String> {
    let firsts = (0..size.entitlements).step_by(IN_A_FILE);
    firsts
        .map(|first| file(first..size.entitlements.min(first + IN_A_FILE), size))
        .collect()
}

fn file(numbers: Range<usize>, size: Size) -> String {
    let mut text = "apiVersion: daypass/v1\nentitlements:\n".to_owned();
    for number in numbers {
        let few = if number % FEW == 0 {
            format!(", 'user:{ASKS_FOR_FEW}@example.com'")
        } else {
            String::new()
        };
        let written = write!(
            text,
            "  - id: {}
    title: Storage of the product line {number}
    description: Administer the buckets of the product line {number} during an incident
    requesters: ['user:{ASKS_FOR_ALL}@example.com'{few}]
    privileges: [{{resource: {}, roles: [roles/storage.admin]}}]
    duration: {{default: 1h, max: 4h}}
    approval: {{steps: [{{approvers: ['user:{APPROVES_ALL}@example.com']}}]}}
",
            id(number),
            project(number % size.projects.max(1)),
        );
        written.expect("a string takes any text");
    }
    text
}

fn id(number: usize) -> String {
    format!("product-line-{number:05}")
}

/// Writes the past into a new database, and a session for each of these people; the tokens of those.
pub async fn past(database: &Path, size: Size, signed_in: &[&str], now: Timestamp) -> Vec<String> {
    let store = SqliteStore::open(database).await.expect("a database");
    for first in (0..size.past_grants).step_by(AT_A_TIME) {
        let numbers = first..size.past_grants.min(first + AT_A_TIME);
        let changes = numbers.map(|number| {
            let sample = sample(number, size);
            let (mut grant, mut entries) = sample.make(ENDS[number % ENDS.len()]);
            if grant.open_bindings().next().is_some() {
                entries.extend(observe_all(
                    &mut grant,
                    false,
                    sample.asked_at() + HOUR.signed(),
                ));
            }
            assert!(
                grant.open_bindings().next().is_none(),
                "the past leaves nothing to do"
            );
            new(grant, entries)
        });
        store
            .commit(changes.collect())
            .await
            .expect("the store takes it");
    }
    let mut tokens = Vec::new();
    for name in signed_in {
        tokens.push(session(&store, name, now).await);
    }
    store.close().await;
    tokens
}

fn sample(number: usize, size: Size) -> Sample {
    let who = format!("person-{}", number % size.people.max(1));
    Sample {
        entitlement: id(number % size.entitlements.max(1)),
        requester: who.clone(),
        beneficiary: who,
        resources: vec![project(number % size.projects.max(1))],
        ..Sample::new(number as u64)
    }
}

async fn session(store: &SqliteStore, name: &str, now: Timestamp) -> String {
    let who = person(name);
    let text = token::encode(format!("{name}, signed in at {now}").as_bytes());
    let session = Session {
        token: TokenHash(token::digest(&text)),
        person: who.clone(),
        name: name.to_owned(),
        kind: SessionKind::Terminal,
        created_at: now,
        used_at: now,
        expires_at: now + SignedDuration::from_hours(8),
    };
    let actor = daypass_core::audit::Actor::person(&who, daypass_core::audit::Channel::Cli);
    let entry = daypass_core::audit::Entry::new(now, actor, daypass_core::audit::Action::SignedIn);
    store
        .create_session(session, entry)
        .await
        .expect("the store takes it");
    text
}
