#![expect(clippy::unwrap_used, reason = "tests")]

mod mistakes;

use std::fmt::Write as _;

use super::*;
use crate::entitlement::load;
use crate::import::{DraftApproval, Weight};
use crate::stopwatch::processor_time;

fn read_with(text: &str, default_name: Option<&str>, domain: Option<&str>) -> Imported {
    let source = |name: &str, text: &str| Source {
        name: name.into(),
        text: text.into(),
    };
    let imported = import(&JitGroups {
        documents: &[source("policy.yaml", text)],
        environment: None,
        default_name,
        domain,
    });
    if !imported.drafts.is_empty() {
        load(&[source("out.yaml", &imported.yaml())]).unwrap();
    }
    imported
}

fn read(text: &str) -> Imported {
    read_with(text, None, None)
}

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

/// A document with one group, of these access entries and constraints.
fn group(access: &str, constraints: &str) -> String {
    format!(
        "schemaVersion: 1
environment:
  name: env-1
  systems:
  - name: sys
    groups:
    - name: admins
      access: [{access}]
      constraints: {{{constraints}}}
      privileges:
        iam: [{{resource: project-1, role: roles/run.admin}}]
"
    )
}

const EXPIRY: &str = "{type: expiry, min: PT1H, max: P1D}";
const JOIN: &str = "{principal: 'user:a@example.com', allow: JOIN}";
const APPROVE: &str = "{principal: 'group:leads@example.com', allow: APPROVE_OTHERS}";

fn join(more: &str) -> String {
    format!("join: [{EXPIRY}, {more}]")
}

#[test]
fn a_whole_document() {
    let text = r#"
schemaVersion: 1
environment:
  name: Prod
  description: Production
  access:
  - {principal: "class:iapUsers", allow: VIEW}
  - {principal: "group:interns@example.com", deny: JOIN}
  constraints:
    join:
    - {type: expiry, min: PT1H, max: PT8H}
    - type: expression
      name: ticket
      displayName: A ticket is needed
      expression: input.ticketNumber.startsWith('INC-') && subject.email.endsWith("@example.com")
      variables: [{type: string, name: ticketNumber, displayName: Ticket, min: 5, max: 12}]
    approve:
    - {type: expression, name: not-me, expression: 'subject.email != "ceo@example.com" && group.name != "x"'}
  systems:
  - name: storage
    access:
    - {principal: "group:leads@example.com", allow: "JOIN, APPROVE_SELF, APPROVE_OTHERS"}
    groups:
    - name: admins
      description: Administer buckets
      access:
      - {principal: "group:sre@example.com", allow: JOIN}
      gkeEnabled: true
      privileges:
        iam:
        - {resource: projects/acme, role: roles/storage.admin, description: Logs, condition: "resource.name.startsWith('projects/_/buckets/logs')"}
        - {project: acme, role: roles/run.admin}
        - {resource: folders/1, role: roles/browser}
        - {resource: organizations/1, role: roles/viewer}
    - name: readers
      constraints: {join: [{type: expiry, min: PT1H, max: PT1H}]}
      privileges: {iam: [{resource: acme, role: roles/storage.objectViewer}]}
"#;
    insta::assert_snapshot!(told(&read(text)), @r#"
    # Left policy.yaml:34:11: environment.systems[0].groups[0].privileges.iam[3]: roles/viewer is a basic role, which takes no condition and so cannot end by itself
    #   hint: name a predefined or custom role instead, such as roles/compute.viewer
    # Changed policy.yaml:4:3: environment: the roles are given to the person for the time, not to a group jit.prod.SYSTEM.GROUP@; who is in those groups now leaves when the membership ends
    # Changed policy.yaml:4:3: environment: requesters are asked for a reason, as everywhere in Daypass
    #   hint: to ask for none, write justification: {required: false}
    # Changed policy.yaml:8:5: environment.access[1]: the denial of JOIN to group:interns@example.com becomes a constraint that keeps group:interns@example.com out of everything, as JIT Groups does
    # Left policy.yaml:7:5: environment.access[0]: class:iapUsers may only look (VIEW): an entitlement is seen by those who have a part in it
    # Changed policy.yaml:22:7: environment.systems[0].access[0]: group:leads@example.com: JIT Groups counts its direct members only, Daypass those of groups inside it, too
    # Changed policy.yaml:27:9: environment.systems[0].groups[0].access[0]: group:sre@example.com: JIT Groups counts its direct members only, Daypass those of groups inside it, too
    # Left policy.yaml:24:7: environment.systems[0].groups[0]: prod.storage.admins: gkeEnabled, since no group is made
    #   hint: bind the people's groups in the cluster, or give roles/container.* here
    # Left policy.yaml:31:11: environment.systems[0].groups[0].privileges.iam[0]: the description of roles/storage.admin on projects/acme: 'Logs'
    # Carried policy.yaml:24:7: environment.systems[0].groups[0]: prod.storage.admins: prod-storage-admins-alone
    # Carried policy.yaml:24:7: environment.systems[0].groups[0]: prod.storage.admins: prod-storage-admins
    # Carried policy.yaml:35:7: environment.systems[0].groups[1]: prod.storage.readers: prod-storage-readers
    apiVersion: daypass/v1
    entitlements:
      - id: prod-storage-admins-alone
        title: prod.storage.admins
        description: 'Administer buckets'
        requesters: [group:leads@example.com]
        privileges:
          - resource: projects/acme
            roles: [roles/storage.admin]
            condition: "resource.name.startsWith('projects/_/buckets/logs')"
          - {resource: projects/acme, roles: [roles/run.admin]}
          - {resource: folders/1, roles: [roles/browser]}
        duration: {min: 1h, max: 8h}
        inputs:
          - {name: ticket_number, type: string, title: Ticket, pattern: '^.{5,12}$', required: true}
        constraints:
          - name: denied-1
            expression: '!("interns@example.com" in requester.groups)'
            message: 'Denied to group:interns@example.com'
          - name: ticket
            expression: 'input.ticket_number.startsWith("INC-") && requester.email.endsWith("@example.com")'
            message: 'A ticket is needed'
          - {name: approve-not-me, expression: 'requester.email != "ceo@example.com" && "admins" != "x"'}
        approval: none
      - id: prod-storage-admins
        title: prod.storage.admins
        description: 'Administer buckets'
        requesters: [group:sre@example.com]
        privileges:
          - resource: projects/acme
            roles: [roles/storage.admin]
            condition: "resource.name.startsWith('projects/_/buckets/logs')"
          - {resource: projects/acme, roles: [roles/run.admin]}
          - {resource: folders/1, roles: [roles/browser]}
        duration: {min: 1h, max: 8h}
        inputs:
          - {name: ticket_number, type: string, title: Ticket, pattern: '^.{5,12}$', required: true}
        constraints:
          - name: denied-1
            expression: '!("interns@example.com" in requester.groups)'
            message: 'Denied to group:interns@example.com'
          - name: ticket
            expression: 'input.ticket_number.startsWith("INC-") && requester.email.endsWith("@example.com")'
            message: 'A ticket is needed'
        approval:
          constraints:
            - name: denied-1
              expression: '!("interns@example.com" in approver.groups)'
              message: 'Denied to group:interns@example.com'
            - {name: not-me, expression: 'approver.email != "ceo@example.com" && "admins" != "x"'}
          expires: 1h
          steps:
            - {approvers: [group:leads@example.com], needed: 1}
      - id: prod-storage-readers
        title: prod.storage.readers
        requesters: [group:leads@example.com]
        privileges:
          - {resource: projects/acme, roles: [roles/storage.objectViewer]}
        duration: {min: 1h, max: 1h}
        inputs:
          - {name: ticket_number, type: string, title: Ticket, pattern: '^.{5,12}$', required: true}
        constraints:
          - name: denied-1
            expression: '!("interns@example.com" in requester.groups)'
            message: 'Denied to group:interns@example.com'
          - name: ticket
            expression: 'input.ticket_number.startsWith("INC-") && requester.email.endsWith("@example.com")'
            message: 'A ticket is needed'
          - {name: approve-not-me, expression: 'requester.email != "ceo@example.com" && "readers" != "x"'}
        approval: none
    "#);
}

/// Whom a class or a group means there can be fewer than whom its counterpart means here; that is told.
#[test]
fn what_comes_out_wider_is_told() {
    for (principal, said) in [
        ("class:iapUsers", "becomes domain:example.com"),
        ("class:internalUsers", "becomes domain:example.com"),
        ("group:g@example.com", "those of groups inside it, too"),
    ] {
        let entry = format!("{{principal: '{principal}', allow: 'JOIN, APPROVE_SELF'}}");
        let imported = read_with(&group(&entry, &join("")), None, Some("example.com"));
        let is_told = |note: &crate::import::Note| {
            note.weight == Weight::Changed
                && note.message.starts_with(principal)
                && note.message.contains(said)
        };
        assert!(imported.notes.iter().any(is_told), "{}", told(&imported));
    }
}

/// P-4, P-5, P-9, P-14, P-17, P-19: what is right.
#[test]
fn what_is_right() {
    let entry =
        |principal: &str| format!("{{principal: '{principal}', allow: 'JOIN, APPROVE_SELF'}}");
    for principal in [
        "user:a@example.com",
        "group:g@example.com",
        "class:internalUsers",
        "domain:example.com",
    ] {
        let imported = read_with(
            &group(&entry(principal), &join("")),
            None,
            Some("example.com"),
        );
        assert_eq!(imported.drafts.len(), 1, "{principal}: {}", told(&imported));
    }
    for kind in [" String ", " INTEGER  ", "int", " BOOLEAN  ", "bool"] {
        let rule = format!(
            "{{type: expression, name: c, expression: 'true', variables: [{{type: '{kind}', name: x}}]}}"
        );
        let imported = read(&group(&entry("user:a@example.com"), &join(&rule)));
        assert_eq!(
            imported.drafts[0].inputs[0].kind,
            match kind.trim().to_ascii_lowercase().as_str() {
                "string" => "string",
                "int" | "integer" => "integer",
                _ => "boolean",
            }
        );
    }
    let rule = "{type: expression, name: c, expression: 'subject.email.endsWith(\"@x\")'}";
    let imported = read(&group(&entry("user:a@example.com"), &join(rule)));
    assert_eq!(
        imported.drafts[0].constraints[0].expression,
        "requester.email.endsWith(\"@x\")"
    );
    for (resource, name) in [
        ("project-1", "projects/project-1"),
        ("folders/1", "folders/1"),
        ("organizations/1", "organizations/1"),
    ] {
        let text = group(&entry("user:a@example.com"), &join("")).replace("project-1", resource);
        assert_eq!(read(&text).drafts[0].privileges[0].resource, name);
    }
    for text in [
        "schemaVersion: 1\nenvironment: {name: }",
        "schemaVersion: 1\nenvironment: {name: '', access: []}",
    ] {
        let imported = read_with(text, Some("env-1"), None);
        assert!(!imported.is_wrong(), "{}", told(&imported));
    }
}

/// Who asks, who approves, and under which ids, for these entries.
fn parts(access: &str) -> Vec<(String, String, String)> {
    let imported = read(&group(access, &join("")));
    imported
        .drafts
        .iter()
        .map(|draft| {
            let approvers = match &draft.approval {
                DraftApproval::Nobody(_) => "nobody".into(),
                DraftApproval::Steps(steps) => steps.steps[0].approvers.join(" "),
            };
            (draft.id.clone(), draft.requesters.join(" "), approvers)
        })
        .collect()
}

/// A-3, and what becomes of the permissions.
#[test]
fn access_lists() {
    let part = |id: &str, requesters: &str, approvers: &str| {
        (id.to_owned(), requesters.to_owned(), approvers.to_owned())
    };
    let a = "user:a@example.com";
    let leads = "group:leads@example.com";
    assert_eq!(
        parts(&format!("{JOIN}, {APPROVE}")),
        [part("env-1-sys-admins", a, leads)]
    );
    // The rights of one principal add up over its entries.
    let own = format!("{{principal: '{a}', allow: APPROVE_SELF}}");
    assert_eq!(
        parts(&format!("{JOIN}, {own}")),
        [part("env-1-sys-admins", a, "nobody")]
    );
    // One may approve alone, the other needs somebody: two entitlements.
    let other = "{principal: 'user:b@example.com', allow: JOIN}";
    assert_eq!(
        parts(&format!("{JOIN}, {own}, {other}, {APPROVE}")),
        [
            part("env-1-sys-admins-alone", a, "nobody"),
            part("env-1-sys-admins", "user:b@example.com", leads),
        ]
    );
    let all = format!("{{principal: '{a}', allow: ALL}}");
    assert_eq!(parts(&all), [part("env-1-sys-admins", a, "nobody")]);
    // Nobody may approve, or nobody may join.
    assert_eq!(parts(JOIN), []);
    assert_eq!(parts(APPROVE), []);
    assert_eq!(parts(&own), []);
    assert_eq!(
        parts(&JOIN.replace("user:a@example.com", "class:iapUsers")),
        []
    );
}

/// A-5: the denied are kept out of asking and of approving, wherever the denial stands.
#[test]
fn denials_become_constraints() {
    for denial in [
        "{principal: 'group:interns@example.com', deny: JOIN}",
        "{principal: 'group:interns@example.com', deny: VIEW}",
    ] {
        for access in [
            format!("{denial}, {JOIN}, {APPROVE}"),
            format!("{JOIN}, {APPROVE}, {denial}"),
        ] {
            let imported = read(&group(&access, &join("")));
            let [draft] = &imported.drafts[..] else {
                panic!("{}", told(&imported));
            };
            assert_eq!(
                draft.constraints[0].expression,
                "!(\"interns@example.com\" in requester.groups)"
            );
            let DraftApproval::Steps(steps) = &draft.approval else {
                panic!("{draft:?}");
            };
            assert_eq!(
                steps.constraints[0].expression,
                "!(\"interns@example.com\" in approver.groups)"
            );
        }
    }
    for (principal, domain, expected) in [
        (
            "user:o'brien@example.com",
            None,
            Some("requester.email != \"o'brien@example.com\""),
        ),
        (
            "domain:evil.example",
            None,
            Some("requester.domain != \"evil.example\""),
        ),
        (
            "class:externalUsers",
            Some("example.com"),
            Some("requester.domain == \"example.com\""),
        ),
        (
            "class:internalUsers",
            Some("example.com"),
            Some("requester.domain != \"example.com\""),
        ),
        ("class:externalUsers", None, None),
        ("class:internalUsers", None, None),
        ("class:iapUsers", Some("example.com"), None),
    ] {
        let denial = format!("{{principal: \"{principal}\", deny: JOIN}}");
        let imported = read_with(
            &group(&format!("{JOIN}, {APPROVE}, {denial}"), &join("")),
            None,
            domain,
        );
        let found = imported
            .drafts
            .first()
            .map(|draft| draft.constraints[0].expression.as_str());
        assert_eq!(found, expected, "{principal}");
        assert!(
            expected.is_some()
                || imported
                    .notes
                    .iter()
                    .any(|note| note.weight == Weight::Left)
        );
    }
}

/// P-4, P-5: without a list of its own an environment lets people look, and with an empty one not even that; neither
/// lets anybody join, and neither takes away what a group's own list gives.
#[test]
fn a_list_that_is_left_out_lets_nobody_join() {
    let own = group(&format!("{JOIN}, {APPROVE}"), &join(""));
    let with = |access: &str, text: &str| {
        text.replace("name: env-1\n", &format!("name: env-1\n  {access}\n"))
    };
    for access in [
        "",
        "access: []",
        "access: [{principal: 'class:iapUsers', allow: VIEW}]",
    ] {
        let imported = read(&with(access, &own));
        assert!(!imported.is_wrong(), "{access}: {}", told(&imported));
        let found: Vec<_> = imported
            .drafts
            .iter()
            .map(|draft| draft.requesters.join(" "))
            .collect();
        assert_eq!(found, ["user:a@example.com"], "{access}");
        let nobody = read(&with(access, &group("", &join(""))));
        assert!(!nobody.is_wrong(), "{access}: {}", told(&nobody));
        assert!(nobody.drafts.is_empty(), "{access}: {}", told(&nobody));
    }
}

/// A-3: rights that meet only in a person, who has one by name and one by a group, cannot be told from a document: the
/// importer gives neither more nor without a word.
#[test]
fn rights_of_a_person_and_of_a_group_are_not_added_up_by_guess() {
    let by_group = "{principal: 'group:leads@example.com', allow: APPROVE_SELF}";
    let imported = read(&group(&format!("{JOIN}, {by_group}"), &join("")));
    assert!(
        imported.drafts.is_empty(),
        "nobody may approve for a: {}",
        told(&imported)
    );
    assert!(
        imported
            .notes
            .iter()
            .any(|note| note.weight == Weight::Left),
        "{}",
        told(&imported)
    );
}

/// A restriction without counterpart costs the entitlement, never the restriction.
#[test]
fn what_cannot_be_asked_here_is_left() {
    let rule = |name: &str, expression: &str, variables: &str| {
        format!(
            "{{type: expression, name: {name}, expression: '{expression}', variables: [{variables}]}}"
        )
    };
    let access = format!("{JOIN}, {APPROVE}");
    for constraints in [
        join(&rule("c", "size(subject.principals) > 0", "")),
        // A function that is not there, a text that is no answer, a number that is compared with a text.
        join(&rule("c", "subject.email.frobnicate()", "")),
        join(&rule("c", "subject.email", "")),
        join(&rule(
            "c",
            "input.x == subject.email",
            "{type: int, name: x}",
        )),
        format!(
            "{}, approve: [{}]",
            join(""),
            rule("c", "input.ok", "{type: bool, name: ok}")
        ),
        join(&format!(
            "{}, {}",
            rule("c", "input.x == 1", "{type: int, name: x}"),
            rule("d", "input.X == \"\"", "{type: string, name: X}")
        )),
        String::new(),
        "approve: []".into(),
    ] {
        let imported = read(&group(&access, &constraints));
        assert!(
            imported.drafts.is_empty(),
            "{constraints}: {}",
            told(&imported)
        );
        assert!(!imported.is_wrong(), "{}", told(&imported));
        assert!(
            imported
                .notes
                .iter()
                .any(|note| note.weight == Weight::Left)
        );
    }
}

/// The level below replaces what has the same name, the expiry as a whole.
#[test]
fn constraints_are_inherited_by_name() {
    let rule = |name: &str, expression: &str| {
        format!("{{type: expression, name: {name}, expression: '{expression}'}}")
    };
    let text = group(
        &format!("{JOIN}, {APPROVE}"),
        &format!("join: [{}]", rule("B", "2 < 3")),
    )
    .replace(
        "  systems:",
        &format!(
            "  constraints: {{join: [{EXPIRY}, {}, {}]}}\n  systems:",
            rule("a", "1 < 2"),
            rule("b", "false")
        ),
    );
    let imported = read(&text);
    let found: Vec<_> = imported.drafts[0]
        .constraints
        .iter()
        .map(|one| (one.name.as_str(), one.expression.as_str()))
        .collect();
    assert_eq!(found, [("a", "1 < 2"), ("b", "2 < 3")]);
    assert_eq!(imported.drafts[0].duration.max, "1d");
}

/// A document that is made to hurt ends as a mistake, at once.
#[test]
fn bombs() {
    let laughs = format!(
        "a: &a [x, x, x, x, x, x, x, x, x]\n{}",
        ('b'..='l').fold(String::new(), |mut text, c| {
            let above = char::from_u32(u32::from(c) - 1).unwrap();
            writeln!(
                text,
                "{c}: &{c} [{}]",
                vec![format!("*{above}"); 9].join(", ")
            )
            .unwrap();
            text
        })
    );
    let started = processor_time();
    for text in [
        laughs,
        "[".repeat(1 << 20),
        "{a: ".repeat(1 << 18),
        "- ".repeat(1 << 19),
        format!("{}{}", "[".repeat(60), "]".repeat(60)),
        format!("{}{}", "{a: ".repeat(17), "}".repeat(17)),
        "schemaVersion: 1\nschemaVersion: 1".into(),
    ] {
        let imported = read(&text);
        assert!(imported.is_wrong(), "{text:.40}");
    }
    let took = processor_time().saturating_sub(started);
    assert!(took.as_secs() < 10, "{took:?}");
}
