//! Every lint: a file that it finds, what it says, and a near one that it leaves alone.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::entitlement::{Source, load_with_places};
use crate::stopwatch::processor_time;

const PRIVILEGES: &str = "[{resource: projects/acme-prod, roles: [roles/logging.viewer]}]";

/// One entitlement that no lint finds anything in, with some fields replaced.
fn one(changes: &[(&str, &str)]) -> String {
    named("one-two", changes)
}

fn named(id: &str, changes: &[(&str, &str)]) -> String {
    let mut fields: Vec<(&str, &str)> = vec![
        ("owner", "group:sre@example.com"),
        ("requesters", "[group:sre@example.com]"),
        ("privileges", PRIVILEGES),
        ("duration", "{max: 1h}"),
        (
            "approval",
            "{expires: 1h, steps: [{approvers: [group:leads@example.com]}]}",
        ),
    ];
    for (name, value) in changes {
        fields.retain(|(field, _)| field != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    let lines: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("    {name}: {value}\n"))
        .collect();
    format!("  - id: {id}\n{}", lines.concat())
}

fn file(entitlements: &[String]) -> Source {
    Source {
        name: "prod.yaml".into(),
        text: format!(
            "apiVersion: daypass/v1\nentitlements:\n{}",
            entitlements.concat()
        ),
    }
}

fn look(source: &Source, context: &LintContext) -> Vec<Diagnostic> {
    let loaded = load_with_places(std::slice::from_ref(source))
        .unwrap_or_else(|findings| panic!("{findings:#?}\n{}", source.text));
    lint(&loaded, context)
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A small organisation.
fn known() -> LintContext {
    let groups = [
        (
            "sre@example.com",
            vec!["alice@example.com", "bob@example.com"],
        ),
        (
            "leads@example.com",
            vec!["carol@example.com", "dave@example.com"],
        ),
        (
            "all@example.com",
            vec![
                "alice@example.com",
                "bob@example.com",
                "carol@example.com",
                "dave@example.com",
            ],
        ),
        ("nobody@example.com", vec![]),
    ];
    LintContext {
        groups: Some(
            groups
                .into_iter()
                .map(|(group, people)| (email(group), people.into_iter().map(email).collect()))
                .collect(),
        ),
        broker_projects: BTreeSet::from(["acme-daypass".to_owned()]),
        brokers: BTreeSet::from([email("daypass@acme-daypass.iam.gserviceaccount.com")]),
        verbose: true,
    }
}

struct Case {
    code: &'static str,
    wrong: Vec<String>,
    right: Vec<String>,
}

fn case(code: &'static str, wrong: &[(&str, &str)], right: &[(&str, &str)]) -> Case {
    Case {
        code,
        wrong: vec![one(wrong)],
        right: vec![one(right)],
    }
}

fn steps(text: &str) -> String {
    format!("{{expires: 1h, steps: {text}}}")
}

fn cases() -> Vec<Case> {
    let role = |role: &str| format!("[{{resource: projects/acme-prod, roles: [{role}]}}]");
    let condition = |role: &str, text: &str| {
        format!("[{{resource: projects/acme-prod, roles: [{role}], condition: '{text}'}}]")
    };
    let glass = |by: &str| format!("{{page: [email], review: {{by: [{by}]}}}}");
    let labelled = |label: &str| {
        let usual = ["first-one", "second-one", "third-one"];
        let mut all: Vec<String> = usual
            .iter()
            .enumerate()
            .map(|(index, id)| {
                let place =
                    format!("[{{resource: projects/p{index}, roles: [roles/logging.viewer]}}]");
                named(id, &[("labels", "{tier: prod}"), ("privileges", &place)])
            })
            .collect();
        all.push(one(&[("labels", &format!("{{{label}: prod}}"))]));
        all
    };
    let open = ("approval", "none");
    vec![
        case(
            "own-project",
            &[(
                "privileges",
                "[{resource: projects/acme-daypass/secrets/key, roles: [roles/secretmanager.secretAccessor]}]",
            )],
            &[],
        ),
        case(
            "own-project",
            &[(
                "privileges",
                "[{impersonate: daypass@acme-daypass.iam.gserviceaccount.com}]",
            )],
            &[(
                "privileges",
                "[{impersonate: robot@acme-prod.iam.gserviceaccount.com}]",
            )],
        ),
        case(
            "leads-to-more",
            &[(
                "privileges",
                &role("roles/run.developer, roles/iam.serviceAccountUser"),
            )],
            &[("privileges", &role("roles/run.developer"))],
        ),
        case(
            "outlives-grant",
            &[("privileges", &role("roles/storage.admin"))],
            &[("privileges", &role("roles/storage.objectAdmin"))],
        ),
        case(
            "misspelt-role",
            &[(
                "privileges",
                &role("roles/storage.objectVeiwer, roles/storage.admn"),
            )],
            &[(
                "privileges",
                &role("roles/storage.objectViewer, roles/storage.novelty"),
            )],
        ),
        case(
            "unknown-role",
            &[("privileges", &role("projects/acme-prod/roles/deployer"))],
            &[("privileges", &role("roles/run.developer"))],
        ),
        Case {
            code: "shadowed",
            wrong: vec![
                one(&[]),
                named(
                    "wide-open",
                    &[
                        open,
                        ("requesters", "[group:all@example.com]"),
                        ("privileges", &role("roles/logging.admin")),
                    ],
                ),
            ],
            right: vec![
                one(&[]),
                named(
                    "wide-open",
                    &[open, ("requesters", "[group:leads@example.com]")],
                ),
            ],
        },
        Case {
            code: "overlapping",
            wrong: vec![
                one(&[(
                    "privileges",
                    "[{resource: projects/acme-prod/secrets/db, roles: [roles/secretmanager.secretAccessor]}]",
                )]),
                named(
                    "on-project",
                    &[
                        open,
                        ("requesters", "[user:bob@example.com]"),
                        ("privileges", &role("roles/secretmanager.secretAccessor")),
                    ],
                ),
            ],
            right: vec![
                one(&[(
                    "privileges",
                    "[{resource: projects/acme-prod/secrets/db, roles: [roles/secretmanager.secretAccessor]}]",
                )]),
                named(
                    "on-project",
                    &[
                        open,
                        ("requesters", "[user:bob@example.com]"),
                        (
                            "privileges",
                            "[{resource: projects/acme-dev, roles: [roles/secretmanager.secretAccessor]}]",
                        ),
                    ],
                ),
            ],
        },
        Case {
            code: "duplicate",
            wrong: vec![
                one(&[("title", "Logs")]),
                named("two-one", &[("title", "The logs")]),
            ],
            right: vec![one(&[]), named("two-one", &[("duration", "{max: 2h}")])],
        },
        case(
            "step-unmeetable",
            &[(
                "approval",
                &steps(
                    "[{approvers: [group:leads@example.com], needed: 2}, {approvers: [user:carol@example.com]}]",
                ),
            )],
            &[(
                "approval",
                &steps(
                    "[{approvers: [group:leads@example.com], needed: 2}, {approvers: [user:erin@example.com]}]",
                ),
            )],
        ),
        case(
            "step-unmeetable",
            &[(
                "approval",
                &steps(
                    "[{approvers: [user:alice@example.com, user:carol@example.com], needed: 2}]",
                ),
            )],
            &[(
                "approval",
                &steps("[{approvers: [user:dave@example.com, user:carol@example.com], needed: 2}]"),
            )],
        ),
        case(
            "approvers-are-requesters",
            &[
                (
                    "approval",
                    &steps("[{approvers: [user:alice@example.com, user:bob@example.com]}]"),
                ),
                (
                    "requesters",
                    "[group:sre@example.com, group:leads@example.com]",
                ),
            ],
            &[
                (
                    "approval",
                    &steps("[{approvers: [user:alice@example.com, user:erin@example.com]}]"),
                ),
                (
                    "requesters",
                    "[group:sre@example.com, group:leads@example.com]",
                ),
            ],
        ),
        case(
            "approvers-are-requesters",
            &[("approval", &steps("[{approvers: [peers]}]"))],
            &[(
                "approval",
                &steps("[{approvers: [peers, group:leads@example.com]}]"),
            )],
        ),
        case(
            "self-approval",
            &[(
                "approval",
                "{self: true, steps: [{approvers: [group:all@example.com]}]}",
            )],
            &[(
                "approval",
                "{self: true, steps: [{approvers: [group:all@example.com], needed: 2}]}",
            )],
        ),
        case(
            "grantors-are-requesters",
            &[("grantors", "[group:all@example.com]")],
            &[("grantors", "[group:leads@example.com]")],
        ),
        case(
            "reviewers-are-requesters",
            &[
                ("approval", ""),
                ("break_glass", &glass("group:sre@example.com")),
            ],
            &[
                ("approval", ""),
                ("break_glass", &glass("group:leads@example.com")),
            ],
        ),
        case(
            "reviewers-are-requesters",
            &[
                ("approval", ""),
                ("break_glass", &glass("user:alice@example.com")),
            ],
            &[
                ("approval", ""),
                ("break_glass", &glass("user:carol@example.com")),
            ],
        ),
        case(
            "ownerless-emergency",
            &[
                ("approval", ""),
                ("owner", ""),
                ("break_glass", &glass("group:leads@example.com")),
            ],
            &[
                ("approval", ""),
                ("break_glass", &glass("group:leads@example.com")),
            ],
        ),
        case(
            "open-to-domain",
            &[open, ("requesters", "['domain:example.com']")],
            &[("requesters", "['domain:example.com']")],
        ),
        case(
            "long-duration",
            &[("duration", "{max: 3d}")],
            &[("duration", "{max: 24h}")],
        ),
        case(
            "unexplained",
            &[open, ("justification", "{required: false}")],
            &[open],
        ),
        case(
            "condition-excludes-nothing",
            &[(
                "privileges",
                &condition(
                    "roles/storage.objectAdmin",
                    "resource.name.startsWith(\"projects/\") && resource.type == \"storage.googleapis.com/Object\"",
                ),
            )],
            &[(
                "privileges",
                &condition(
                    "roles/storage.objectAdmin",
                    "resource.name.startsWith(\"projects/_/buckets/logs-\")",
                ),
            )],
        ),
        case(
            "condition-grants-nothing",
            &[(
                "privileges",
                &condition(
                    "roles/pubsub.publisher",
                    "resource.name.endsWith(\"/topics/orders\")",
                ),
            )],
            &[(
                "privileges",
                &condition("roles/pubsub.publisher", "request.time.getHours() < 18"),
            )],
        ),
        case(
            "optional-input",
            &[
                ("inputs", "[{name: region}, {name: ticket, required: true}]"),
                (
                    "constraints",
                    "[{name: near, expression: 'input.region == \"eu\" && input.ticket != \"\"'}]",
                ),
                (
                    "approval",
                    "{constraints: [{name: far, expression: 'input.region != \"us\"'}], steps: [{approvers: [group:leads@example.com]}]}",
                ),
            ],
            &[
                ("inputs", "[{name: region}, {name: ticket, required: true}]"),
                (
                    "constraints",
                    "[{name: near, expression: '!has(input.region) || input.region == \"eu\"'}, {name: told, expression: 'input.ticket != \"\"'}]",
                ),
            ],
        ),
        case(
            "pattern-matches-anything",
            &[("justification", "{pattern: '[A-Z]*-?[0-9]*'}")],
            &[("justification", "{pattern: '^[A-Z]+-[0-9]+ '}")],
        ),
        case(
            "late-escalation",
            &[(
                "approval",
                &steps(
                    "[{approvers: [group:leads@example.com], escalate: {after: 2h, to: [user:erin@example.com]}}]",
                ),
            )],
            &[(
                "approval",
                &steps(
                    "[{approvers: [group:leads@example.com], escalate: {after: 20m, to: [user:erin@example.com]}}]",
                ),
            )],
        ),
        case(
            "late-reminder",
            &[(
                "approval",
                &steps("[{approvers: [group:leads@example.com], remind: 1h}]"),
            )],
            &[(
                "approval",
                &steps("[{approvers: [group:leads@example.com], remind: 10m}]"),
            )],
        ),
        case(
            "slack-cannot-approve",
            &[
                ("slack", "approve"),
                (
                    "approval",
                    "{identity: approver, steps: [{approvers: [group:leads@example.com]}]}",
                ),
            ],
            &[
                ("slack", "confirm"),
                (
                    "approval",
                    "{identity: approver, steps: [{approvers: [group:leads@example.com]}]}",
                ),
            ],
        ),
        case(
            "empty-group",
            &[(
                "requesters",
                "[group:sre@example.com, group:nobody@example.com]",
            )],
            &[],
        ),
        Case {
            code: "rare-label",
            wrong: labelled("teir"),
            right: labelled("team"),
        },
    ]
}

#[test]
fn every_lint_finds_its_mistake_and_leaves_the_near_one_alone() {
    let mut shown = Vec::new();
    for case in cases() {
        let wrong = look(&file(&case.wrong), &known());
        let mine: Vec<String> = wrong
            .iter()
            .filter(|finding| finding.code.as_deref() == Some(case.code))
            .map(ToString::to_string)
            .collect();
        assert!(!mine.is_empty(), "{}: {wrong:#?}", case.code);
        let right = look(&file(&case.right), &known());
        let stray = right
            .iter()
            .find(|finding| finding.code.as_deref() == Some(case.code));
        assert!(stray.is_none(), "{}: {stray:#?}", case.code);
        shown.push(mine.join("\n"));
    }
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn every_lint_has_a_case_and_codes_are_unique() {
    let tried: BTreeSet<&str> = cases().iter().map(|case| case.code).collect();
    let codes: BTreeSet<&str> = LINTS.iter().map(|lint| lint.code).collect();
    assert_eq!(tried, codes);
    assert_eq!(codes.len(), LINTS.len());
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert_eq!(look(&file(&[one(&[])]), &known()), []);
}

/// Groups that are not known are never taken for empty, equal or different.
#[test]
fn unknown_groups_prove_nothing() {
    let source = file(&[one(&[
        (
            "approval",
            &steps("[{approvers: [group:leads@example.com], needed: 20}]"),
        ),
        ("requesters", "[group:nobody@example.com]"),
        ("grantors", "[group:all@example.com]"),
    ])]);
    assert_eq!(look(&source, &LintContext::default()), []);
    assert_eq!(
        look(&source, &known()).len(),
        2,
        "{:#?}",
        look(&source, &known())
    );
}

#[test]
fn the_table_of_roles_is_sorted_and_made_of_roles() {
    assert!(ROLES_WITH_POWER.is_sorted_by_key(|power| power.role));
    for power in ROLES_WITH_POWER {
        assert!(
            power.role.parse::<crate::role::Role>().is_ok(),
            "{}",
            power.role
        );
        assert_eq!(power::of(power.role), Some(power));
        assert_eq!(
            power.kind == PowerKind::Lasting,
            !power.instead.is_empty(),
            "{}",
            power.role
        );
    }
    assert_eq!(power::of("roles/logging.viewer"), None);
}

#[test]
fn slips_in_names_of_roles_are_told_from_other_roles() {
    use super::misspelt_role::meant;
    use super::role_names::ROLE_NAMES;

    assert!(ROLE_NAMES.is_sorted());
    for role in ROLE_NAMES {
        assert!(role.parse::<crate::role::Role>().is_ok(), "{role}");
        assert_eq!(meant(role), None);
    }
    for power in ROLES_WITH_POWER {
        assert_eq!(meant(power.role), None);
    }
    for (written, expected) in [
        ("roles/storage.objectVeiwer", "roles/storage.objectViewer"),
        ("roles/storage.objectviewer", "roles/storage.objectViewer"),
        ("roles/storage.objectViewers", "roles/storage.objectViewer"),
        ("roles/bigquey.dataEditor", "roles/bigquery.dataEditor"),
        ("roles/Storage.admin", "roles/storage.admin"),
        (
            "roles/compute.instanceAdmin.v2",
            "roles/compute.instanceAdmin.v1",
        ),
    ] {
        assert_eq!(meant(written), Some(expected), "{written}");
    }
    for other in [
        "roles/x",
        "roles/ids.admin",
        "roles/pubsublite.admin",
        "roles/storage.novelty",
        "roles/run.use",
        "roles/dataprep.admin",
        "roles/compute.publicIpAdmin",
        "projects/acme/roles/storage.admn",
    ] {
        assert_eq!(meant(other), None, "{other}");
    }
}

#[test]
fn a_comment_accepts_a_finding_of_its_line_and_no_other() {
    let text = |own: &str, above: &str| Source {
        name: "prod.yaml".into(),
        text: file(&[one(&[("duration", &format!("{{max: 3d}}{own}"))])])
            .text
            .replace("    duration:", &format!("{above}    duration:")),
    };
    let left = |source: &Source| {
        let (kept, accepted) = accept(std::slice::from_ref(source), look(source, &known()));
        assert_eq!(kept.len() + accepted, 1, "{kept:#?}");
        kept.len()
    };
    assert_eq!(left(&text("", "")), 1);
    assert_eq!(
        left(&text(
            "  # lint-accept: long-duration (until the migration is over)",
            ""
        )),
        0
    );
    assert_eq!(
        left(&text(
            "",
            "    # lint-accept: leads-to-more, long-duration\n"
        )),
        0
    );
    assert_eq!(left(&text("  # lint-accept: leads-to-more", "")), 1);
    assert_eq!(left(&text("  # long-duration", "")), 1);
    assert_eq!(
        left(&text(
            "",
            "    # lint-accept: long-duration\n    slack: notify\n"
        )),
        1
    );
}

/// An error stays an error, whatever a comment says.
#[test]
fn errors_are_not_accepted() {
    let source = file(&[one(&[]), named("two-one", &[])]);
    let source = Source {
        text: source
            .text
            .replace("id: two-one", "id: two-one  # lint-accept: duplicate"),
        ..source
    };
    let (kept, accepted) = accept(std::slice::from_ref(&source), look(&source, &known()));
    assert_eq!((kept.len(), accepted), (1, 0), "{kept:#?}");
}

/// Ten thousand entitlements, all on a few projects: what must be compared must stay little.
#[test]
fn many_entitlements_are_looked_at_quickly() {
    let entitlements: Vec<String> = (0..2_000)
        .map(|index| {
            let place = format!(
                "[{{resource: projects/p{}, roles: [roles/logging.viewer]}}]",
                index % 200
            );
            named(
                &format!("entitlement-{index}"),
                &[
                    ("privileges", &place),
                    ("requesters", &format!("[user:u{index}@example.com]")),
                ],
            )
        })
        .collect();
    let loaded = load_with_places(&[file(&entitlements)]).unwrap();
    let start = processor_time();
    assert_eq!(lint(&loaded, &known()), []);
    let took = processor_time().saturating_sub(start);
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
}

/// What is wrong in one file hides nothing of the others.
#[test]
fn files_with_errors_do_not_hide_the_warnings_of_others() {
    let name = |name: &str, source: Source| Source {
        name: name.into(),
        ..source
    };
    let sources = [
        name(
            "a.yaml",
            file(&[one(&[("duration", "{max: 3d}"), ("slack", "maybe")])]),
        ),
        name(
            "b.yaml",
            file(&[named(
                "two-one",
                &[
                    ("duration", "{max: 4d}"),
                    (
                        "privileges",
                        "[{resource: projects/acme-dev, roles: [roles/logging.viewer]}]",
                    ),
                ],
            )]),
        ),
        Source {
            name: "c.test.yaml".into(),
            text: "apiVersion: daypass/v1\ntests: [{requester: alice@example.com}]\n".into(),
        },
    ];
    let report = inspect(&sources, None, &LintContext::default());
    let told: Vec<(&str, Severity)> = report
        .findings
        .iter()
        .map(|finding| (finding.file.as_str(), finding.severity))
        .collect();
    assert!(told.contains(&("a.yaml", Severity::Error)), "{told:?}");
    assert!(told.contains(&("b.yaml", Severity::Warning)), "{told:?}");
    assert!(told.contains(&("c.test.yaml", Severity::Error)), "{told:?}");
    assert_eq!((report.files, report.entitlements), (3, 1));
    assert_eq!(report.unread, ["a.yaml"]);
    assert!(!told.contains(&("a.yaml", Severity::Warning)), "{told:?}");
}
