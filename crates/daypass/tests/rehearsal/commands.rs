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
    insta::assert_snapshot!(done.transcript(), @"");
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
    insta::assert_snapshot!(folder.run(&["test", "e"]).transcript(), @"");
    insta::assert_snapshot!(folder.run(&["test", "e", "-o", "json"]).stdout, @"");
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
    insta::assert_snapshot!(folder.run(&["test", "e"]).transcript(), @"");
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
    insta::assert_snapshot!(folder.run(&["diff", "e", "new"]).transcript(), @"");
    insta::assert_snapshot!(folder.run(&["diff", "e", "new", "--markdown"]).stdout, @"");
    insta::assert_snapshot!(folder.run(&["diff", "e", "new", "-o", "json", "--people", "zoe@example.com"]).stdout, @"");
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
    for wrong in ["main:nothing", "nothing:e", "--output=x:e", "-x:e"] {
        let done = folder.run(&["diff", "--", wrong, "new"]);
        assert_eq!(done.code, 1, "{wrong}: {done:?}");
        assert!(done.stderr.contains("git says: "), "{wrong}: {done:?}");
    }
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
    insta::assert_snapshot!(asked.transcript(), @"");
    insta::assert_snapshot!(explain(&["prod-storage", "--as", "carol@example.com"]).transcript(), @"");
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
