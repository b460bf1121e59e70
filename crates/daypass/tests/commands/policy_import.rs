//! Moving in from another system: entitlements on standard output, the report on standard error.

use std::fs;

use crate::command::{Done, Person};
use crate::fake_server::FakeServer;

/// Runs in a folder of its own, with these files; no server is asked.
fn import(files: &[(&str, &str)], arguments: &[&str]) -> (Done, Person) {
    let person = Person::stranger(&FakeServer::start());
    for (name, text) in files {
        fs::write(person.home().join(name), text).unwrap();
    }
    let home = person.home().to_str().unwrap().to_owned();
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| argument.replace("HOME", &home))
        .collect();
    let mut whole = vec!["policy", "import"];
    whole.extend(arguments.iter().map(String::as_str));
    let mut done = person.run(&whole);
    done.stdout = done.stdout.replace(&home, "HOME");
    done.stderr = done.stderr.replace(&home, "HOME");
    (done, person)
}

const POLICY: &str = r#"{
  "version": 3,
  "bindings": [
    {"role": "roles/storage.admin", "members": ["user:alice@example.com"], "condition": {"title": "Eligible", "expression": "has({}.jitAccessConstraint)"}},
    {"role": "roles/editor", "members": ["group:dev@example.com"], "condition": {"title": "Eligible", "expression": "has({}.multiPartyApprovalConstraint)"}}
  ]
}"#;

#[test]
fn entitlements_go_to_stdout_and_the_report_to_stderr() {
    let (done, _) = import(
        &[("p.json", POLICY)],
        &["--from", "jit-access", "HOME/p.json=projects/acme-prod"],
    );
    insta::assert_snapshot!(done.transcript(), @"
    exit 0
    --- stdout
    apiVersion: daypass/v1
    entitlements:
      - id: acme-prod-storage-admin
        title: 'roles/storage.admin on projects/acme-prod'
        description: Eligible
        requesters: [user:alice@example.com]
        privileges:
          - {resource: projects/acme-prod, roles: [roles/storage.admin]}
        duration: {max: 2h}
        approval: none
    --- stderr
    Carried over
      HOME/p.json: bindings[0]: roles/storage.admin on projects/acme-prod, without approval: acme-prod-storage-admin
    Not carried over
      HOME/p.json: bindings[1]: roles/editor is a basic role, which takes no condition and so cannot end by itself
        hint: name a predefined or custom role instead, such as roles/compute.viewer
    1 entitlement, 1 not carried over.
    ");
}

#[test]
fn one_file_each_and_none_is_overwritten() {
    let arguments = [
        "--from",
        "jit-access",
        "--resource",
        "projects/acme-prod",
        "--output-dir",
        "HOME/new/entitlements",
        "HOME/p.json",
    ];
    let (done, person) = import(&[("p.json", POLICY)], &arguments);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(
        done.stdout,
        "HOME/new/entitlements/acme-prod-storage-admin.yaml\n"
    );
    let written = person
        .home()
        .join("new/entitlements/acme-prod-storage-admin.yaml");
    let text = fs::read_to_string(&written).unwrap();
    assert!(text.starts_with("apiVersion: daypass/v1\n"), "{text}");
    let home = person.home().to_str().unwrap();
    let again: Vec<String> = arguments
        .iter()
        .map(|argument| argument.replace("HOME", home))
        .collect();
    let mut whole = vec!["policy", "import"];
    whole.extend(again.iter().map(String::as_str));
    fs::write(&written, "edited").unwrap();
    let done = person.run(&whole);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("is there already"), "{done:?}");
    assert_eq!(fs::read_to_string(&written).unwrap(), "edited");
}

#[test]
fn a_source_with_a_mistake_gives_nothing() {
    let document = "schemaVersion: 1\nenvironment:\n  name: prod\n  access:\n  - {principal: 'robot:x', allow: JOIN}\n";
    let (done, _) = import(
        &[("policy.yaml", document)],
        &["--from", "jit-groups", "HOME/policy.yaml"],
    );
    insta::assert_snapshot!(done.transcript(), @"
    exit 1
    --- stdout
    --- stderr
    To be mended first
      HOME/policy.yaml:5:5: environment.access[0]: 'robot:x' is not a principal (ACL_INVALID_PRINCIPAL)
        hint: write user:…, group:…, domain:… or class:…
    Nothing is imported until that is mended.
    ");
}

#[test]
fn programs_get_the_report_too() {
    let entitlement = r#"[{"name": "projects/p/locations/global/entitlements/deploy", "maxRequestDuration": "3600s",
        "eligibleUsers": [{"principals": ["group:dev@example.com"]}],
        "privilegedAccess": {"gcpIamAccess": {"resource": "//cloudresourcemanager.googleapis.com/projects/p", "roleBindings": [{"role": "roles/run.admin"}]}}}]"#;
    let (done, _) = import(
        &[("pam.json", entitlement)],
        &["--from", "pam", "HOME/pam.json", "-o", "json"],
    );
    assert_eq!(done.code, 0, "{done:?}");
    let value: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(value["entitlements"][0]["id"], "deploy");
    assert_eq!(value["notes"][0]["weight"], "carried");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let files = [("p.json", POLICY)];
    for arguments in [
        &["--from", "pam", "--domain", "example.com", "HOME/p.json"][..],
        &["--from", "jit-access", "HOME/p.json=buckets/x"],
        &[
            "--from",
            "jit-access",
            "--projects",
            "folders/1",
            "HOME/p.json",
        ],
        &["--from", "terraform", "HOME/p.json"],
        &["--from", "pam"],
    ] {
        let (done, _) = import(&files, arguments);
        assert_eq!(
            (done.code, done.stdout.as_str()),
            (2, ""),
            "{arguments:?}: {done:?}"
        );
    }
    let (done, _) = import(&[], &["--from", "pam", "HOME/absent.json"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("absent.json"), "{done:?}");
}
