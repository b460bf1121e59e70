//! Edits of policies: what is asked for happens, once, and nothing else does.

use std::collections::BTreeMap;

use daypass_core::binding::{Found, OwnBinding, Ownership, ownership};
use daypass_core::plan::expired::{SWEEP_GRACE, is_expired};
use daypass_core::plan::limits::Limits;
use daypass_core::plan::{Edit, PlanError, Unit, plan};
use daypass_core::principal::canonical_member;
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::generators::{
    Standing, binding, keyring, noon, own_binding, policy, policy_json, rendered, resource,
    standing,
};

/// The place of a binding: what it is exactly once for.
type Place = (String, String, String);

fn place(own: &OwnBinding) -> Place {
    (
        own.grant.to_string(),
        own.role.to_string(),
        canonical_member(&own.member.to_string()),
    )
}

/// At most one edit a place: what two contradicting edits of one place mean is nobody's question.
fn edits() -> impl Strategy<Value = Vec<(OwnBinding, bool)>> {
    prop::collection::vec((own_binding(), any::<bool>()), 0..6).prop_map(|edits| {
        let mut by_place = BTreeMap::new();
        for (own, adds) in edits {
            by_place.entry(place(&own)).or_insert((own, adds));
        }
        by_place.into_values().collect()
    })
}

fn units(edits: &[(OwnBinding, bool)]) -> Vec<Unit> {
    let unit = |(own, adds): &(OwnBinding, bool)| Unit {
        grant: own.grant,
        edits: vec![if *adds {
            Edit::Add(own.clone())
        } else {
            Edit::Remove(own.clone())
        }],
    };
    edits.iter().map(unit).collect()
}

fn roomy() -> Limits {
    Limits {
        principals: 10_000,
        groups: 10_000,
        same_role_and_principal: 10_000,
        bytes: 10_000_000,
    }
}

fn bindings(policy: &Value) -> Vec<Value> {
    policy["bindings"].as_array().cloned().unwrap_or_default()
}

/// The own bindings in a policy, as their places and windows.
fn own(policy: &Value) -> Vec<Found> {
    bindings(policy)
        .iter()
        .filter_map(
            |one| match ownership(&binding(one), &resource(), &keyring()) {
                Ownership::Own(found) => Some(found),
                _ => None,
            },
        )
        .collect()
}

fn foreign_of(before: &[Standing]) -> Vec<Value> {
    before
        .iter()
        .filter(|one| matches!(one, Standing::Foreign(_)))
        .map(|one| one.json().clone())
        .collect()
}

proptest! {
    /// I1, I9, I11: bindings of others, forged ones included, stay as they are and in their order; so does every other
    /// field. Told apart by how they were made, not by our own judgement.
    #[test]
    fn what_is_not_ours_stays(before in prop::collection::vec(standing(), 0..10), fields in 0..8_u8, edits in edits()) {
        let read = policy_json(&before, fields);
        let planned = plan(&policy(&read), &resource(), &keyring(), &units(&edits), &roomy()).unwrap().policy.to_json();
        let ours: Vec<Value> = before.iter().filter(|one| matches!(one, Standing::Own { .. })).map(|one| one.json().clone())
            .chain(edits.iter().map(|(own, _)| rendered(own, &resource(), &keyring()))).collect();
        let rest: Vec<Value> = bindings(&planned).into_iter().filter(|one| !ours.contains(one)).collect();
        prop_assert_eq!(Value::Array(rest).to_string(), Value::Array(foreign_of(&before)).to_string());
        let others = |json: &Value| {
            let mut json = json.clone();
            let fields = json.as_object_mut().unwrap();
            fields.shift_remove("bindings");
            fields.shift_remove("version");
            json.to_string()
        };
        prop_assert_eq!(others(&planned), others(&read));
    }

    /// I6, I7: an added place holds exactly the wanted binding, once; a removed one holds none; every other place of
    /// ours is as before, also for the same person and role.
    #[test]
    fn what_is_asked_happens_once(before in prop::collection::vec(standing(), 0..10), edits in edits()) {
        let read = policy_json(&before, 7);
        let planned = plan(&policy(&read), &resource(), &keyring(), &units(&edits), &roomy()).unwrap();
        let after = own(&planned.policy.to_json());
        for (wanted, adds) in &edits {
            let there: Vec<&Found> = after.iter().filter(|found| found.is_in_place_of(wanted)).collect();
            prop_assert_eq!(there.len(), usize::from(*adds));
            prop_assert!(there.iter().all(|found| found.is(wanted)));
        }
        let untouched = |found: &Found| !edits.iter().any(|(edited, _)| found.is_in_place_of(edited));
        let rest_after: Vec<Found> = after.into_iter().filter(untouched).collect();
        let rest_before: Vec<Found> = own(&read).into_iter().filter(untouched).collect();
        prop_assert_eq!(rest_after, rest_before);
    }

    /// Applying a plan to its own outcome changes nothing, byte for byte: the next run is a no-op.
    #[test]
    fn a_plan_is_a_fixed_point(before in prop::collection::vec(standing(), 0..10), fields in 0..8_u8, edits in edits()) {
        let units = units(&edits);
        let first = plan(&policy(&policy_json(&before, fields)), &resource(), &keyring(), &units, &roomy()).unwrap();
        let second = plan(&first.policy, &resource(), &keyring(), &units, &roomy()).unwrap();
        prop_assert!(!second.changes);
        prop_assert_eq!(second.policy.to_json().to_string(), first.policy.to_json().to_string());
        prop_assert!(first.changes || first.policy == policy(&policy_json(&before, fields)));
    }

    /// A grant that comes and goes leaves the policy as it was.
    #[test]
    fn coming_and_going_leaves_no_trace(before in prop::collection::vec(standing(), 0..10), fields in 0..8_u8, wanted in own_binding()) {
        let before: Vec<Standing> = before.into_iter().filter(|one| !matches!(one, Standing::Own { own, .. } if place(own) == place(&wanted))).collect();
        let read = policy(&policy_json(&before, fields));
        let come = plan(&read, &resource(), &keyring(), &units(&[(wanted.clone(), true)]), &roomy()).unwrap().policy;
        prop_assert_eq!(come.bindings().len(), before.len() + 1);
        let gone = plan(&come, &resource(), &keyring(), &units(&[(wanted, false)]), &roomy()).unwrap().policy;
        prop_assert_eq!(gone.to_json().to_string(), read.to_json().to_string());
    }

    /// I3: every planned policy carries the etag that was read, and version 3 as soon as a condition is in it.
    #[test]
    fn the_etag_and_the_version_go_along(before in prop::collection::vec(standing(), 0..6), fields in 0..8_u8, edits in edits()) {
        let planned = plan(&policy(&policy_json(&before, fields)), &resource(), &keyring(), &units(&edits), &roomy()).unwrap().policy.to_json();
        prop_assert_eq!(&planned["etag"], "BwXyz=");
        let conditional = bindings(&planned).iter().any(|one| one.get("condition").is_some());
        prop_assert!(!conditional || planned["version"] == 3);
    }

    /// I3, I4: no etag, an empty one, or conditions cut off: nothing is planned at all.
    #[test]
    fn what_cannot_be_written_safely_is_not_planned(before in prop::collection::vec(standing(), 0..6), edits in edits(), etag in prop_oneof![Just(None), Just(Some(json!("")))]) {
        let mut without = policy_json(&before, 0);
        match etag {
            Some(etag) => without["etag"] = etag,
            None => { without.as_object_mut().unwrap().shift_remove("etag"); }
        }
        let outcome = plan(&policy(&without), &resource(), &keyring(), &units(&edits), &roomy());
        prop_assert_eq!(outcome.map(|_| ()), Err(PlanError::NoEtag));
        let mut cut = policy_json(&before, 0);
        cut["bindings"].as_array_mut().unwrap().push(json!({"role": "roles/x_withcond_0123456789abcdef0123", "members": ["user:a@example.com"]}));
        let outcome = plan(&policy(&cut), &resource(), &keyring(), &units(&edits), &roomy());
        prop_assert!(matches!(outcome, Err(PlanError::Downgraded(_))));
    }

    /// I10: a limit refuses the unit that goes over it, in words that name limit and use, and harms no other: what is
    /// written never counts more than the limit, unless it did before.
    #[test]
    fn limits_hold_and_are_told(before in prop::collection::vec(standing(), 0..8), edits in edits(), principals in 0..16_usize, groups in 0..4_usize, same in 1..4_usize, bytes in 200..4_000_usize) {
        let limits = Limits { principals, groups, same_role_and_principal: same, bytes };
        let read = policy(&policy_json(&before, 3));
        let planned = plan(&read, &resource(), &keyring(), &units(&edits), &limits).unwrap();
        let count = |policy: &daypass_core::iam_policy::Policy| {
            let members: usize = policy.bindings().iter().map(|one| one.members().len()).sum();
            let groups = policy.bindings().iter().flat_map(daypass_core::iam_policy::Binding::members).filter(|member| member.starts_with("group:")).count();
            (members + policy.audit_exemptions(), groups, policy.size())
        };
        let (was, is) = (count(&read), count(&planned.policy));
        prop_assert!(is.0 <= principals.max(was.0) && is.1 <= groups.max(was.1));
        // The version and one comma may come along.
        prop_assert!(is.2 <= bytes.max(was.2) + 14, "{} of {bytes}, {} before", is.2, was.2);
        for (grant, exceeded) in &planned.refused {
            prop_assert!(exceeded.would_be > exceeded.limit && exceeded.would_be > exceeded.current);
            let words = exceeded.to_string();
            prop_assert!(words.contains(&exceeded.limit.to_string()) && words.contains(&exceeded.current.to_string()), "{words}");
            prop_assert!(edits.iter().any(|(own, adds)| own.grant == *grant && *adds), "only what adds is refused");
        }
    }

    /// I9: swept is what is proved ours and over by more than the grace; its end itself is not yet over.
    #[test]
    fn only_what_is_over_is_swept(own in own_binding(), offset in -7_200..14_400_i64) {
        let Ownership::Own(found) = ownership(&binding(&rendered(&own, &resource(), &keyring())), &resource(), &keyring()) else {
            return Err(TestCaseError::fail("not ours"));
        };
        let now = noon() + SignedDuration::from_secs(offset);
        let over = now.as_second() > own.window.end.as_second() + SWEEP_GRACE.as_secs();
        prop_assert_eq!(is_expired(&found, now), over);
    }
}

/// I10: at 80 % of a limit there is a warning that names it, and no refusal.
#[test]
fn eighty_percent_warns() {
    let people: Vec<String> = (0..7)
        .map(|number| format!("user:p{number}@example.com"))
        .collect();
    let read = policy(&json!({"etag": "E", "bindings": [{"role": "roles/x", "members": people}]}));
    let limits = Limits {
        principals: 10,
        ..roomy()
    };
    let quiet = plan(&read, &resource(), &keyring(), &[], &limits).unwrap();
    assert!(quiet.warnings.is_empty(), "{:?}", quiet.warnings);
    let wanted = OwnBinding {
        grant: crate::generators::grant_id(1),
        role: "roles/y".parse().unwrap(),
        member: "user:ann@example.com".parse().unwrap(),
        window: daypass_core::condition::Window::new(
            noon(),
            noon() + SignedDuration::from_hours(1),
        )
        .unwrap(),
        extra: None,
    };
    let near = plan(
        &read,
        &resource(),
        &keyring(),
        &units(&[(wanted, true)]),
        &limits,
    )
    .unwrap();
    assert!(near.refused.is_empty());
    let told: Vec<_> = near
        .warnings
        .iter()
        .map(|warning| (warning.what.as_str(), warning.current, warning.limit))
        .collect();
    assert_eq!(told, [("principals", 8, 10)]);
}

/// A record that cannot be rendered back exactly is caught by the last look, not written again and again.
#[test]
fn a_window_between_two_seconds_is_not_written() {
    let wanted = OwnBinding {
        grant: crate::generators::grant_id(1),
        role: "roles/y".parse().unwrap(),
        member: "user:ann@example.com".parse().unwrap(),
        window: daypass_core::condition::Window {
            start: noon(),
            end: noon() + SignedDuration::from_millis(1_500),
        },
        extra: None,
    };
    let read = policy(&json!({"etag": "E"}));
    let outcome = plan(
        &read,
        &resource(),
        &keyring(),
        &units(&[(wanted, true)]),
        &roomy(),
    );
    assert!(
        matches!(outcome, Err(PlanError::SelfCheck(_))),
        "{outcome:?}"
    );
}
