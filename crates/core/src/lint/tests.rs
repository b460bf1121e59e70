//! Every lint: a file that it finds, what it says, and a near one that it leaves alone.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cases;

use super::*;
use crate::entitlement::{Source, load_with_places};
use crate::stopwatch::processor_time;
use cases::{cases, steps};

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

/// "Without effect" is said only of what nobody could need: each of these makes a difference.
#[test]
fn what_another_entitlement_asks_for_is_a_reason_to_have_both() {
    let night = "[{name: at-night, expression: 'request.time.getHours(\"Europe/Berlin\") < 6'}]";
    let by_alice = steps("[{approvers: [user:alice@example.com]}]");
    let two = steps("[{approvers: [group:leads@example.com], needed: 2}]");
    let careful = "{constraints: [{name: not-dave, expression: 'approver.email != \"dave@example.com\"'}], steps: [{approvers: [group:leads@example.com]}]}";
    let vouched = "{authority: google, steps: [{approvers: [group:leads@example.com]}]}";
    let beneficiaries = ("beneficiaries", "[user:erin@example.com]");
    let grantors = ("grantors", "[user:erin@example.com]");
    let needs_two = ("approval", two.as_str());
    let told = |strict: &[(&str, &str)], other: &[(&str, &str)]| -> Vec<String> {
        let other: Vec<(&str, &str)> = [&[("approval", "none")], other].concat();
        let both = file(&[one(strict), named("other-way", &other)]);
        let findings = look(&both, &known()).into_iter();
        let codes = findings.filter_map(|finding| finding.code);
        codes
            .filter(|code| code == "shadowed" || code == "overlapping")
            .collect()
    };
    assert_eq!(told(&[], &[]), ["shadowed"]);
    assert_eq!(
        told(&[("constraints", night)], &[("constraints", night)]),
        ["shadowed"]
    );
    for (strict, other) in [
        (&[][..], &[("constraints", night)][..]),
        (&[], &[("inputs", "[{name: ticket, required: true}]")]),
        (
            &[],
            &[("justification", "{required: true, pattern: '^INC-'}")],
        ),
        (&[("justification", "{required: false}")], &[]),
        (&[beneficiaries], &[]),
        (&[grantors], &[]),
        (&[needs_two], &[("approval", &by_alice)]),
        (&[needs_two], &[("approval", careful)]),
        (&[needs_two], &[("approval", vouched)]),
    ] {
        assert_eq!(told(strict, other), ["overlapping"], "{strict:?} {other:?}");
    }
    let easier = steps("[{approvers: [group:all@example.com]}]");
    assert_eq!(told(&[needs_two], &[("approval", &easier)]), ["shadowed"]);
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

/// A hint that leads to another role of the table leads nowhere.
#[test]
fn a_role_that_is_hinted_at_has_no_such_power_itself() {
    use super::power::ROLES_THAT_RUN_CODE;
    use super::role_names::ROLE_NAMES;

    for power in ROLES_WITH_POWER {
        let words = power.instead.split([' ', ',']);
        let hinted: Vec<&str> = words.filter(|word| word.starts_with("roles/")).collect();
        assert_eq!(hinted.is_empty(), power.instead.is_empty());
        for role in hinted {
            assert_eq!(power::of(role), None, "{role} instead of {}", power.role);
            let is_known = ROLE_NAMES.contains(&role) || ROLES_THAT_RUN_CODE.contains(&role);
            assert!(is_known, "{role}");
        }
    }
    for role in [
        "roles/compute.instanceAdmin",
        "roles/compute.instanceAdmin.v1",
        "roles/compute.networkAdmin",
        "roles/datastore.owner",
        "roles/storage.objectAdmin",
        "roles/workflows.admin",
    ] {
        let kind = power::of(role).map(|power| power.kind);
        assert_eq!(kind, Some(PowerKind::Lasting), "{role} holds setIamPolicy");
    }
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
