#![expect(clippy::unwrap_used, reason = "tests")]

mod cost;
mod load;
mod typed;

use jiff::SignedDuration;

use super::*;
use crate::entitlement::InputValue;

fn declared() -> Declared {
    Declared {
        inputs: [
            ("ticket", InputType::String),
            ("count", InputType::Integer),
            ("urgent", InputType::Boolean),
            ("optional", InputType::String),
        ]
        .map(|(name, kind)| (name.to_owned(), kind))
        .into(),
        approver: true,
    }
}

/// Wednesday, 2 December 2026, 23:30 UTC: Thursday in Berlin.
fn facts() -> Variables {
    Variables {
        request: RequestFacts {
            time: "2026-12-02T23:30:00.25Z".parse().unwrap(),
            start: "2026-12-03T08:00:00Z".parse().unwrap(),
            duration: SignedDuration::from_mins(90),
            reason: "INC-42 disk is full".into(),
            beneficiary: "user:alice@example.com".into(),
            kind: "request".into(),
        },
        requester: PersonFacts {
            email: "alice@example.com".into(),
            groups: vec!["sre@example.com".into(), "all@example.com".into()],
        },
        resource: Some(ResourceFacts {
            name: "projects/acme-prod".into(),
            kind: "project".into(),
            roles: vec!["roles/storage.admin".into(), "roles/viewer".into()],
        }),
        inputs: [
            ("ticket".to_owned(), InputValue::String("INC-42".into())),
            ("count".to_owned(), InputValue::Integer(42)),
            ("urgent".to_owned(), InputValue::Boolean(true)),
        ]
        .into(),
        approver: Some(PersonFacts {
            email: "bob@corp.example".into(),
            groups: vec!["leads@example.com".into(), "all@example.com".into()],
        }),
    }
}

fn constraint(expression: &str) -> Result<Constraint, ConstraintError> {
    Constraint::parse("test", expression, "no", &declared())
}

fn holds(expression: &str) -> Result<bool, String> {
    constraint(expression)
        .map_err(|error| format!("at load: {error}"))?
        .holds(&facts())
        .map_err(|error| error.to_string())
}

#[test]
fn what_holds_and_what_does_not() {
    for (expression, expected) in [
        // C-1 and C-3 of the incumbent's cases, in our names.
        ("requester.email=='alice@example.com'", true),
        ("size(requester.groups) > 0", true),
        ("resource.name == 'projects/acme-prod'", true),
        ("input.count == 42", true),
        ("input.urgent", true),
        ("false", false),
        ("'test'.extract('t{x}t') == 'es'", true),
        // C-6.
        (
            "requester.email.extract('{handle}@example.com') + '@test.example.com' == 'alice@test.example.com'",
            true,
        ),
        (
            "resource.name.extract('projects/{project}') == 'acme-prod'",
            true,
        ),
        ("resource.name.extract('folders/{folder}') == ''", true),
        ("resource.name.extract('projects/{project}/x') == ''", true),
        // P-19.
        ("requester.email.endsWith(\"@example.com\")", true),
        (
            "requester.domain == 'example.com' && approver.domain != requester.domain",
            true,
        ),
        ("'sre@example.com' in requester.groups", true),
        ("!('sre@example.com' in approver.groups)", true),
        ("requester.groups.exists(g, g in approver.groups)", true),
        ("requester.groups.all(g, g in approver.groups)", false),
        ("requester.groups.exists_one(g, g.startsWith('sre@'))", true),
        (
            "requester.groups.filter(g, g.startsWith('a')) == ['all@example.com']",
            true,
        ),
        ("requester.groups.map(g, g.size()) == [15, 15]", true),
        (
            "requester.groups.map(g, g != 'all@example.com', g + '!')[0] == 'sre@example.com!'",
            true,
        ),
        ("{'a': 1, 'b': 2}.exists(k, k == 'b')", true),
        (
            "{'a': 1}.a + {'a': 1}['a'] == 2 && has({'a': 1}.a) && !has({'a': 1}.b)",
            true,
        ),
        ("request.kind in ['request', 'extend']", true),
        (
            "input.ticket.matches('^INC-[0-9]+$') && matches(input.ticket, '4')",
            true,
        ),
        ("request.reason.startsWith(input.ticket + ' ')", true),
        (
            "request.reason.lowerAscii().contains('inc-') && ' A '.trim().upperAscii() == 'A'",
            true,
        ),
        ("has(input.ticket) && !has(input.optional)", true),
        ("!has(input.optional) || input.optional == 'x'", true),
        ("has(requester.email)", true),
        ("resource.roles.all(r, r.startsWith('roles/'))", true),
        (
            "resource.roles.size() <= 2 && resource.kind == 'project'",
            true,
        ),
        (
            "request.duration <= duration('90m') && request.duration.getMinutes() == 90",
            true,
        ),
        ("request.duration + duration('1h') > duration('2h')", true),
        ("request.start - request.time < duration('14h')", true),
        (
            "request.time + request.duration > timestamp('2026-12-03T00:00:00Z')",
            true,
        ),
        ("request.time.getDayOfWeek() == 3", true),
        ("request.time.getDayOfWeek('Europe/Berlin') == 4", true),
        (
            "request.time.getHours('Europe/Berlin') == 0 && request.time.getMinutes('+05:45') == 15",
            true,
        ),
        (
            "request.time.getFullYear() == 2026 && request.time.getMonth() == 11",
            true,
        ),
        (
            "request.time.getDate() == 2 && request.time.getDayOfMonth() == 1",
            true,
        ),
        (
            "request.time.getMilliseconds() == 250 && request.time.getDayOfYear('UTC') == 335",
            true,
        ),
        (
            "int('42') == input.count && string(input.count) == '42' && double(input.count) / 4.0 == 10.5",
            true,
        ),
        (
            "input.count % 5 == 2 && -input.count < 0 && 7u * 6u == uint(input.count)",
            true,
        ),
        (
            "input.urgent ? request.duration < duration('2h') : false",
            true,
        ),
        (
            "b'a' + b'b' == b'ab' && size(b'ab') == 2 && null == null",
            true,
        ),
        // Errors count as CEL says: they give way to what decides alone.
        ("input.optional == 'x' || true", true),
        ("false && 1 / (input.count - 42) == 1", false),
    ] {
        assert_eq!(holds(expression), Ok(expected), "{expression}");
    }
}

/// C-2: what is missing or does not work out is an error, which denies.
#[test]
fn errors_when_asked() {
    for (expression, message) in [
        ("input.optional == 'a'", "input.optional was not filled in"),
        ("1 / (input.count - 42) == 1", "a division by zero"),
        ("1 % (input.count - 42) == 1", "a division by zero"),
        (
            "input.count + 9223372036854775807 > 0",
            "a result that is too big",
        ),
        (
            "(-9223372036854775807 - input.count) < 0",
            "a result that is too big",
        ),
        (
            "requester.groups[2] == 'a'",
            "a position that is not in the list",
        ),
        (
            "requester.groups[-1] == 'a'",
            "a position that is not in the list",
        ),
        (
            "{'a': 1}[request.kind] == 1",
            "a key that is not in the map",
        ),
        (
            "{request.kind: 1, 'request': 2}.a == 1",
            "a key that is in the map twice",
        ),
        (
            "timestamp('9999-12-31T23:59:59Z') + request.duration > request.time",
            "a result that is too big",
        ),
        (
            "request.duration + duration('2562000h') + duration('2562000h') > duration('1h')",
            "a result that is too big",
        ),
    ] {
        assert_eq!(holds(expression), Err(message.to_owned()), "{expression}");
    }
    assert!(
        holds("int(request.reason) == 1")
            .unwrap_err()
            .starts_with("int(): ")
    );
    let mut variables = facts();
    variables.resource = None;
    let resource = constraint("resource.name == 'x'").unwrap();
    assert!(resource.uses_resource());
    assert_eq!(
        resource.holds(&variables).unwrap_err().message,
        "no resource is known"
    );
    variables.requester.groups = vec!["g@example.com".into(); MAX_LIST + 1];
    let groups = constraint("!('x' in requester.groups)").unwrap();
    assert!(!groups.uses_resource());
    assert_eq!(
        groups.holds(&variables).unwrap_err().message,
        "a list of 501 entries; constraints see at most 500"
    );
    variables.request.reason = "x".repeat(MAX_REASON_BYTES + 1);
    let reason = constraint("request.reason != ''").unwrap();
    assert_eq!(
        reason.holds(&variables).unwrap_err().message,
        "a text of 8001 bytes; constraints see at most 8000"
    );
    // What is not asked for does not matter.
    assert_eq!(
        constraint("request.kind == 'request'")
            .unwrap()
            .holds(&variables),
        Ok(true)
    );
}

/// The fence: how long, how deep, how many.
#[test]
fn the_fence() {
    let refused = |expression: &str| constraint(expression).unwrap_err().message;
    assert_eq!(
        refused(&format!("'{}' == ''", "x".repeat(1_024))),
        "an expression of 1032 bytes; at most 1024 are allowed"
    );
    assert_eq!(
        refused(&vec!["true"; 65].join(" && ")),
        "an expression of 66 parts; at most 64 are allowed"
    );
    assert!(constraint(&vec!["true"; 63].join(" && ")).is_ok());
    assert_eq!(
        refused(&format!("{}true{}", "(".repeat(25), ")".repeat(25))),
        "unexpected: more than 24 levels of nesting"
    );
    assert_eq!(
        refused(&format!("{}true", "!".repeat(24))),
        "an expression of more than 24 levels"
    );
    assert!(constraint(&format!("{}true", "!".repeat(23))).is_ok());
    for costly in [
        "requester.groups.map(g, requester.groups).size() == 1",
        "requester.groups.all(g, request.reason.contains(g))",
        "requester.groups.all(g, g.matches('.{10}'))",
        "(requester.groups + requester.groups).all(g, g in (requester.groups + approver.groups))",
    ] {
        assert!(
            refused(costly).starts_with("this could take "),
            "{costly}: {}",
            refused(costly)
        );
    }
}

/// What is stored is the text; the same constraint comes back, compiled when it is first asked.
#[test]
fn it_is_stored_as_its_text() {
    let written = constraint("input.ticket == 'INC-42' && approver.domain != 'x'").unwrap();
    let json = serde_json::to_string(&written).unwrap();
    assert_eq!(
        json,
        r#"{"name":"test","expression":"input.ticket == 'INC-42' && approver.domain != 'x'","message":"no","inputs":{"ticket":"string"},"approver":true}"#
    );
    let read: Constraint = serde_json::from_str(&json).unwrap();
    assert_eq!(read, written);
    assert_eq!(read.clone().holds(&facts()), Ok(true));
    // A text that no longer compiles is an error when it is asked, not when it is read.
    let stale: Constraint =
        serde_json::from_str(r#"{"name":"n","expression":"gone(1)","message":"m"}"#).unwrap();
    assert!(stale.uses_resource());
    assert_eq!(
        stale.holds(&facts()).unwrap_err().message,
        "there is no function `gone`"
    );
    assert_ne!(stale, written);
}
