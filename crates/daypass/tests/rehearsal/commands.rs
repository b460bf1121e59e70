//! Tests, differences and explanations. No server is asked.

use crate::folder::Folder;

const STORAGE: &str = r"apiVersion: daypass/v1
entitlements:
  - id: prod-storage
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/storage.admin]}]
    duration: {default: 30m, max: 4h}
    justification: {required: true, pattern: '^INC-', hint: 'the ticket, then why'}
    approval: {steps: [{approvers: [group:leads@example.com]}, {approvers: [peers]}]}
  - id: prod-read
    requesters: [group:sre@example.com]
    privileges: [{resource: folders/1, roles: [roles/logging.viewer]}]
    approval: none
";

const WORLD: &str = r"apiVersion: daypass/v1
fixtures:
  time: 2026-12-01T09:00:00Z
  groups:
    sre@example.com: [alice@example.com, bob@example.com]
    leads@example.com: [carol@example.com]
";

const TESTS: &str = r"apiVersion: daypass/v1
tests:
  - {requester: alice@example.com, entitlement: prod-storage, reason: INC-1 disk, expect: {decision: needs-approval, steps: [{approvers: [carol@example.com]}, {approvers: [bob@example.com]}]}}
  - {name: nobody else, requester: carol@example.com, entitlement: prod-storage, expect: {decision: denied, rule: requester}}
";

fn rehearsed() -> Folder {
    Folder::with(&[
        ("e/storage.yaml", STORAGE),
        ("e/world.yaml", WORLD),
        ("e/storage.test.yaml", TESTS),
    ])
}

#[test]
fn tests_that_hold() {
    let done = rehearsed().run(&["test", "e"]);
    insta::assert_snapshot!(done.transcript(), @r"
exit 0
--- stdout
e/storage.test.yaml
  ✓ alice@example.com asks for prod-storage: needs-approval
  ✓ nobody else: denied

2 passed, 0 failed; 1 of 2 entitlements has no test: prod-read
--- stderr
");
}

#[test]
fn a_test_that_fails_shows_where_and_why() {
    let folder = rehearsed();
    folder.write(
        "e/storage.test.yaml",
        &TESTS
            .replace("[bob@example.com]", "[dora@example.com]")
            .replace("decision: denied", "decision: granted"),
    );
    insta::assert_snapshot!(folder.run(&["test", "e"]).transcript(), @r"
exit 1
--- stdout
e/storage.test.yaml
  ✗ alice@example.com asks for prod-storage: needs-approval
  ✗ nobody else: denied

error: alice@example.com asks for prod-storage: step 2, approvers: expected dora@example.com, found bob@example.com
 --> e/storage.test.yaml:3:173
  |
3 |   - {requester: alice@example.com, entitlement: prod-storage, reason: INC-1 disk, expect: {decision: needs-approval, steps: [{approvers: [carol@example.com]}, {approvers: [dora@example.com]}]}}
  |                                                                                                                                                                             ^^^^^^^^^^^^^^^^
  = the rules of the decision:
    ✓ clock: within 0 s of Google's
    ✓ requester: alice@example.com may ask for it
    ✓ beneficiary: user:alice@example.com
    ✓ privileges: 1 of the entitlement's roles on resources
    ✓ duration: 30m, at most 4h
    ✓ justification: given
    ✓ approval: 1 of carol@example.com, then 1 of bob@example.com

error: nobody else: decision: expected granted, found denied
 --> e/storage.test.yaml:4:101
  |
4 |   - {name: nobody else, requester: carol@example.com, entitlement: prod-storage, expect: {decision: granted, rule: requester}}
  |                                                                                                     ^^^^^^^
  = the rules of the decision:
    ✓ clock: within 0 s of Google's
    ✗ requester: carol@example.com may not ask for it
    ✓ beneficiary: user:carol@example.com
    ✓ privileges: 1 of the entitlement's roles on resources
    ✓ duration: 30m, at most 4h
    ✗ justification: a justification is required
    ✗ approval: step 1: 1 must approve, but nobody can

0 passed, 2 failed; 1 of 2 entitlements has no test: prod-read
--- stderr
");
    insta::assert_snapshot!(folder.run(&["test", "e", "-o", "json"]).stdout, @r#"
{
  "passed": 0,
  "failed": 2,
  "entitlements": 2,
  "untested": [
    "prod-read"
  ],
  "tests": [
    {
      "name": "alice@example.com asks for prod-storage",
      "file": "e/storage.test.yaml",
      "line": 3,
      "entitlement": "prod-storage",
      "holds": false,
      "decision": "needs-approval",
      "failures": [
        {
          "what": "step 2, approvers",
          "expected": "dora@example.com",
          "actual": "bob@example.com",
          "line": 3,
          "column": 173
        }
      ],
      "rules": [
        {
          "name": "clock",
          "holds": true,
          "detail": "within 0 s of Google's"
        },
        {
          "name": "requester",
          "holds": true,
          "detail": "alice@example.com may ask for it"
        },
        {
          "name": "beneficiary",
          "holds": true,
          "detail": "user:alice@example.com"
        },
        {
          "name": "privileges",
          "holds": true,
          "detail": "1 of the entitlement's roles on resources"
        },
        {
          "name": "duration",
          "holds": true,
          "detail": "30m, at most 4h"
        },
        {
          "name": "justification",
          "holds": true,
          "detail": "given"
        },
        {
          "name": "approval",
          "holds": true,
          "detail": "1 of carol@example.com, then 1 of bob@example.com"
        }
      ]
    },
    {
      "name": "nobody else",
      "file": "e/storage.test.yaml",
      "line": 4,
      "entitlement": "prod-storage",
      "holds": false,
      "decision": "denied",
      "failures": [
        {
          "what": "decision",
          "expected": "granted",
          "actual": "denied",
          "line": 4,
          "column": 101
        }
      ],
      "rules": [
        {
          "name": "clock",
          "holds": true,
          "detail": "within 0 s of Google's"
        },
        {
          "name": "requester",
          "holds": false,
          "detail": "carol@example.com may not ask for it",
          "hint": "'daypass list' shows what you may ask for; the entitlement's owner can add you"
        },
        {
          "name": "beneficiary",
          "holds": true,
          "detail": "user:carol@example.com"
        },
        {
          "name": "privileges",
          "holds": true,
          "detail": "1 of the entitlement's roles on resources"
        },
        {
          "name": "duration",
          "holds": true,
          "detail": "30m, at most 4h"
        },
        {
          "name": "justification",
          "holds": false,
          "detail": "a justification is required",
          "hint": "the ticket, then why"
        },
        {
          "name": "approval",
          "holds": false,
          "detail": "step 1: 1 must approve, but nobody can",
          "hint": "ask the entitlement's owner to name more approvers"
        }
      ]
    }
  ]
}
"#);
}

#[test]
fn groups_that_are_not_known_are_told() {
    let folder = Folder::with(&[("storage.yaml", STORAGE), ("storage.test.yaml", TESTS)]);
    let done = folder.run(&["test", "storage.yaml", "storage.test.yaml"]);
    assert_eq!(done.code, 1);
    assert!(
        done.stdout
            .contains("nothing is known of group:sre@example.com"),
        "{done:?}"
    );
    folder.write(
        "groups.yaml",
        "groups: {sre@example.com: [alice@example.com, bob@example.com], leads@example.com: [carol@example.com]}",
    );
    let paths = [
        "test",
        "storage.yaml",
        "storage.test.yaml",
        "--groups",
        "groups.yaml",
    ];
    assert_eq!(folder.run(&paths).code, 0);
}

#[test]
fn what_cannot_be_read_is_no_test_that_holds() {
    let folder = Folder::with(&[("e/storage.yaml", STORAGE)]);
    let none = folder.run(&["test", "e"]);
    assert_eq!(none.code, 1, "without a test nothing is shown: {none:?}");
    folder.write(
        "e/a.test.yaml",
        "apiVersion: daypass/v1\ntests: [{requester: alice, entitlement: prod-read, expect: {}}]\n",
    );
    insta::assert_snapshot!(folder.run(&["test", "e"]).transcript(), @r"
exit 1
--- stdout
--- stderr
error: 'alice' is not an e-mail address
 --> e/a.test.yaml:2:21
  |
2 | tests: [{requester: alice, entitlement: prod-read, expect: {}}]
  |                     ^^^^^
  = hint: write it as name@example.com, with one @

error: the test expects nothing, so it cannot fail
 --> e/a.test.yaml:2:60
  |
2 | tests: [{requester: alice, entitlement: prod-read, expect: {}}]
  |                                                            ^
  = hint: write what shall come of it: expect: {decision: needs-approval}

2 errors
");
    assert_eq!(folder.run(&["test", "nowhere"]).code, 1);
}

/// A change with everything in it: more people, fewer to agree, a longer time, a role less, and words.
fn changed() -> Folder {
    let folder = rehearsed();
    let new = STORAGE
        .replacen("requesters: [group:sre@example.com]", "requesters: [group:sre@example.com, 'user:zoe@example.com']", 1)
        .replace("max: 4h", "max: 8h")
        .replace(", {approvers: [peers]}", "")
        .replace("'^INC-'", "'^[A-Z]+-'")
        .replace("  - id: prod-read\n", "  - id: prod-read\n    constraints: [{name: short, expression: 'request.duration < duration(\"1h\")'}]\n");
    folder.write("new/storage.yaml", &new);
    folder.write("new/world.yaml", WORLD);
    folder
}

#[test]
fn a_difference_is_told_most_dangerous_first() {
    let folder = changed();
    insta::assert_snapshot!(folder.run(&["diff", "e", "new"]).transcript(), @r#"
exit 0
--- stdout
Newly possible
  ask for prod-storage: zoe@example.com
      roles/storage.admin on projects/acme-prod
      with 1 of group:leads@example.com (carol@example.com); at most 8h

Possible more easily, or for longer
  ask for prod-storage: alice@example.com, bob@example.com
      roles/storage.admin on projects/acme-prod
      approval: with 1 of group:leads@example.com (carol@example.com), then 1 of group:sre@example.com (alice@example.com, bob@example.com) → with 1 of group:leads@example.com (carol@example.com)

  ask for prod-storage: alice@example.com, bob@example.com
      roles/storage.admin on projects/acme-prod
      longest duration: 4h → 8h

Different: read whether it is more or less
  ask for prod-storage: alice@example.com, bob@example.com
      roles/storage.admin on projects/acme-prod
      justification pattern: ^INC- → ^[A-Z]+-

Possible less easily, or for shorter
  ask for prod-read: alice@example.com, bob@example.com
      roles/logging.viewer on folders/1
      constraint: none → short: request.duration < duration("1h")

No longer possible
  approve prod-storage: alice@example.com, bob@example.com
      roles/storage.admin on projects/acme-prod
      was with 1 of group:leads@example.com (carol@example.com), then 1 of group:sre@example.com (alice@example.com, bob@example.com)

1 newly possible, 4 easier or longer, 2 different, 2 harder or shorter, 2 no longer possible (each is one person or group with one role on one resource).
--- stderr
"#);
    insta::assert_snapshot!(folder.run(&["diff", "e", "new", "--markdown"]).stdout, @r#"
### Entitlements

**1 newly possible, 4 easier or longer, 2 different, 2 harder or shorter, 2 no longer possible (each is one person or group with one role on one resource).**

#### Newly possible

| who | may | by | what | terms |
|---|---|---|---|---|
| `zoe@example.com` | ask for | `prod-storage` | `roles/storage.admin on projects/acme-prod` | `with 1 of group:leads@example.com (carol@example.com); at most 8h` |

#### Possible more easily, or for longer

| who | may | by | what | terms |
|---|---|---|---|---|
| `alice@example.com`<br>`bob@example.com` | ask for | `prod-storage` | `roles/storage.admin on projects/acme-prod` | `approval: with 1 of group:leads@example.com (carol@example.com), then 1 of group:sre@example.com (alice@example.com, bob@example.com) → with 1 of group:leads@example.com (carol@example.com)` |
| `alice@example.com`<br>`bob@example.com` | ask for | `prod-storage` | `roles/storage.admin on projects/acme-prod` | `longest duration: 4h → 8h` |

#### Different: read whether it is more or less

| who | may | by | what | terms |
|---|---|---|---|---|
| `alice@example.com`<br>`bob@example.com` | ask for | `prod-storage` | `roles/storage.admin on projects/acme-prod` | `justification pattern: ^INC- → ^[A-Z]+-` |

#### Possible less easily, or for shorter

| who | may | by | what | terms |
|---|---|---|---|---|
| `alice@example.com`<br>`bob@example.com` | ask for | `prod-read` | `roles/logging.viewer on folders/1` | `constraint: none → short: request.duration < duration("1h")` |

#### No longer possible

| who | may | by | what | terms |
|---|---|---|---|---|
| `alice@example.com`<br>`bob@example.com` | approve | `prod-storage` | `roles/storage.admin on projects/acme-prod` | `was with 1 of group:leads@example.com (carol@example.com), then 1 of group:sre@example.com (alice@example.com, bob@example.com)` |
"#);
    insta::assert_snapshot!(folder.run(&["diff", "e", "new", "-o", "json", "--people", "zoe@example.com"]).stdout, @r#"
{
  "summary": "1 newly possible (each is one person or group with one role on one resource).",
  "may_be_new_power": true,
  "changes": [
    {
      "direction": "new",
      "way": "ask for",
      "entitlement": "prod-storage",
      "who": [
        "user:zoe@example.com"
      ],
      "what": [
        "roles/storage.admin on projects/acme-prod"
      ],
      "term": "possible",
      "before": null,
      "after": "with 1 of group:leads@example.com (carol@example.com); at most 8h"
    }
  ],
  "renamed": [],
  "in_words_only": []
}
"#);
}

#[test]
fn exit_codes_of_a_difference() {
    let folder = changed();
    let code = |old: &str, new: &str| folder.run(&["diff", old, new, "--fail-on-new-power"]).code;
    assert_eq!(code("e", "e"), 0);
    assert_eq!(code("e", "new"), 1);
    assert_eq!(folder.run(&["diff", "e", "new"]).code, 0);
    folder.write("less/storage.yaml", &STORAGE.replace("max: 4h", "max: 2h"));
    assert_eq!(code("e", "less"), 0, "less is no new power");
    let step = "{approvers: [group:leads@example.com]}";
    assert!(STORAGE.contains(step));
    let also = format!("{step}, {{approvers: ['user:zoe@example.com']}}");
    folder.write("asked/storage.yaml", &STORAGE.replace(step, &also));
    assert_eq!(code("e", "asked"), 0, "one more to ask is no new power");
    let told = folder.run(&["diff", "e", "asked"]).stdout;
    assert!(
        told.contains("Newly asked to approve or review: no new power\n  approve prod-storage: zoe@example.com\n"),
        "{told}"
    );
    assert!(
        told.contains("1 newly asked to approve or review"),
        "{told}"
    );
    folder.write(
        "broken/storage.yaml",
        "apiVersion: daypass/v1\nentitlements: [{}]",
    );
    assert_eq!(folder.run(&["diff", "e", "broken"]).code, 1);
    assert_eq!(
        folder.run(&["diff", "e", "new", "--people", "nobody"]).code,
        2
    );
}

#[test]
fn versions_in_git() {
    let folder = changed();
    folder.git(&["init", "-q", "-b", "main"]);
    folder.git(&["add", "e"]);
    folder.git(&["commit", "-q", "-m", "first"]);
    let by_git = folder.run(&["diff", "main:e", "new"]);
    let by_folder = folder.run(&["diff", "e", "new"]);
    assert_eq!(by_git.transcript(), by_folder.transcript());
    assert_eq!(folder.run(&["diff", "main:e/", "HEAD:e"]).code, 0);
    assert_eq!(
        folder
            .run(&["diff", "main:e/storage.yaml", "e/storage.yaml"])
            .code,
        0
    );
    assert_eq!(folder.run(&["diff", "main:.", "main:./"]).code, 0);
    for (wrong, told) in [
        ("main:nothing", "there is no 'nothing' in revision 'main'"),
        ("nothing:e", "git has no revision 'nothing' here"),
        ("--output=x:e", "git has no revision '--output=x' here"),
        ("-x:e", "git has no revision '-x' here"),
        ("main", "did you mean main:new?"),
        ("nothing", "cannot read nothing"),
        ("-x", "cannot read -x"),
    ] {
        let done = folder.run(&["diff", "--", wrong, "new/"]);
        assert_eq!(done.code, 1, "{wrong}: {done:?}");
        assert!(done.stderr.contains(told), "{wrong}: {done:?}");
    }
    let below = folder.run_in("e", &["diff", "main:storage.yaml", "storage.yaml"]);
    assert_eq!(below.code, 1, "{below:?}");
    assert!(
        below.stderr.contains("did you mean main:./storage.yaml?"),
        "{below:?}"
    );
    let same = folder.run_in("e", &["diff", "main:./storage.yaml", "storage.yaml"]);
    assert_eq!(same.code, 0, "{same:?}");
    let nowhere = rehearsed().run(&["diff", "main:e", "e"]);
    assert_eq!(nowhere.code, 1, "{nowhere:?}");
    assert!(
        nowhere.stderr.contains("git says: ") && nowhere.stderr.contains("repository"),
        "{nowhere:?}"
    );
    assert!(!folder.path().join("x").exists());
    std::os::unix::fs::symlink("storage.yaml", folder.path().join("e/link.yaml")).unwrap();
    folder.git(&["add", "e"]);
    folder.git(&["commit", "-q", "-m", "link"]);
    let link = folder.run(&["diff", "HEAD:e", "new"]);
    assert!(
        link.stderr.contains("link.yaml is no plain file"),
        "{link:?}"
    );
}

#[test]
fn explained_without_a_server() {
    let folder = rehearsed();
    let explain = |arguments: &[&str]| {
        let mut whole = vec!["explain", "--files", "e", "--time", "2026-12-01T09:00:00Z"];
        whole.extend(arguments);
        folder.run(&whole)
    };
    let asked = explain(&[
        "prod-storage",
        "--as",
        "alice@example.com",
        "--for",
        "1h",
        "-R",
        "INC-1 disk",
    ]);
    insta::assert_snapshot!(asked.transcript(), @r#"
exit 0
--- stdout
needs approval: carol@example.com may approve; then bob@example.com may approve

  ✓ clock: within 0 s of Google's
  ✓ requester: alice@example.com may ask for it
  ✓ beneficiary: user:alice@example.com
  ✓ privileges: 1 of the entitlement's roles on resources
  ✓ duration: 1h, at most 4h
  ✓ justification: given
  ✓ approval: 1 of carol@example.com, then 1 of bob@example.com

For        alice@example.com
Gives      roles/storage.admin on projects/acme-prod
Duration   1h
Approval   step 1: 1 of carol@example.com
           step 2: 1 of bob@example.com
Waits      4h at most
Condition  request.time >= timestamp("2026-12-01T09:00:00Z") && request.time < timestamp("2026-12-01T10:00:00Z")
--- stderr
"#);
    insta::assert_snapshot!(explain(&["prod-storage", "--as", "carol@example.com"]).transcript(), @r"
exit 3
--- stdout
denied

  ✓ clock: within 0 s of Google's
  ✗ requester: carol@example.com may not ask for it ('daypass list' shows what you may ask for; the entitlement's owner can add you)
  ✓ beneficiary: user:carol@example.com
  ✓ privileges: 1 of the entitlement's roles on resources
  ✓ duration: 30m, at most 4h
  ✗ justification: a justification is required (the ticket, then why)
  ✗ approval: step 1: 1 must approve, but nobody can (ask the entitlement's owner to name more approvers)
--- stderr
");
    assert_eq!(explain(&["prod-gone", "--as", "carol@example.com"]).code, 2);
    assert_eq!(explain(&["prod-read", "--as", "carol"]).code, 2);
    let alone = folder.run(&[
        "explain",
        "prod-read",
        "--as",
        "alice@example.com",
        "-R",
        "x",
        "--files",
        "e/storage.yaml",
    ]);
    assert_eq!(alone.code, 3);
    assert!(
        alone
            .stderr
            .contains("nothing is known of group:sre@example.com"),
        "{alone:?}"
    );
}

/// The example is what a newcomer tries first.
#[test]
fn the_example_holds() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/entitlements");
    let done = Folder::with(&[]).run(&["test", example]);
    assert_eq!(done.code, 0, "{done:?}");
}
