//! The bounds of a file at their edges: what is just allowed, and what is one too much.

use daypass_core::entitlement::{
    Catalogue, InputKind, InputValue, LONGEST_INPUT, MOST_STEPS, Source, load,
};
use daypass_core::role::Role;

fn read(fields: &str) -> Result<Catalogue, String> {
    let text = format!(
        "apiVersion: daypass/v1\nentitlements:\n  - id: one-edge\n    requesters: [group:sre@example.com]\n    privileges: [{{resource: projects/acme-prod, roles: [roles/run.viewer]}}]\n{fields}"
    );
    let source = Source {
        name: "edges.yaml".into(),
        text,
    };
    load(&[source]).map_err(|findings| findings[0].message.clone())
}

fn steps(count: usize) -> String {
    let steps = vec!["{approvers: [group:leads@example.com]}"; count];
    format!("    approval: {{steps: [{}]}}\n", steps.join(", "))
}

#[test]
fn as_many_steps_as_there_may_be() {
    assert!(read(&steps(MOST_STEPS)).is_ok());
    let told = read(&steps(MOST_STEPS + 1)).unwrap_err();
    assert!(told.contains(&format!("1 to {MOST_STEPS} steps")), "{told}");
}

#[test]
fn a_reminder_every_minute_and_no_faster() {
    let often = |often: &str| {
        read(&format!(
            "    approval: {{steps: [{{approvers: [group:leads@example.com], remind: {often}}}]}}\n"
        ))
    };
    assert!(often("1m").is_ok());
    let told = often("59s").unwrap_err();
    assert!(told.contains("is noise"), "{told}");
}

#[test]
fn the_longest_emergency() {
    let lasts = |longest: &str| {
        read(&format!(
            "    duration: {{max: {longest}}}\n    break_glass: {{page: [email], review: {{by: ['user:rita@example.com']}}}}\n"
        ))
    };
    assert!(lasts("4h").is_ok());
    let told = lasts("4h1s").unwrap_err();
    assert!(told.contains("at most 4h"), "{told}");
}

#[test]
fn who_can_be_told() {
    let tells = |whom: &str| read(&format!("    approval: none\n    notify: ['{whom}']\n"));
    for known in ["email", "ann@example.com", "slack:#ops", "pagerduty:P1"] {
        assert!(tells(known).is_ok(), "{known}");
    }
    for unknown in [
        "slack:#",
        "slack:# ops",
        "pagerduty:",
        "phone:1",
        "slack:#a\u{7}",
    ] {
        assert!(tells(unknown).is_err(), "{unknown}");
    }
}

#[test]
fn an_input_is_as_long_as_it_may_be_and_shows_what_it_is() {
    let input = daypass_core::entitlement::Input {
        name: "ticket".into(),
        kind: InputKind::String,
        title: "Ticket".into(),
        pattern: None,
        required: true,
    };
    let longest = "x".repeat(LONGEST_INPUT);
    assert_eq!(
        input.read(&longest),
        Ok(InputValue::String(longest.clone()))
    );
    assert!(input.read(&format!("{longest}x")).is_err());
    for deceptive in ["a\u{7}b", "a\u{202e}b", "a\u{200b}b"] {
        assert!(input.read(deceptive).is_err(), "{deceptive:?}");
    }
}

#[test]
fn roles_have_one_of_three_shapes() {
    for fits in [
        "roles/run.viewer",
        "projects/acme-prod/roles/pager_2",
        "organizations/1/roles/pager",
    ] {
        let role: Role = fits.parse().unwrap();
        assert_eq!(serde_json::to_value(&role).unwrap(), fits);
    }
    let long = format!("roles/{}", "x".repeat(101));
    for not in [
        "roles/",
        "roles/a b",
        "roles/a-b",
        "run.viewer",
        "projects//roles/x",
        "folders/1/roles/x",
        &long,
    ] {
        assert!(not.parse::<Role>().is_err(), "{not}");
    }
}
