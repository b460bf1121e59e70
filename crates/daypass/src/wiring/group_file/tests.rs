#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn emails<const N: usize>(texts: [&str; N]) -> BTreeSet<Email> {
    texts.map(email).into()
}

#[tokio::test]
async fn nested_groups_and_circles() {
    let file = GroupFile::parse(
        "groups:
  a@x.org: [group:b@x.org, ann@x.org, ann@x.org]
  b@x.org: [c@x.org, 'user:Bob@x.org']
  group:C@x.org: [A@x.org, cid@x.org, serviceAccount:bot@p.iam.gserviceaccount.com]
  empty@x.org: []",
    )
    .unwrap();
    let everybody = emails([
        "ann@x.org",
        "bob@x.org",
        "cid@x.org",
        "bot@p.iam.gserviceaccount.com",
    ]);
    for freshness in [Freshness::Fresh, Freshness::Cached] {
        let of = |group: &'static str| {
            let file = &file;
            async move { file.members_of(&email(group), freshness).await.unwrap() }
        };
        assert_eq!(of("a@x.org").await, everybody);
        assert_eq!(of("c@x.org").await, everybody);
        assert_eq!(of("empty@x.org").await, BTreeSet::new());
        assert_eq!(of("unknown@x.org").await, BTreeSet::new());
        let groups = file.groups_of(&email("cid@x.org"), freshness).await;
        assert_eq!(groups.unwrap(), emails(["a@x.org", "b@x.org", "c@x.org"]));
        let none = file.groups_of(&email("eve@x.org"), freshness).await;
        assert_eq!(none.unwrap(), BTreeSet::new());
    }
    assert_eq!(file.describe().await, "4 groups of 4 people in a file");
}

#[test]
fn a_mistake_is_refused_with_the_entry() {
    for (text, expected) in [
        (
            "groups: {a@x.org: [group:b@x.org]}",
            "lists the group b@x.org, which is not in the file",
        ),
        (
            "groups: {a@x.org: [user:b@x.org], b@x.org: []}",
            "which is a group, as a person",
        ),
        (
            "groups: {a@x.org: [], A@X.org: []}",
            "a@x.org is listed twice",
        ),
        ("groups: {a@x.org: [bob]}", "bob"),
        ("groups: {a@x.org: ['robot:bob@x.org']}", "robot"),
        ("groups: {sre: [bob@x.org]}", "sre"),
        ("groups: {a@x.org: bob@x.org}", "line 1"),
        ("grups: {}", "grups"),
        ("groups: [", "line 1"),
    ] {
        let error = GroupFile::parse(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let error = GroupFile::read(Path::new("/nowhere/groups.yaml")).unwrap_err();
    assert!(matches!(error, GroupFileError::Read { .. }));
}

#[test]
fn a_bomb_of_aliases_is_refused_at_once() {
    let mut text = String::from("groups:\n  g0@x.org: &a0 [p@x.org]\n");
    for level in 1..40 {
        let inner = level - 1;
        let _ = writeln!(text, "  g{level}@x.org: &a{level} [*a{inner}, *a{inner}]");
    }
    let begun = Instant::now();
    assert!(GroupFile::parse(&text).is_err());
    assert!(begun.elapsed() < Duration::from_secs(2));
}

/// Five thousand groups in chains of fifty and in circles, fifty thousand people in two groups each.
fn large() -> String {
    let mut members: Vec<Vec<String>> = vec![Vec::new(); 5_000];
    for (group, members) in members.iter_mut().enumerate() {
        let next = group + 1;
        let inner = if next % 50 == 0 { next - 25 } else { next };
        members.push(format!("group:group-{inner}@example.com"));
    }
    for person in 0..50_000 {
        members[person % 5_000].push(format!("person-{person}@example.com"));
        members[(person * 7 + 13) % 5_000].push(format!("person-{person}@example.com"));
    }
    let mut text = String::from("groups:\n");
    for (group, members) in members.iter().enumerate() {
        let _ = writeln!(
            text,
            "  group-{group}@example.com: [{}]",
            members.join(", ")
        );
    }
    text
}

#[test]
fn fifty_thousand_people_in_five_thousand_nested_groups() {
    let text = large();
    let begun = Instant::now();
    let file = GroupFile::parse(&text).unwrap();
    let loaded = begun.elapsed();
    assert_eq!(file.counts(), (5_000, 50_000));
    let member = email("person-4321@example.com");
    let begun = Instant::now();
    let groups = file.membership.groups_of(&member);
    let asked = begun.elapsed();
    assert!(groups.len() > 2, "{groups:?}");
    for group in &groups {
        assert!(file.membership.members_of(group).contains(&member));
    }
    // A build without optimisation is an order of magnitude slower than what is shipped.
    let patience = if cfg!(debug_assertions) { 20 } else { 1 };
    assert!(loaded < Duration::from_secs(patience), "{loaded:?}");
    assert!(asked < Duration::from_millis(patience), "{asked:?}");
}

/// The groups of everybody by the simplest rule: a member of a group within a group is in both, until nothing is new.
fn naive(direct: &BTreeMap<u8, Vec<u8>>) -> BTreeSet<(u8, u8)> {
    let mut pairs: BTreeSet<(u8, u8)> = direct
        .iter()
        .flat_map(|(group, members)| members.iter().map(|member| (*group, *member)))
        .collect();
    loop {
        let new: BTreeSet<(u8, u8)> = pairs
            .iter()
            .flat_map(|(outer, middle)| {
                pairs
                    .iter()
                    .filter(move |(group, _)| group == middle)
                    .map(move |(_, inner)| (*outer, *inner))
            })
            .filter(|pair| !pairs.contains(pair))
            .collect();
        if new.is_empty() {
            return pairs;
        }
        pairs.extend(new);
    }
}

proptest! {
    #[test]
    fn both_ways_agree_with_the_naive_closure(
        direct in prop::collection::btree_map(0..12_u8, prop::collection::vec(0..24_u8, 0..5), 0..12)
    ) {
        let name = |number: u8| email(&format!("a{number}@example.com"));
        let listing = Listing {
            groups: direct
                .iter()
                .map(|(group, members)| (name(*group), members.iter().copied().map(name).collect()))
                .collect(),
        };
        let membership = Membership::of(&listing);
        let pairs = naive(&direct);
        for address in 0..24_u8 {
            let groups: BTreeSet<Email> = pairs
                .iter()
                .filter(|(_, member)| *member == address)
                .map(|(group, _)| name(*group))
                .collect();
            prop_assert_eq!(membership.groups_of(&name(address)), groups);
            let people: BTreeSet<Email> = pairs
                .iter()
                .filter(|(group, member)| *group == address && !direct.contains_key(member))
                .map(|(_, member)| name(*member))
                .collect();
            prop_assert_eq!(membership.members_of(&name(address)), people);
        }
    }
}
