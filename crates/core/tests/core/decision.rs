//! The one function that decides.

use std::collections::{BTreeMap, BTreeSet};

use daypass_core::audit::Actor;
use daypass_core::condition::START_SLACK_SECONDS;
use daypass_core::condition::Window;
use daypass_core::decide::{Facts, MAX_CLOCK_SKEW_SECONDS, Outcome, decide};
use daypass_core::duration::Duration;
use daypass_core::grant::{Grant, Origin};
use daypass_core::request::{Ask, AskKind, Parent};
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::generators::{entitlement, grant_id, noon, person};

const PEOPLE: [&str; 4] = ["ann", "bob", "cora", "dan"];

fn facts(skew: Option<i64>) -> Facts {
    Facts {
        now: noon(),
        skew: skew.map(SignedDuration::from_secs),
        groups: BTreeSet::new(),
        beneficiary_groups: BTreeSet::new(),
        members: BTreeMap::new(),
        projects: BTreeMap::new(),
        debts: Vec::new(),
    }
}

fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Denied => 0,
        Outcome::NeedsApproval(_) => 1,
        Outcome::Granted => 2,
    }
}

fn ask() -> Ask {
    Ask::new(entitlement(&PEOPLE, 1).id)
}

proptest! {
    /// The same arguments give the same answer; a verdict other than no has its terms and no broken rule.
    #[test]
    fn deterministic_and_consistent(seconds in prop::option::of(1..30_000_u64), needed in 1..4_u32, skew in prop::option::of(-60..60_i64), late in prop::option::of(-100..200_000_i64)) {
        let entitlement = entitlement(&PEOPLE, needed);
        let ask = Ask {
            duration: seconds.map(|seconds| Duration::from_seconds(seconds).unwrap()),
            start_at: late.map(|late| noon() + SignedDuration::from_secs(late)),
            ..ask()
        };
        let (ann, facts) = (person("ann"), facts(skew));
        let decision = decide(&entitlement, &ann, &ask, &facts);
        prop_assert_eq!(&decision, &decide(&entitlement, &ann, &ask, &facts));
        prop_assert_eq!(decision.outcome == Outcome::Denied, decision.rules.iter().any(|rule| !rule.holds));
        prop_assert!(decision.rules.iter().all(|rule| rule.holds || rule.hint.is_some()), "each refusal says what to do");
        prop_assert!(!decision.approvers.contains(&ann.email));
        let right_clock = skew.is_some_and(|skew| skew.abs() <= MAX_CLOCK_SKEW_SECONDS);
        if rank(&decision.outcome) > 0 {
            prop_assert!(right_clock, "nothing with a wrong clock");
            let terms = decision.terms.unwrap();
            prop_assert!(terms.duration <= entitlement.duration.max && terms.duration >= entitlement.duration.min);
        }
    }

    /// Taking an approver away, or asking for one more yes, never grants more.
    #[test]
    fn fewer_approvers_never_grant_more(keep in prop::collection::vec(any::<bool>(), PEOPLE.len()), needed in 1..4_u32) {
        let fewer: Vec<&str> = PEOPLE.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(name, _)| *name).collect();
        for requester in ["ann", "eve"] {
            let all = decide(&entitlement(&PEOPLE, needed), &person(requester), &ask(), &facts(Some(0)));
            let some = decide(&entitlement(&fewer, needed), &person(requester), &ask(), &facts(Some(0)));
            prop_assert!(rank(&some.outcome) <= rank(&all.outcome));
            prop_assert!(some.approvers.is_subset(&all.approvers));
            let more = decide(&entitlement(&PEOPLE, needed + 1), &person(requester), &ask(), &facts(Some(0)));
            prop_assert!(rank(&more.outcome) <= rank(&all.outcome));
        }
    }

    /// I8: the lifetime counts from the activation and is never longer than agreed.
    #[test]
    fn a_lifetime_is_what_was_agreed(seconds in 300..14_400_u64, waited in 0..100_000_i64, nanos in 0..1_000_i64) {
        let ask = Ask { duration: Some(Duration::from_seconds(seconds).unwrap()), ..ask() };
        let decision = decide(&entitlement(&PEOPLE, 1), &person("ann"), &ask, &facts(Some(0)));
        let (grant, _) = Grant::new(grant_id(1), ask, decision.terms.unwrap(), None, Actor::system(), noon());
        let now = noon() + SignedDuration::from_secs(waited) + SignedDuration::from_millis(nanos);
        let window = grant.window_from(now).unwrap();
        prop_assert!(window.end.duration_since(now) <= SignedDuration::from_secs(i64::try_from(seconds).unwrap()));
        prop_assert!(window.end.as_second() == now.as_second() + i64::try_from(seconds).unwrap());
        prop_assert_eq!(window.start.as_second(), now.as_second() - START_SLACK_SECONDS);
    }

    /// I21: an extension's end is fixed when it is asked, within the entitlement's maximum from then; whenever and
    /// however often it is activated, it does not move.
    #[test]
    fn an_extension_never_moves(left in 1..14_400_i64, more in 300..14_400_u64, waited in prop::collection::vec(0..10_000_i64, 1..4)) {
        let entitlement = entitlement(&PEOPLE, 1);
        let first = decide(&entitlement, &person("ann"), &ask(), &facts(Some(0))).terms.unwrap();
        let window = Window::new(noon() - SignedDuration::from_hours(1), noon() + SignedDuration::from_secs(left)).unwrap();
        let parent = Parent { grant: grant_id(1), window, beneficiary: first.beneficiary, privileges: first.privileges, impersonations: Vec::new(), given: false };
        let ask = Ask { kind: AskKind::Extend(parent), duration: Some(Duration::from_seconds(more).unwrap()), ..ask() };
        let decision = decide(&entitlement, &person("ann"), &ask, &facts(Some(0)));
        let allowed = left + i64::try_from(more).unwrap() <= i64::try_from(entitlement.duration.max.seconds()).unwrap();
        prop_assert_eq!(rank(&decision.outcome), u8::from(allowed));
        let Some(terms) = decision.terms else { return Ok(()) };
        let is_extension = matches!(terms.origin, Origin::Extension { parent, start, .. } if parent == grant_id(1) && start == window.start);
        prop_assert!(is_extension);
        let (grant, _) = Grant::new(grant_id(2), ask, terms, None, Actor::system(), noon());
        for waited in waited {
            let again = grant.window_from(noon() + SignedDuration::from_secs(waited)).unwrap();
            prop_assert_eq!(again.start, window.start);
            prop_assert_eq!(again.end.as_second(), window.end.as_second() + i64::try_from(more).unwrap());
        }
    }
}
