//! The index of who is named where finds what a look through everything finds.

use std::collections::BTreeSet;

use daypass_core::decide::is_among;
use daypass_core::email::Email;
use daypass_core::entitlement::{Catalogue, Entitlement, EntitlementId};
use daypass_core::principal::Principal;
use proptest::prelude::*;

use crate::generators::{entitlement, person};

const PRINCIPALS: [&str; 6] = [
    "user:ann@example.com",
    "user:bob@example.com",
    "group:sre@example.com",
    "group:leads@example.com",
    "domain:example.com",
    "serviceAccount:robot@acme.iam.gserviceaccount.com",
];

fn lists() -> impl Strategy<Value = [Vec<Principal>; 4]> {
    let list = || {
        prop::collection::vec(0..PRINCIPALS.len(), 0..3).prop_map(|names| {
            names
                .into_iter()
                .map(|at| PRINCIPALS[at].parse().unwrap())
                .collect()
        })
    };
    [list(), list(), list(), list()]
}

fn made(
    number: usize,
    [requesters, beneficiaries, grantors, approvers]: [Vec<Principal>; 4],
) -> Entitlement {
    let mut one = entitlement(&["cora"], 1);
    one.id = EntitlementId::parse(&format!("one-{number}")).unwrap();
    one.approval.as_mut().unwrap().steps[0].approvers = approvers;
    Entitlement {
        requesters,
        beneficiaries,
        grantors,
        ..one
    }
}

proptest! {
    #[test]
    fn nobody_is_missed(all in prop::collection::vec(lists(), 0..8), who in prop::sample::select(vec![0, 1, 2, 3, 5]), sre in any::<bool>()) {
        let who: Principal = PRINCIPALS[who].parse().unwrap();
        let groups: BTreeSet<Email> = sre.then(|| Email::parse("sre@example.com").unwrap()).into_iter().collect();
        let catalogue = Catalogue::new(all.into_iter().enumerate().map(|(number, lists)| made(number, lists)).collect());
        let found: Vec<&EntitlementId> = catalogue.naming(&who, &groups).into_iter().map(|one| &one.id).collect();
        let by_looking: Vec<&EntitlementId> = catalogue
            .iter()
            .filter(|one| is_among(&one.everybody().cloned().collect::<Vec<_>>(), &who, &groups))
            .map(|one| &one.id)
            .collect();
        prop_assert_eq!(found, by_looking);
    }
}

#[test]
fn the_reviewers_and_the_owner_are_named_too() {
    let mut one = made(1, Default::default());
    one.owner = Some(person("zoe").principal());
    let catalogue = Catalogue::new(vec![one]);
    assert_eq!(
        catalogue
            .naming(&person("zoe").principal(), &BTreeSet::new())
            .len(),
        1
    );
    assert!(
        catalogue
            .naming(&person("eve").principal(), &BTreeSet::new())
            .is_empty()
    );
}
