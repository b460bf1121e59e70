#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::sync::Arc;

use super::*;
use crate::entitlement::{Catalogue, Source, load};

const ENTITLEMENTS: &str = r#"
apiVersion: daypass/v1
entitlements:
  - id: prod-storage
    requesters: [group:sre@example.com]
    grantors: [group:leads@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/storage.admin]}]
    duration: {default: 30m, max: 4h}
    justification: {required: true, pattern: '^INC-'}
    inputs: [{name: ticket, type: string, pattern: '^INC-[0-9]+$', required: true}]
    approval:
      steps:
        - {approvers: [group:leads@example.com], needed: 1, on_call: 'pagerduty:P1'}
        - {approvers: [peers], needed: 1}
  - id: prod-read
    requesters: [group:sre@example.com]
    constraints: [{name: not-on-sunday, expression: 'request.time.getDayOfWeek("Europe/Berlin") != 0', message: Not on Sundays}]
    privileges: [{resource: {folder: folders/1, labels: {env: prod}}, roles: [roles/logging.viewer]}]
    approval: none
  - id: prod-break-glass
    requesters: [group:sre@example.com]
    owner: user:olga@example.com
    privileges: [{resource: folders/42, roles: [roles/compute.admin]}]
    duration: {max: 1h}
    break_glass: {page: ['pagerduty:P1'], review: {by: [group:leads@example.com], within: 24h}}
"#;

const FIXTURES: &str = r"
apiVersion: daypass/v1
fixtures:
  groups:
    sre@example.com: [alice@example.com, bob@example.com, group:oncall@example.com]
    oncall@example.com: [dora@example.com]
    leads@example.com: [carol@example.com]
  on_call: {'pagerduty:P1': [carol@example.com, alice@example.com]}
  projects: [{folder: folders/1, labels: {env: prod}, found: [projects/a, projects/b]}]
  debts: [bob@example.com]
";

fn source(name: &str, text: &str) -> Source {
    Source {
        name: name.into(),
        text: text.into(),
    }
}

fn catalogue() -> Catalogue {
    load(&[source("entitlements.yaml", ENTITLEMENTS)]).unwrap()
}

fn sources(tests: &str) -> Vec<Source> {
    vec![
        source("entitlements.yaml", ENTITLEMENTS),
        source("world.test.yaml", FIXTURES),
        source(
            "storage.test.yaml",
            &format!("apiVersion: daypass/v1\ntests:\n{tests}"),
        ),
    ]
}

fn outcomes(tests: &str) -> Vec<Outcome> {
    let rehearsals = read(&sources(tests), &Arc::default()).unwrap();
    let catalogue = catalogue();
    rehearsals
        .iter()
        .flat_map(|rehearsal| rehearse(&catalogue, rehearsal))
        .collect()
}

fn refusal(tests: &str) -> String {
    let findings = read(&sources(tests), &Arc::default()).unwrap_err();
    findings.iter().fold(String::new(), |mut text, finding| {
        writeln!(text, "{finding}\n").unwrap();
        text
    })
}

#[test]
fn what_is_true_holds() {
    let all = outcomes(
        r"
  - {requester: alice@example.com, entitlement: prod-storage, for: 45m, reason: 'INC-1 disk', input: {ticket: INC-1}, expect: {decision: needs-approval, approvers: [carol@example.com, bob@example.com, dora@example.com], needed: 2, on_call: [carol@example.com], for: 45m, gives: [roles/storage.admin on projects/acme-prod]}}
  - {requester: dora@example.com, entitlement: prod-storage, reason: 'INC-1 disk', input: {ticket: INC-1}, expect: {steps: [{needed: 1, approvers: [carol@example.com], on_call: [carol@example.com]}, {approvers: [alice@example.com, bob@example.com]}]}}
  - {requester: alice@example.com, entitlement: prod-storage, reason: 'disk', input: {ticket: INC-1}, expect: {decision: denied, rule: justification, approvers: [], needed: 0, steps: []}}
  - {requester: alice@example.com, entitlement: prod-storage, reason: 'INC-1', expect: {rule: inputs}}
  - {requester: carol@example.com, entitlement: prod-storage, expect: {decision: denied, rule: requester}}
  - {requester: carol@example.com, entitlement: prod-storage, give: true, reason: 'INC-1', beneficiary: alice@example.com, expect: {decision: granted}}
  - {requester: alice@example.com, entitlement: prod-read, reason: x, expect: {decision: granted, gives: [roles/logging.viewer on projects/a, roles/logging.viewer on projects/b]}}
  - {requester: alice@example.com, entitlement: prod-read, reason: x, time: 2026-12-05T23:30:00Z, expect: {decision: denied, rule: not-on-sunday}}
  - {requester: alice@example.com, entitlement: prod-read, reason: x, time: 2026-12-06T23:30:00Z, expect: {decision: granted}}
  - {requester: bob@example.com, entitlement: prod-read, reason: x, expect: {decision: denied, rule: review-debt}}
  - {requester: alice@example.com, entitlement: prod-break-glass, for: 1h, reason: x, expect: {decision: break-glass, page: ['pagerduty:P1'], on_call: [carol@example.com, alice@example.com]}}
  - {requester: bob@example.com, entitlement: prod-break-glass, for: 30m, reason: x, expect: {decision: break-glass, page: ['pagerduty:P1', 'user:olga@example.com', 'group:leads@example.com']}}
  - {requester: bob@example.com, entitlement: prod-break-glass, for: 1h, reason: x, expect: {decision: denied, rule: duration}}
",
    );
    assert_eq!(all.len(), 13);
    for outcome in &all {
        assert_eq!(outcome.failures, [], "{}", outcome.name);
        assert!(outcome.unknown_groups.is_empty());
    }
}

#[test]
fn what_is_not_true_fails_where_it_is_written() {
    let all = outcomes(
        r"
  - name: alice alone
    requester: alice@example.com
    entitlement: prod-storage
    reason: INC-1 disk
    input: {ticket: INC-1}
    expect:
      decision: granted
      approvers: [carol@example.com]
      needed: 1
      rule: requester
      steps: [{needed: 2, approvers: []}, {}]
      on_call: []
      for: 1h
      gives: [roles/storage.admin on projects/acme-dev]
  - {requester: alice@example.com, entitlement: prod-gone, expect: {decision: denied}}
  - {requester: alice@example.com, entitlement: prod-read, reason: x, expect: {steps: [{needed: 1}]}}
",
    );
    let told: Vec<String> = all
        .iter()
        .flat_map(|outcome| &outcome.failures)
        .map(|failure| {
            format!(
                "{}:{}:{} {}: expected {}, found {}\n",
                failure.place.file,
                failure.place.line,
                failure.place.column,
                failure.what,
                failure.expected,
                failure.actual
            )
        })
        .collect();
    insta::assert_snapshot!(told.concat(), @r"
storage.test.yaml:10:17 decision: expected granted, found needs-approval
storage.test.yaml:13:13 rule: expected requester, found none
storage.test.yaml:11:19 approvers: expected carol@example.com, found bob@example.com, carol@example.com, dora@example.com
storage.test.yaml:12:15 needed: expected 1, found 2
storage.test.yaml:15:16 on_call: expected none, found carol@example.com
storage.test.yaml:16:12 for: expected 1h, found 30m
storage.test.yaml:17:15 gives: expected roles/storage.admin on projects/acme-dev, found roles/storage.admin on projects/acme-prod
storage.test.yaml:14:24 step 1, needed: expected 2, found 1
storage.test.yaml:14:38 step 1, approvers: expected none, found carol@example.com
storage.test.yaml:18:17 entitlement: expected prod-gone, found there is no such entitlement
storage.test.yaml:19:87 steps: expected 1 of them, found 0
");
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let told = refusal(
        r"
  - {requester: alice, entitlement: Prod, for: 5, expect: {decision: maybe}}
  - {requester: alice@example.com, entitlement: prod-read, time: yesterday, at: x, expect: {decision: denied}}
  - {requester: alice@example.com, entitlement: prod-read, beneficiary: everybody, expect: {}}
",
    );
    insta::assert_snapshot!(told, @r"
error: 'alice' is not an e-mail address
 --> storage.test.yaml:4:17
  |
4 |   - {requester: alice, entitlement: Prod, for: 5, expect: {decision: maybe}}
  |                 ^^^^^
  = hint: write it as name@example.com, with one @

error: 'Prod' is not an entitlement id
 --> storage.test.yaml:4:37
  |
4 |   - {requester: alice, entitlement: Prod, for: 5, expect: {decision: maybe}}
  |                                     ^^^^
  = hint: name the id of an entitlement

error: '5' is not a duration
 --> storage.test.yaml:4:48
  |
4 |   - {requester: alice, entitlement: Prod, for: 5, expect: {decision: maybe}}
  |                                                ^
  = hint: write 90m, 1h30m, 7d, PT90M or 5400s

error: 'maybe' is not a decision
 --> storage.test.yaml:4:70
  |
4 |   - {requester: alice, entitlement: Prod, for: 5, expect: {decision: maybe}}
  |                                                                      ^^^^^
  = hint: write one of denied, needs-approval, granted, break-glass

error: 'x' is not a point in time
 --> storage.test.yaml:5:81
  |
5 |   - {requester: alice@example.com, entitlement: prod-read, time: yesterday, at: x, expect: {decision: denied}}
  |                                                                                 ^
  = hint: write it as 2026-12-01T09:00:00Z

error: 'yesterday' is not a point in time
 --> storage.test.yaml:5:66
  |
5 |   - {requester: alice@example.com, entitlement: prod-read, time: yesterday, at: x, expect: {decision: denied}}
  |                                                                  ^^^^^^^^^
  = hint: write it as 2026-12-01T09:00:00Z

error: 'everybody' is not a principal
 --> storage.test.yaml:6:73
  |
6 |   - {requester: alice@example.com, entitlement: prod-read, beneficiary: everybody, expect: {}}
  |                                                                         ^^^^^^^^^
  = hint: write user:…, group:…, serviceAccount:…, domain:…, principal://… or principalSet://…

error: the test expects nothing, so it cannot fail
 --> storage.test.yaml:6:92
  |
6 |   - {requester: alice@example.com, entitlement: prod-read, beneficiary: everybody, expect: {}}
  |                                                                                            ^
  = hint: write what shall come of it: expect: {decision: needs-approval}
");
    insta::assert_snapshot!(refusal("  - {requester: alice@example.com, entitlement: prod-read, expects: {decision: denied}}\n"), @r"
error: unknown field `expects`, expected one of name, requester, entitlement, for, at, only, reason, input, beneficiary, time, give, expect
 --> storage.test.yaml:3:60
  |
3 |   - {requester: alice@example.com, entitlement: prod-read, expects: {decision: denied}}
  |                                                            ^
  = hint: write tests: [{requester: alice@example.com, entitlement: prod-storage, expect: {decision: denied}}]
");
}

#[test]
fn fixtures_are_checked_too() {
    let text = r"
apiVersion: daypass/v1
fixtures:
  people: [alice@example.com]
  groups:
    sre@example.com: [group:nobody@example.com, user:leads@example.com]
    SRE@example.com: []
    leads: []
    leads@example.com: []
  projects: [{folder: folders/x, found: [project]}]
tests:
  - {requester: alcie@example.com, entitlement: prod-read, expect: {decision: granted}}
";
    let findings = read(&[source("a.test.yaml", text)], &Arc::default()).unwrap_err();
    let told: Vec<String> = findings.iter().map(|one| format!("{one}\n\n")).collect();
    insta::assert_snapshot!(told.concat(), @r"
error: 'leads' is not the address of a group
 --> a.test.yaml:8:12
  |
8 |     leads: []
  |            ^
  = hint: write it as sre@example.com

error: the group sre@example.com is listed twice
 --> a.test.yaml:6:22
  |
6 |     sre@example.com: [group:nobody@example.com, user:leads@example.com]
  |                      ^
  = hint: write all of its members into one list

error: the group nobody@example.com has no members here
 --> a.test.yaml:6:23
  |
6 |     sre@example.com: [group:nobody@example.com, user:leads@example.com]
  |                       ^^^^^^^^^^^^^^^^^^^^^^^^
  = hint: list it too: nobody@example.com: []

error: leads@example.com is a group, not a person
 --> a.test.yaml:6:49
  |
6 |     sre@example.com: [group:nobody@example.com, user:leads@example.com]
  |                                                 ^^^^^^^^^^^^^^^^^^^^^^
  = hint: write group:leads@example.com

error: 'folders/x' is not a resource that Daypass knows
  --> a.test.yaml:10:23
   |
10 |   projects: [{folder: folders/x, found: [project]}]
   |                       ^^^^^^^^^
  = hint: write projects/ID, folders/NUMBER, organizations/NUMBER, buckets/NAME, projects/P/secrets/S, …; 'daypass doctor --resource-kinds' lists them all

error: 'project' is not a resource that Daypass knows
  --> a.test.yaml:10:42
   |
10 |   projects: [{folder: folders/x, found: [project]}]
   |                                          ^^^^^^^
  = hint: write projects/ID, folders/NUMBER, organizations/NUMBER, buckets/NAME, projects/P/secrets/S, …; 'daypass doctor --resource-kinds' lists them all

error: there is no alcie@example.com among the people of the fixtures
  --> a.test.yaml:12:17
   |
12 |   - {requester: alcie@example.com, entitlement: prod-read, expect: {decision: granted}}
   |                 ^^^^^^^^^^^^^^^^^
  = hint: add them to people: or to a group
");
}

#[test]
fn a_file_of_its_own_world_hides_the_shared_one() {
    let own = r"
apiVersion: daypass/v1
fixtures:
  time: 2027-01-01T00:00:00Z
  groups: {sre@example.com: [zoe@example.com]}
tests:
  - {requester: alice@example.com, entitlement: prod-storage, expect: {rule: requester}}
  - {requester: zoe@example.com, entitlement: prod-storage, reason: INC-1, input: {ticket: INC-1}, expect: {decision: denied, rule: approval}}
";
    let sources = [source("world.yaml", FIXTURES), source("own.yaml", own)];
    let rehearsals = read(&sources, &Arc::default()).unwrap();
    let outcomes = rehearse(&catalogue(), &rehearsals[1]);
    assert!(outcomes.iter().all(Outcome::holds), "{outcomes:?}");
    assert_eq!(
        rehearsals[1].tests[0].time,
        "2027-01-01T00:00:00Z".parse().unwrap()
    );
}

#[test]
fn a_file_of_groups() {
    let groups = read_groups(&source(
        "groups.yaml",
        "groups: {a@example.com: [b@example.com, x@example.com], group:b@example.com: [user:y@example.com]}",
    ))
    .unwrap();
    let a = crate::email::Email::parse("a@example.com").unwrap();
    assert_eq!(groups.members_of(&a).len(), 2);
    assert!(
        read_groups(&source(
            "g.yaml",
            "groups: {a@example.com: [group:b@example.com]}"
        ))
        .is_err()
    );
    assert!(read_groups(&source("g.yaml", "people: []")).is_err());
}
