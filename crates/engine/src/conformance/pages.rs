//! Listings: filters, order, paging.

use std::collections::BTreeSet;
use std::sync::Arc;

use daypass_core::audit::Channel;
use daypass_core::email::Email;
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::principal::Principal;
use daypass_core::state::State;

use super::chance::Chance;
use super::fixtures::{Sample, at, changed, email, entitlement, new, person, resource};
use super::{Check, check};
use crate::ports::{GrantFilter, Store};

pub(super) const CHECKS: &[Check] = &[
    check!(
        "any combination of filters lists what it says, newest first, at any page size",
        filters_agree_with_their_meaning
    ),
    check!(
        "paging loses and repeats nothing while grants are added",
        paging_while_inserting
    ),
    check!(
        "an empty list of entitlements matches nothing",
        no_entitlement_matches_nothing
    ),
    check!(
        "a review is owed from the request until it is given",
        reviews_owed
    ),
    check!(
        "a list of a thousand entitlements is taken",
        many_entitlements
    ),
];

const PEOPLE: [&str; 3] = ["alice", "bob", "carol"];
const ENTITLEMENTS: [&str; 3] = ["prod-logs", "prod-db", "test-all"];
const RESOURCES: [&str; 3] = ["projects/shop-prod", "projects/shop-test", "folders/123"];

/// What the fields of the filter mean, one grant at a time.
fn matches(filter: &GrantFilter, grant: &Grant) -> bool {
    let terms = &grant.terms;
    let concerns = |person: &Email| {
        terms.requester.email == *person || terms.beneficiary.email() == Some(person)
    };
    filter.concerning.as_ref().is_none_or(concerns)
        && filter
            .entitlements
            .as_ref()
            .is_none_or(|ids| ids.contains(&terms.entitlement))
        && (filter.states.is_empty() || filter.states.contains(&grant.state))
        && filter.resource.as_ref().is_none_or(|resource| {
            terms
                .privileges
                .iter()
                .any(|privilege| privilege.resource == *resource)
        })
        && filter
            .beneficiary
            .as_ref()
            .is_none_or(|principal| terms.beneficiary == *principal)
        && (!filter.review_owed || grant.owes_review())
        && filter.before.is_none_or(|before| grant.id < before)
}

/// All pages of a filter.
async fn all_pages(store: &dyn Store, filter: &GrantFilter) -> Vec<GrantId> {
    let mut filter = filter.clone();
    let mut ids = Vec::new();
    loop {
        let page = store.grants(&filter).await.unwrap();
        assert!(
            page.grants.len() <= filter.limit,
            "a page is never longer than the limit"
        );
        ids.extend(page.grants.iter().map(|grant| grant.id));
        match page.next {
            Some(next) => {
                assert_eq!(
                    page.grants.last().map(|grant| grant.id),
                    Some(next),
                    "the cursor is the last of the page"
                );
                filter.before = Some(next);
            }
            None => return ids,
        }
    }
}

fn random_filter(chance: &mut Chance) -> GrantFilter {
    let mut pick =
        |of: &[&'static str]| of[usize::try_from(chance.below(of.len() as u64)).unwrap()];
    let (person, beneficiary, id, second, place) = (
        pick(&PEOPLE),
        pick(&PEOPLE),
        pick(&ENTITLEMENTS),
        pick(&ENTITLEMENTS),
        pick(&RESOURCES),
    );
    let count = [0, 0, 1, 2, 5][usize::try_from(chance.below(5)).unwrap()];
    let states = (0..count)
        .map(|_| State::ALL[usize::try_from(chance.below(11)).unwrap()])
        .collect();
    GrantFilter {
        concerning: (chance.below(3) == 0).then(|| email(person)),
        entitlements: (chance.below(3) == 0).then(|| vec![entitlement(id), entitlement(second)]),
        states,
        resource: (chance.below(3) == 0).then(|| resource(place)),
        beneficiary: (chance.below(4) == 0).then(|| Principal::of_account(email(beneficiary))),
        review_owed: chance.below(5) == 0,
        before: None,
        limit: usize::try_from(1 + chance.below(9)).unwrap(),
    }
}

async fn filters_agree_with_their_meaning(store: Arc<dyn Store>) {
    let mut chance = Chance(1);
    let mut grants = Vec::new();
    for number in 0..150 {
        let mut pick = |of: &[&'static str]| {
            of[usize::try_from(chance.below(of.len() as u64)).unwrap()].to_owned()
        };
        let mut resources = vec![pick(&RESOURCES), pick(&RESOURCES)];
        resources.dedup();
        let sample = Sample {
            number,
            requester: pick(&PEOPLE),
            beneficiary: pick(&PEOPLE),
            entitlement: pick(&ENTITLEMENTS),
            resources,
            emergency: chance.below(3) == 0,
        };
        let state = State::ALL[usize::try_from(chance.below(11)).unwrap()];
        let (grant, entries) = sample.make(state);
        grants.push(grant.clone());
        store.commit(vec![new(grant, entries)]).await.unwrap();
    }
    let mut listed = 0;
    for _ in 0..150 {
        let mut filter = random_filter(&mut chance);
        if chance.below(4) == 0 {
            filter.before = Some(grants[usize::try_from(chance.below(150)).unwrap()].id);
        }
        let wanted: Vec<_> = grants
            .iter()
            .rev()
            .filter(|grant| matches(&filter, grant))
            .map(|grant| grant.id)
            .collect();
        assert_eq!(all_pages(&*store, &filter).await, wanted, "{filter:?}");
        listed += wanted.len();
    }
    assert!(
        listed > 1_000,
        "the filters leave enough to compare: {listed}"
    );
}

async fn paging_while_inserting(store: Arc<dyn Store>) {
    let put = async |number| {
        let (grant, entries) = Sample::new(number).make(State::Ended);
        let id = grant.id;
        store.commit(vec![new(grant, entries)]).await.unwrap();
        id
    };
    let mut there = BTreeSet::new();
    for number in 1..=40 {
        there.insert(put(number).await);
    }
    let mut filter = GrantFilter {
        concerning: Some(email("alice")),
        limit: 7,
        ..GrantFilter::default()
    };
    let mut seen = Vec::new();
    for newer in 100.. {
        let page = store.grants(&filter).await.unwrap();
        seen.extend(page.grants.iter().map(|grant| grant.id));
        put(newer).await;
        filter.before = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, none twice");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), there);
}

async fn no_entitlement_matches_nothing(store: Arc<dyn Store>) {
    let (grant, entries) = Sample::new(1).make(State::Active);
    store.commit(vec![new(grant, entries)]).await.unwrap();
    for states in [
        Vec::new(),
        vec![State::Active],
        vec![State::Active, State::Ended],
    ] {
        let filter = GrantFilter {
            entitlements: Some(Vec::new()),
            states,
            limit: 10,
            ..GrantFilter::default()
        };
        assert_eq!(store.grants(&filter).await.unwrap().grants, []);
    }
}

async fn reviews_owed(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for (number, state) in [
        (1, State::Ended),
        (2, State::Active),
        (3, State::Denied),
        (4, State::Active),
    ] {
        let sample = Sample {
            emergency: number != 4,
            ..Sample::new(number)
        };
        let (grant, entries) = sample.make(state);
        ids.push(grant.id);
        store.commit(vec![new(grant, entries)]).await.unwrap();
    }
    let owed = GrantFilter {
        review_owed: true,
        limit: 10,
        ..GrantFilter::default()
    };
    let of = |name| GrantFilter {
        concerning: Some(email(name)),
        ..owed.clone()
    };
    assert_eq!(all_pages(&*store, &owed).await, [ids[1], ids[0]]);
    assert_eq!(all_pages(&*store, &of("alice")).await, [ids[1], ids[0]]);
    assert_eq!(all_pages(&*store, &of("bob")).await, []);

    let mut grant = store.grant(ids[1]).await.unwrap().unwrap();
    let entries = grant
        .record_review(&person("rita"), true, None, Channel::Web, at(100))
        .unwrap();
    store.commit(vec![changed(grant, entries)]).await.unwrap();
    assert_eq!(all_pages(&*store, &owed).await, [ids[0]]);
}

async fn many_entitlements(store: Arc<dyn Store>) {
    let mut wanted = Vec::new();
    for number in 1..=6 {
        let sample = Sample {
            entitlement: format!("team-{number}"),
            ..Sample::new(number)
        };
        let (grant, entries) = sample.make(if number == 3 {
            State::Ended
        } else {
            State::Active
        });
        if number % 2 == 1 {
            wanted.insert(0, grant.id);
        }
        store.commit(vec![new(grant, entries)]).await.unwrap();
    }
    let odd = (0..1_000)
        .map(|number| entitlement(&format!("team-{}", 2 * number + 1)))
        .collect();
    let filter = GrantFilter {
        entitlements: Some(odd),
        limit: 2,
        ..GrantFilter::default()
    };
    assert_eq!(all_pages(&*store, &filter).await, wanted);
}
