#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use super::*;
use crate::entitlement::load;
use crate::import::Weight;

const JIT: &str = "has({}.jitAccessConstraint)";
const PEER: &str = "has({}.multiPartyApprovalConstraint)";

fn source(text: impl Into<String>) -> Source {
    Source {
        name: "policy.json".into(),
        text: text.into(),
    }
}

fn policy(resource: &str, bindings: &[(&str, &[&str], &str)]) -> PolicyFile {
    let bindings: Vec<_> = bindings
        .iter()
        .map(|(role, members, expression)| {
            serde_json::json!({"role": role, "members": members, "condition": {"title": "eligible", "expression": expression}})
        })
        .collect();
    PolicyFile {
        source: source(serde_json::json!({"version": 3, "bindings": bindings}).to_string()),
        resource: Some(resource.parse().unwrap()),
    }
}

fn read(policies: &[PolicyFile], projects: &[&str]) -> Imported {
    let projects: Vec<ResourceName> = projects.iter().map(|name| name.parse().unwrap()).collect();
    let imported = import(&JitAccess {
        policies,
        environment: None,
        projects: &projects,
    });
    if !imported.drafts.is_empty() {
        load(&[source(imported.yaml())]).unwrap();
    }
    imported
}

/// The whole result as text.
fn told(imported: &Imported) -> String {
    let mut text = String::new();
    for note in &imported.notes {
        writeln!(text, "# {:?} {note}", note.weight).unwrap();
        if let Some(hint) = &note.hint {
            writeln!(text, "#   hint: {hint}").unwrap();
        }
    }
    text + &imported.yaml()
}

#[test]
fn a_project() {
    let policy = policy(
        "projects/acme-prod",
        &[
            (
                "roles/compute.admin",
                &["user:Alice@example.com", "group:ops@example.com"],
                JIT,
            ),
            (
                "roles/storage.admin",
                &["user:bob@example.com", "group:dev@example.com"],
                &format!("resource.name.startsWith('projects/_/buckets/logs') && {PEER}"),
            ),
            ("roles/viewer", &["user:bob@example.com"], JIT),
            (
                "roles/browser",
                &["user:bob@example.com"],
                "request.time < timestamp('2020-01-01T00:00:00Z')",
            ),
            (
                "roles/logging.viewer",
                &[
                    "serviceAccount:x@p.iam.gserviceaccount.com",
                    "deleted:user:a@example.com?uid=1",
                    "allUsers",
                ],
                JIT,
            ),
            (
                "roles/pubsub.admin",
                &["user:bob@example.com"],
                &format!("a || b && {JIT}"),
            ),
            (
                "roles/run.admin",
                &["user:bob@example.com"],
                &format!("{JIT} &&"),
            ),
        ],
    );
    insta::assert_snapshot!(told(&read(&[policy], &[])), @r#"
    # Left policy.json: bindings[2]: roles/viewer is a basic role, which takes no condition and so cannot end by itself
    #   hint: name a predefined or custom role instead, such as roles/compute.viewer
    # Left policy.json: bindings[4]: 'serviceAccount:x@p.iam.gserviceaccount.com': JIT Access serves users and groups only
    # Left policy.json: bindings[4]: 'deleted:user:a@example.com?uid=1' is not a principal
    #   hint: write user:…, group:…, serviceAccount:…, domain:…, principal://… or principalSet://…
    # Left policy.json: bindings[4]: allUsers cannot be given anything by Daypass
    #   hint: name the users, groups or service accounts that need the access
    # Left policy.json: bindings[4]: roles/logging.viewer on projects/acme-prod: it has no member that can ask
    # Left policy.json: bindings[5]: no eligibility: the marker is not one of the parts that are joined by && in 'a || b && has({}.jitAccessConstraint)'
    # Left policy.json: bindings[6]: the condition cannot be read: the end at byte 30, expected a value, a name or `(`
    # Carried policy.json: bindings[0]: roles/compute.admin on projects/acme-prod, without approval: acme-prod-compute-admin
    # Carried policy.json: bindings[1]: roles/storage.admin on projects/acme-prod, with a peer's approval: acme-prod-storage-admin-peer
    apiVersion: daypass/v1
    entitlements:
      - id: acme-prod-compute-admin
        title: 'roles/compute.admin on projects/acme-prod'
        description: eligible
        requesters: [user:alice@example.com, group:ops@example.com]
        privileges:
          - {resource: projects/acme-prod, roles: [roles/compute.admin]}
        duration: {max: 2h}
        approval: none
      - id: acme-prod-storage-admin-peer
        title: 'roles/storage.admin on projects/acme-prod'
        description: eligible
        requesters: [user:bob@example.com, group:dev@example.com]
        privileges:
          - resource: projects/acme-prod
            roles: [roles/storage.admin]
            condition: 'resource.name.startsWith("projects/_/buckets/logs")'
        duration: {max: 2h}
        approval:
          expires: 1h
          steps:
            - {approvers: [peers], needed: 1}
    "#);
}

/// E-10: the role is there once, without approval; the other peers still have that member's word.
#[test]
fn who_has_both_kinds_approves_alone_and_stays_a_peer() {
    let policy = policy(
        "projects/p",
        &[
            (
                "roles/run.admin",
                &["user:a@example.com", "user:b@example.com"],
                PEER,
            ),
            ("roles/run.admin", &["user:a@example.com"], JIT),
            (
                "roles/run.viewer",
                &["user:a@example.com"],
                &format!("{JIT} && {PEER}"),
            ),
            // Another condition is another role to JIT Access.
            (
                "roles/run.admin",
                &["user:a@example.com"],
                &format!("{PEER} && resource.name == 'x'"),
            ),
        ],
    );
    let imported = read(&[policy], &[]);
    let found: Vec<_> = imported
        .drafts
        .iter()
        .map(|draft| {
            (
                draft.id.as_str(),
                draft.requesters.join(" "),
                approvers(draft),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("p-run-admin", "user:a@example.com".into(), String::new()),
            (
                "p-run-admin-peer",
                "user:b@example.com".into(),
                "peers user:a@example.com".into()
            ),
            (
                "p-run-admin-peer-2",
                "user:a@example.com".into(),
                "peers".into()
            ),
            ("p-run-viewer", "user:a@example.com".into(), String::new()),
        ]
    );
}

/// No binding with a marker goes without a word.
#[test]
fn every_binding_with_a_marker_is_told() {
    let topic = "has({}.multiPartyApprovalConstraint.deploy)";
    let alice: &[&str] = &["user:a@example.com"];
    let policy = policy(
        "projects/p",
        &[
            ("roles/run.admin", alice, JIT),
            ("roles/run.admin", alice, PEER),
            ("roles/run.viewer", alice, &format!("{PEER} && {JIT}")),
            ("roles/pubsub.admin", alice, topic),
            ("roles/pubsub.viewer", alice, &format!("{JIT} && {topic}")),
            (
                "roles/logging.viewer",
                alice,
                "a // has({}.jitAccessConstraint)",
            ),
            // Left as it is, with and without a peer.
            ("roles/viewer", alice, JIT),
            ("roles/viewer", alice, PEER),
            ("roles/browser", alice, "resource.name == 'x'"),
        ],
    );
    let imported = read(&[policy], &[]);
    for index in 0..8 {
        let place = format!("bindings[{index}]");
        assert!(
            imported.notes.iter().any(|note| note.place.path == place),
            "{place}: {}",
            told(&imported)
        );
    }
    insta::assert_snapshot!(told(&imported), @r"
    # Left policy.json: bindings[3]: no eligibility: no part of the condition is a marker in 'has({}.multiPartyApprovalConstraint.deploy)'
    #   hint: a marker with a topic is not read; write the entitlement by hand, with those who approve in approval.steps
    # Left policy.json: bindings[4]: the rest of the condition names a marker: 'has({}.multiPartyApprovalConstraint.deploy)'
    #   hint: a marker with a topic is not read; write the entitlement by hand, with those who approve in approval.steps
    # Left policy.json: bindings[5]: no eligibility: no part of the condition is a marker in 'a // has({}.jitAccessConstraint)'
    # Left policy.json: bindings[6]: roles/viewer is a basic role, which takes no condition and so cannot end by itself
    #   hint: name a predefined or custom role instead, such as roles/compute.viewer
    # Left policy.json: bindings[7]: roles/viewer is a basic role, which takes no condition and so cannot end by itself
    #   hint: name a predefined or custom role instead, such as roles/compute.viewer
    # Carried policy.json: bindings[0]: roles/run.admin on projects/p, without approval: p-run-admin
    # Carried policy.json: bindings[1]: roles/run.admin on projects/p, without approval: whoever is in it is eligible without a peer, too, so nobody else is asked, as in JIT Access: p-run-admin
    # Carried policy.json: bindings[2]: roles/run.viewer on projects/p, without approval: p-run-viewer
    # Carried policy.json: bindings[2]: roles/run.viewer on projects/p, without approval: both markers are there, so nobody else is asked, as in JIT Access: p-run-viewer
    apiVersion: daypass/v1
    entitlements:
      - id: p-run-admin
        title: 'roles/run.admin on projects/p'
        description: eligible
        requesters: [user:a@example.com]
        privileges:
          - {resource: projects/p, roles: [roles/run.admin]}
        duration: {max: 2h}
        approval: none
      - id: p-run-viewer
        title: 'roles/run.viewer on projects/p'
        description: eligible
        requesters: [user:a@example.com]
        privileges:
          - {resource: projects/p, roles: [roles/run.viewer]}
        duration: {max: 2h}
        approval: none
    ");
}

/// Nobody writes `has({}.NAME)` but to mark a binding: what is not read is told, whatever the name.
#[test]
fn a_marker_that_is_not_known_is_told() {
    let alice: &[&str] = &["user:a@example.com"];
    let conditions = [
        JIT,
        "has({}.externalApprovalConstraint)",
        "HAS( {} .reviewerPrivilege.deploy )",
        "has({}.jitAccessConstrait)",
        "has({}.jitAccessConstraints) && a > b",
        "a > b || has({}.deploy)",
        "has({}.jitAccessConstraint) && has({}.externalApprovalConstraint)",
        "has({}.multiPartyAprovalConstraint) && (",
        // Not JIT Access's.
        "resource.name == 'has({}.x)'",
        "has(a.jitAccessConstrait)",
    ];
    let bindings = conditions.map(|condition| ("roles/run.admin", alice, condition));
    let imported = read(&[policy("projects/p", &bindings)], &[]);
    assert_eq!(imported.drafts.len(), 1);
    let notes: Vec<String> = imported
        .notes
        .iter()
        .map(|note| format!("{note}\n  {}", note.hint.as_deref().unwrap_or_default()))
        .collect();
    insta::assert_snapshot!(notes.join("\n"), @r"
    policy.json: bindings[1]: no eligibility: 'has({}.externalApprovalConstraint)' is no marker that is read, in 'has({}.externalApprovalConstraint)'
      this marker is not of JIT Access 1.x; write the entitlement by hand, with those who approve in approval.steps
    policy.json: bindings[2]: no eligibility: 'has({}.reviewerPrivilege)' is no marker that is read, in 'HAS( {} .reviewerPrivilege.deploy )'
      this marker is not of JIT Access 1.x; write the entitlement by hand, with those who approve in approval.steps
    policy.json: bindings[3]: no eligibility: 'has({}.jitAccessConstrait)' is no marker that is read, in 'has({}.jitAccessConstrait)'
      if has({}.jitAccessConstraint) is meant, mend the condition
    policy.json: bindings[4]: no eligibility: 'has({}.jitAccessConstraints)' is no marker that is read, in 'has({}.jitAccessConstraints) && a > b'
      if has({}.jitAccessConstraint) is meant, mend the condition
    policy.json: bindings[5]: no eligibility: 'has({}.deploy)' is no marker that is read, in 'a > b || has({}.deploy)'
      JIT Access knows jitAccessConstraint and multiPartyApprovalConstraint; it makes nobody eligible for deploy
    policy.json: bindings[6]: the rest of the condition asks for 'has({}.externalApprovalConstraint)', which is no marker that is read: 'has({}.externalApprovalConstraint)'
      this marker is not of JIT Access 1.x; write the entitlement by hand, with those who approve in approval.steps
    policy.json: bindings[7]: the condition cannot be read: the end at byte 40, expected a value, a name or `(`
      if has({}.multiPartyApprovalConstraint) is meant, mend the condition
    policy.json: bindings[0]: roles/run.admin on projects/p, without approval: p-run-admin
    ");
}

/// Two names of one variable: the report says which one counts, in whichever order they stand.
#[test]
fn one_of_two_names_of_a_variable_counts_and_is_told() {
    for text in [
        "ACTIVATION_TIMEOUT=30\nELEVATION_DURATION=60\n",
        "ELEVATION_DURATION=60\nACTIVATION_TIMEOUT=30\n",
    ] {
        let imported = with_environment(text);
        assert_eq!(imported.drafts[0].duration.max, "1h");
        let note = &imported.notes[0];
        assert_eq!(
            (note.weight, note.place.file.as_str()),
            (Weight::Left, "jit.env")
        );
        assert_eq!(
            note.message,
            "ACTIVATION_TIMEOUT='30' does not count: ELEVATION_DURATION='60' is the same variable, and is looked at first"
        );
    }
    for text in [
        "ACTIVATION_TIMEOUT=60\nELEVATION_DURATION=60\n",
        "ACTIVATION_TIMEOUT=60\nELEVATION_DURATION=\n",
    ] {
        let imported = with_environment(text);
        assert_eq!(imported.drafts[0].duration.max, "1h");
        assert!(
            imported
                .notes
                .iter()
                .all(|note| note.weight != Weight::Left)
        );
    }
}

fn approvers(draft: &Draft) -> String {
    match &draft.approval {
        DraftApproval::Nobody(_) => String::new(),
        DraftApproval::Steps(steps) => steps.steps[0].approvers.join(" "),
    }
}

#[test]
fn a_folder_is_itself_or_the_projects_below() {
    let folder = policy(
        "folders/42",
        &[("roles/run.admin", &["group:ops@example.com"], PEER)],
    );
    let project = policy(
        "projects/a",
        &[("roles/run.admin", &["user:a@example.com"], PEER)],
    );
    let itself = read(std::slice::from_ref(&folder), &[]);
    assert_eq!(itself.drafts[0].privileges[0].resource, "folders/42");
    assert!(
        itself
            .notes
            .iter()
            .any(|note| note.weight == Weight::Changed)
    );
    let below = read(&[folder.clone(), project], &["projects/a", "projects/b"]);
    let found: Vec<_> = below
        .drafts
        .iter()
        .map(|draft| {
            (
                draft.privileges[0].resource.as_str(),
                draft.requesters.join(" "),
            )
        })
        .collect();
    // Whoever is eligible from above is a peer of those who are eligible in the project.
    assert_eq!(
        found,
        [
            (
                "projects/a",
                "user:a@example.com group:ops@example.com".to_owned()
            ),
            ("projects/b", "group:ops@example.com".to_owned()),
        ]
    );
    // Two folders: the projects of one are not those of the other.
    let other = policy(
        "folders/43",
        &[("roles/run.viewer", &["group:ops@example.com"], PEER)],
    );
    let both = read(&[folder, other], &["projects/a"]);
    assert!(both.is_wrong() && both.drafts.is_empty());
}

#[test]
fn every_form_of_a_policy_file() {
    let bindings = format!(
        r#"{{"bindings": [{{"role": "roles/run.admin", "members": ["user:a@example.com"], "condition": {{"expression": "{JIT}"}}}}]}}"#
    );
    let name = "//cloudresourcemanager.googleapis.com/projects/p";
    for text in [
        format!(r#"[{{"assetType": "x", "resource": "{name}", "policy": {bindings}}}]"#),
        format!(r#"{{"results": [{{"resource": "{name}", "policy": {bindings}}}]}}"#),
        format!(
            "{{\"name\": \"{name}\", \"assetType\": \"x\"}}\n{{\"name\": \"{name}\", \"iamPolicy\": {bindings}}}\n"
        ),
    ] {
        let file = PolicyFile {
            source: source(&text),
            resource: None,
        };
        let imported = read(&[file], &[]);
        assert_eq!(imported.drafts.len(), 1, "{text}: {}", told(&imported));
        assert_eq!(imported.drafts[0].id, "p-run-admin");
    }
    let bucket = format!(r#"{{"resource": "//storage.googleapis.com/b", "policy": {bindings}}}"#);
    for (text, weight) in [
        (bucket, Weight::Left),
        (bindings.clone(), Weight::Wrong),
        ("{".into(), Weight::Wrong),
        ("[1]".into(), Weight::Wrong),
        (String::new(), Weight::Wrong),
        (
            "{\"bindings\": 5, \"resource\": \"x\", \"policy\": {\"bindings\": 5}}".into(),
            Weight::Wrong,
        ),
        (
            bindings.replace("roles/run.admin", "roles/run.admin_withcond_1a2b"),
            Weight::Wrong,
        ),
    ] {
        let file = PolicyFile {
            source: source(&text),
            resource: text
                .contains("withcond")
                .then(|| "projects/p".parse().unwrap()),
        };
        let imported = read(&[file], &[]);
        assert!(imported.drafts.is_empty(), "{text}");
        assert_eq!(imported.notes[0].weight, weight, "{text}");
    }
}

fn with_environment(text: &str) -> Imported {
    let policy = policy(
        "projects/p",
        &[("roles/run.admin", &["user:a@example.com"], PEER)],
    );
    import(&JitAccess {
        policies: &[policy],
        environment: Some(&Source {
            name: "jit.env".into(),
            text: text.into(),
        }),
        projects: &[],
    })
}

#[test]
fn the_environment_sets_the_rules() {
    let imported = with_environment(
        "# of the service\nexport ACTIVATION_TIMEOUT=30\nACTIVATION_REQUEST_TIMEOUT=\"90\"\nJUSTIFICATION_PATTERN='b/(\\d+)|c'\nJUSTIFICATION_HINT=A bug\nSMTP_PASSWORD=hunter2\nRESOURCE_SCOPE=organizations/1\nSOMETHING=1\n\n",
    );
    load(&[source(imported.yaml())]).unwrap();
    let text = told(&imported);
    assert!(!text.contains("hunter2"), "{text}");
    insta::assert_snapshot!(text, @r"
    # Left jit.env:6:1: SMTP_PASSWORD: Daypass sends no mail; what waits is on its pages and in 'daypass status --inbox'
    # Left jit.env:7:1: RESOURCE_SCOPE: the broker's scope is set under 'google:' in daypass.yaml
    # Left jit.env:8:1: 'SOMETHING': not known
    # Carried policy.json: bindings[0]: roles/run.admin on projects/p, with a peer's approval: p-run-admin-peer
    apiVersion: daypass/v1
    entitlements:
      - id: p-run-admin-peer
        title: 'roles/run.admin on projects/p'
        description: eligible
        requesters: [user:a@example.com]
        privileges:
          - {resource: projects/p, roles: [roles/run.admin]}
        duration: {max: 30m}
        justification: {required: true, pattern: '^(?:b/(\d+)|c)$', hint: 'A bug'}
        approval:
          expires: 30m
          steps:
            - {approvers: [peers], needed: 1}
    ");
}

/// M-3: theirs matches the whole text, ours is found in it.
#[test]
fn the_pattern_is_about_the_whole_text() {
    let imported = with_environment("JUSTIFICATION_PATTERN=^b/(\\d+)$|x");
    let rule = imported.drafts[0].justification.as_ref().unwrap();
    let pattern = regex::Regex::new(rule.pattern.as_ref().unwrap()).unwrap();
    for (text, fits) in [
        ("b/1", true),
        ("x", true),
        ("", false),
        ("b/", false),
        ("b/1 ", false),
        ("xx", false),
        ("x\nb", false),
    ] {
        assert_eq!(pattern.is_match(text), fits, "{text:?}");
    }
}

/// C-6: how addresses are turned into those of mail is told to belong elsewhere, in whatever language it is written.
#[test]
fn the_mapping_of_addresses_is_left_and_told() {
    let imported = with_environment(
        "SMTP_ADDRESS_MAPPING=user.email.extract('{handle}@example.com') + '@test.example.com'",
    );
    assert_eq!(imported.drafts.len(), 1);
    let note = &imported.notes[0];
    assert_eq!(note.weight, Weight::Left);
    assert!(
        note.to_string()
            .contains("SMTP_ADDRESS_MAPPING: Daypass sends no mail"),
        "{note}"
    );
}

/// A rule that cannot be kept is not dropped: nothing is imported without it.
#[test]
fn what_is_wrong_in_the_environment() {
    for text in [
        "JUSTIFICATION_PATTERN=(?=x)",
        "JUSTIFICATION_PATTERN=a)|(b",
        "JUSTIFICATION_PATTERN=(?x)a#",
        "ACTIVATION_TIMEOUT=soon",
        "ACTIVATION_TIMEOUT=0",
        "ACTIVATION_TIMEOUT",
    ] {
        let imported = with_environment(text);
        assert!(imported.is_wrong(), "{text}");
        assert!(imported.drafts.is_empty(), "{text}");
        assert_eq!(imported.notes[0].place.to_string(), "jit.env:1:1");
    }
}
