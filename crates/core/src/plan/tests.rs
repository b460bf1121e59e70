//! The last look before a write, given plans that only a defective planner would make.
#![expect(clippy::unwrap_used, reason = "tests")]

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;
use crate::condition::Window;
use crate::keyring::{Key, KeyId};

fn keyring() -> Keyring {
    Keyring::new(Key::new(KeyId::parse("k1").unwrap(), [1; 32]), Vec::new())
}

fn resource() -> CanonicalResource {
    CanonicalResource("//cloudresourcemanager.googleapis.com/projects/1".into())
}

fn own(grant: u8, hours: i64) -> OwnBinding {
    let noon: jiff::Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
    OwnBinding {
        grant: GrantId::new(noon, [grant; 10]),
        role: "roles/x".parse().unwrap(),
        member: "user:ann@example.com".parse().unwrap(),
        window: Window::new(noon, noon + SignedDuration::from_hours(hours)).unwrap(),
        extra: None,
    }
}

fn json_of(own: &OwnBinding) -> Value {
    Value::Object(own.render(&resource(), &keyring()).as_json().clone())
}

fn policy(bindings: &[Value]) -> Policy {
    Policy::from_json(
        json!({"etag": "E", "bindings": bindings, "auditConfigs": [{"service": "allServices"}]}),
    )
    .unwrap()
}

fn check(read: &Policy, planned: &Policy, edits: Vec<Edit>) -> Result<(), PlanError> {
    let units = [Unit {
        grant: own(1, 1).grant,
        edits,
    }];
    self_check::check(read, planned, &resource(), &keyring(), &units)
}

#[test]
fn harm_to_others_is_caught() {
    let (a, b) = (
        json!({"role": "roles/a", "members": ["user:b@example.com"]}),
        json!({"role": "roles/b", "members": ["user:b@example.com", "user:c@example.com"]}),
    );
    let read = policy(&[a.clone(), b.clone()]);
    assert_eq!(check(&read, &read, Vec::new()), Ok(()));
    let fewer = json!({"role": "roles/b", "members": ["user:b@example.com"]});
    for (what, planned) in [
        ("a binding is gone", policy(std::slice::from_ref(&a))),
        ("another order", policy(&[b.clone(), a.clone()])),
        ("a member is gone", policy(&[a.clone(), fewer])),
        ("one more", policy(&[a.clone(), b.clone(), a.clone()])),
        ("no etag", read.without_etag()),
        (
            "no audit configuration",
            Policy::from_json(json!({"etag": "E", "bindings": [a, b]})).unwrap(),
        ),
    ] {
        assert!(
            matches!(
                check(&read, &planned, Vec::new()),
                Err(PlanError::SelfCheck(_))
            ),
            "{what}"
        );
    }
}

#[test]
fn edits_of_ours_that_nobody_asked_for_are_caught() {
    let (first, second) = (own(1, 1), own(2, 1));
    let (none, one) = (policy(&[]), policy(&[json_of(&first)]));
    let both = policy(&[json_of(&first), json_of(&second)]);
    let other_window = policy(&[json_of(&own(1, 2))]);
    let add = |own: &OwnBinding| vec![Edit::Add(own.clone())];
    let remove = |own: &OwnBinding| vec![Edit::Remove(own.clone())];
    assert_eq!(check(&none, &one, add(&first)), Ok(()));
    assert_eq!(check(&one, &none, remove(&first)), Ok(()));
    assert_eq!(check(&one, &other_window, add(&own(1, 2))), Ok(()));
    for (what, read, planned, edits) in [
        ("added unasked", &none, &one, Vec::new()),
        ("added for another grant", &none, &one, add(&second)),
        (
            "added with another window",
            &none,
            &other_window,
            add(&first),
        ),
        ("removed unasked", &one, &none, Vec::new()),
        (
            "removed for another grant",
            &both,
            &policy(&[json_of(&second)]),
            remove(&second),
        ),
    ] {
        assert!(
            matches!(check(read, planned, edits), Err(PlanError::SelfCheck(_))),
            "{what}"
        );
    }
}
