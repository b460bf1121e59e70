//! What is told of entitlement files: twenty typical mistakes, as somebody meets them who has read no documentation.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::process::Command;

/// What the command did.
#[derive(Debug)]
struct Done {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs `daypass policy` in a folder of its own, with these files.
fn policy(files: &[(&str, &str)], arguments: &[&str]) -> Done {
    daypass(files, &[&["policy"], arguments].concat())
}

/// Runs any command in a folder of its own, with these files.
fn daypass(files: &[(&str, &str)], arguments: &[&str]) -> Done {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_daypass"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .output()
        .unwrap();
    Done {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn lint(files: &[(&str, &str)], arguments: &[&str]) -> Done {
    policy(files, &[&["lint"], arguments].concat())
}

/// Mistakes of form: what an editor with the schema would underline, too.
const FORM: &str = "\
apiVersion: daypass/v1
entitlements:
  - id: prod-storage
    requestors: [group:sre@example.com]
    privileges:
      resource: projects/acme-prod
      roles: [roles/storage.objectAdmin]
    duration: 4h
    approvers: [group:leads@example.com]
  - id: prod-logs
    requesters:
      - group: sre@example.com
    privileges: [{resource: projects/acme-prod, role: roles/logging.viewer}]
    approval:
      steps: [{approvers: group:leads@example.com, needed: two}]
";

/// Values that cannot be used.
const VALUES: &str = "\
apiVersion: daypass/v1
entitlements:
  - id: prod-compute
    requesters: [alice@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/editor]}]
    duration: {max: 90}
    approval: none
  - id: orders-topic
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-prod/topics/orders, roles: [roles/pubsub.publisher]}]
    justification: {pattern: '[A-Z+-'}
  - id: weekdays-only
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/run.developer]}]
    constraints: [{name: own-domain, expression: 'requester.emial.endsWith(\"@example.com\")'}]
    approval: none
";

const BROKEN: &str = "\
apiVersion: daypass/v1
entitlements:
  - id: prod-title
    title: Production: read only
";

/// Legal, and dangerous.
const DANGEROUS: &str = "\
apiVersion: daypass/v1
entitlements:
  - id: project-admin
    owner: group:sre@example.com
    requesters: [group:sre@example.com]
    privileges:
      - resource: projects/acme-prod
        roles: [roles/resourcemanager.projectIamAdmin, roles/storage.admin]
    duration: {max: 7d}
    approval: {expires: 1h, steps: [{approvers: [peers], remind: 2h}]}
  - id: two-of-one
    requesters: [group:dev@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/cloudsql.client]}]
    approval: {steps: [{approvers: [user:carol@example.com, user:dave@example.com], needed: 3}]}
  - id: sql-for-all
    requesters: ['domain:example.com']
    privileges: [{resource: projects/acme-prod, roles: [roles/cloudsql.admin]}]
    duration: {max: 2h}
    approval: none
  - id: broker-secrets
    requesters: [group:sre@example.com, group:sres@example.com]
    privileges: [{resource: projects/acme-daypass, roles: [roles/secretmanager.secretAccessor]}]
    approval: {steps: [{approvers: [group:leads@example.com]}]}
";

const DUPLICATE: &str = "\
apiVersion: daypass/v1
entitlements:
  - id: two-of-one
    requesters: [group:dev@example.com]
    privileges: [{resource: projects/acme-dev, roles: [roles/cloudsql.client]}]
    approval: none
";

const GROUPS: &str = "\
groups:
  sre@example.com: [alice@example.com, bob@example.com]
  dev@example.com: [erin@example.com]
  leads@example.com: [carol@example.com, dave@example.com]
";

const GOOD: &str = "\
apiVersion: daypass/v1
entitlements:
  - id: prod-logs
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/logging.viewer]}]
    approval: {steps: [{approvers: [group:leads@example.com]}]}
";

#[test]
fn twenty_typical_mistakes() {
    let done = lint(
        &[
            ("entitlements/broken.yaml", BROKEN),
            ("entitlements/dangerous.yaml", DANGEROUS),
            ("entitlements/duplicate.yaml", DUPLICATE),
            ("entitlements/form.yaml", FORM),
            ("entitlements/values.yaml", VALUES),
            ("groups.yaml", GROUPS),
        ],
        &[
            "entitlements",
            "--groups",
            "groups.yaml",
            "--broker-project",
            "acme-daypass",
        ],
    );
    assert_eq!(done.code, 1);
    let told = done.stdout.matches("\n  = hint: ").count();
    assert!(told >= 20, "{told}");
    insta::assert_snapshot!(format!("{}--- stderr\n{}", done.stdout, done.stderr));
}

#[test]
fn exit_codes() {
    let warned = GOOD.to_owned() + "    duration: {max: 2d}\n";
    let accepted = GOOD.to_owned() + "    duration: {max: 2d}  # lint-accept: long-duration\n";
    for (text, arguments, code) in [
        (GOOD, &["a.yaml"][..], 0),
        (GOOD, &["a.yaml", "--strict"], 0),
        (&warned, &["a.yaml"], 0),
        (&warned, &["a.yaml", "--strict"], 1),
        (&accepted, &["a.yaml", "--strict"], 0),
        (BROKEN, &["a.yaml"], 1),
        (GOOD, &["missing.yaml"], 1),
        (GOOD, &[], 2),
    ] {
        let done = lint(&[("a.yaml", text)], arguments);
        assert_eq!(done.code, code, "{text} {arguments:?}: {done:?}");
    }
}

/// A wrong path must not pass: nothing is found in no files.
#[test]
fn the_usual_folder() {
    let done = lint(&[("entitlements/a.yaml", GOOD)], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    let done = lint(&[("policies/a.yaml", GOOD)], &[]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("name files or folders"), "{done:?}");
}

#[test]
fn a_folder_without_files() {
    let done = lint(&[("empty/README.md", "")], &["empty"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("hint: there is no *.yaml"), "{done:?}");
    let said = lint(
        &[("none/a.yaml", "apiVersion: daypass/v1\nentitlements: []\n")],
        &["none"],
    );
    assert_eq!(said.code, 0, "{said:?}");
}

/// Nothing listens at this address of the sandbox: what is on this machine is looked at all the same.
const SERVER: &str = "\
listen: 127.0.0.1:8080
public_url: http://127.0.0.1:8080
store: sqlite:daypass.db
keys: {dir: keys}
entitlements: [{path: entitlements}]
google: {sandbox_url: 'http://127.0.0.1:9'}
machines: [{issuer: https://accounts.google.com, audience: https://daypass.example.com, accounts: [robot@acme-prod.iam.gserviceaccount.com]}]
sandbox: true
";

fn doctor(configuration: &str, file: (&str, &str)) -> Done {
    let files = [("daypass.yaml", configuration), file];
    daypass(&files, &["doctor", "--config", "daypass.yaml"])
}

#[test]
fn doctor_tells_mistakes_line_by_line() {
    let wrong = "apiVersion: daypass/v1\nentitlements:\n  - id: a\u{202e}\n";
    let done = doctor(SERVER, ("entitlements/a.yaml", wrong));
    assert_eq!(done.code, 1, "{done:?}");
    let told = done.stdout.split("✗ entitlements:").nth(1).unwrap();
    let told = told.split("✓ ").next().unwrap();
    insta::assert_snapshot!(told, @r"
        error: 'a\u{202e}' is not an entitlement id
         --> entitlements/a.yaml:3:9
          |
        3 |   - id: a\u{202e}
          |         ^^
          = hint: use 3 to 63 of a-z, 0-9 and -, starting with a letter

        error: nobody may ask for it and nobody may give it
         --> entitlements/a.yaml:3:9
          |
        3 |   - id: a\u{202e}
          |         ^^
          = hint: list requesters or grantors

        error: it gives nothing
         --> entitlements/a.yaml:3:9
          |
        3 |   - id: a\u{202e}
          |         ^^
          = hint: list at least one privilege, with a resource and its roles
        hint: a running server goes on with the last good version; mend the file, and it is in force within 2 s
    ");
    let done = doctor(&format!("lisen: x\n{SERVER}"), ("a", ""));
    assert!(
        done.stdout
            .starts_with("✗ configuration:\n    error: unknown field `lisen`"),
        "{done:?}"
    );
}

#[test]
fn doctor_tells_an_empty_folder() {
    let done = doctor(SERVER, ("entitlements/README.md", ""));
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stdout.contains("✗ entitlements: there is no file in "),
        "{done:?}"
    );
    let none = "apiVersion: daypass/v1\nentitlements: []\n";
    let done = doctor(SERVER, ("entitlements/none.yaml", none));
    assert!(
        done.stdout.contains("✓ entitlements: 0 are in force"),
        "{done:?}"
    );
}

/// The diagnostic's own first word is not said twice.
#[test]
fn an_error_is_announced_once() {
    let file = format!("lisen: x\n{SERVER}");
    let done = daypass(
        &[("daypass.yaml", &file)],
        &["serve", "--config", "daypass.yaml"],
    );
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stderr.starts_with("error: unknown field `lisen`"),
        "{done:?}"
    );
}

#[test]
fn for_programs_and_for_pull_requests() {
    let text = GOOD.to_owned() + "    duration: {max: 2d}\n";
    let done = lint(&[("a.yaml", &text)], &["a.yaml", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(report["findings"][0]["code"], "long-duration");
    assert_eq!(report["findings"][0]["line"], 7);
    let done = lint(&[("a.yaml", &text)], &["a.yaml", "--github"]);
    assert!(
        done.stdout.starts_with("::warning file=a.yaml,line=7,col=21,endColumn=22,title=long-duration::a grant may last 2d"),
        "{done:?}"
    );
}

#[test]
fn the_configuration_names_files_groups_and_brokers() {
    let configuration = "\
listen: 127.0.0.1:8080
public_url: http://127.0.0.1:8080
store: sqlite:daypass.db
keys: {dir: keys}
entitlements: [{path: entitlements}]
groups: {file: groups.yaml}
google: {brokers: [{scope: organizations/1, impersonate: daypass@acme-prod.iam.gserviceaccount.com}]}
machines: [{issuer: https://accounts.google.com, audience: https://daypass.example.com, accounts: [robot@acme-prod.iam.gserviceaccount.com]}]
sandbox: true
";
    let files = [
        ("daypass.yaml", configuration),
        (
            "entitlements/prod.yaml",
            &*GOOD.replace("group:leads@", "group:nobody@"),
        ),
        ("groups.yaml", GROUPS),
    ];
    let done = lint(&files, &["--config", "daypass.yaml"]);
    assert_eq!(done.code, 0, "{done:?}");
    for code in ["own-project", "empty-group", "step-unmeetable"] {
        assert!(done.stdout.contains(code), "{code}: {done:?}");
    }
}

/// What ships as an example is a good one: whatever is dangerous in it is meant.
#[test]
fn the_examples_are_clean() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/entitlements");
    let done = lint(&[], &[folder, "--strict"]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
}

#[test]
fn the_schema_is_printed_as_it_is_published() {
    let done = policy(&[], &["schema"]);
    assert_eq!(
        done.stdout,
        include_str!("../../../../docs/entitlements.schema.json")
    );
}
