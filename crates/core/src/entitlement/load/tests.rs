//! Reading entitlement files, and what is said of wrong ones.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::entitlement::EntitlementId;

fn source(text: &str) -> Source {
    Source {
        name: "entitlements/prod.yaml".into(),
        text: text.into(),
    }
}

const FULL: &str = r#"
apiVersion: daypass/v1
defaults: {duration: {default: 45m, max: 8h}}
entitlements:
  - id: prod-storage
    title: Storage in production
    description: Administer the log buckets during an incident
    owner: group:storage@example.com
    requesters: [group:sre@example.com]
    grantors: [group:leads@example.com]
    privileges:
      - resource: projects/acme-prod
        roles: [roles/storage.admin]
        condition: 'resource.name.startsWith("projects/_/buckets/logs-")'
      - resource: buckets/legacy-acme-prod
        at: projects/acme-prod
        roles: [roles/storage.objectViewer]
    duration: {min: 5m, default: 30m, max: 4h}
    start: {latest: 14d}
    justification: {required: true, pattern: '^[A-Z]+-[0-9]+ ', hint: 'ticket, then why'}
    approval:
      expires: 2h
      steps: [{approvers: [group:leads@example.com, user:dave@example.com], needed: 1}]
  - id: dev-logs
    requesters: [domain:example.com]
    privileges: [{resource: projects/acme-dev, roles: [roles/logging.viewer]}]
    duration: {max: 30m}
    approval: none
"#;

#[test]
fn a_full_file() {
    let catalogue = load(&[source(FULL)]).unwrap();
    let storage = catalogue
        .get(&EntitlementId::parse("prod-storage").unwrap())
        .unwrap();
    assert_eq!(storage.duration.max.to_string(), "4h");
    assert_eq!(storage.approval.as_ref().unwrap().expires.to_string(), "2h");
    assert_eq!(
        storage.privileges[1].on_resource().unwrap().target.as_str(),
        "projects/acme-prod"
    );
    assert_eq!(
        storage.privileges[1]
            .on_resource()
            .unwrap()
            .condition
            .as_ref()
            .unwrap()
            .as_str(),
        r#"resource.name == "projects/_/buckets/legacy-acme-prod" || resource.name.startsWith("projects/_/buckets/legacy-acme-prod/")"#
    );
    let logs = catalogue
        .get(&EntitlementId::parse("dev-logs").unwrap())
        .unwrap();
    // The shared default bends to the entitlement's own maximum.
    assert_eq!(
        (
            logs.duration.default.to_string().as_str(),
            logs.approval.is_none()
        ),
        ("30m", true)
    );
}

#[test]
fn equal_entitlements_have_equal_hashes_and_any_edit_changes_them() {
    let hash = |text: &str| {
        load(&[source(text)])
            .unwrap()
            .hash(&EntitlementId::parse("prod-storage").unwrap())
            .unwrap()
    };
    assert_eq!(
        hash(FULL),
        hash(&FULL.replace(
            "title: Storage in production",
            "title:   'Storage in production'"
        ))
    );
    for (from, to) in [
        ("max: 4h", "max: 5h"),
        ("needed: 1}", "needed: 2}"),
        ("group:sre@", "group:sre2@"),
        ("expires: 2h", "expires: 3h"),
    ] {
        assert_ne!(hash(FULL), hash(&FULL.replace(from, to)), "{from}");
    }
}

/// Each mistake with what is said of it: place, words and next step are the product here.
#[test]
fn mistakes() {
    let one = |fields: &str| {
        format!(
            "apiVersion: daypass/v1\nentitlements:\n  - id: one-two\n    requesters: [user:a@example.com]\n    approval: none\n{fields}"
        )
    };
    let privileges = "    privileges: [{resource: projects/p, roles: [roles/x]}]\n";
    let cases = [
        ("another version", "apiVersion: daypass/v2\nentitlements: []\n".to_owned()),
        ("an unknown field", one(&format!("{privileges}    durations: {{max: 1h}}\n"))),
        ("a basic role", one("    privileges: [{resource: projects/p, roles: [roles/owner]}]\n")),
        ("a resource of no kind", one("    privileges: [{resource: things/p, roles: [roles/x]}]\n")),
        ("a topic", one("    privileges: [{resource: projects/acme/topics/orders, roles: [roles/pubsub.publisher]}]\n")),
        ("a topic at its project", one("    privileges: [{resource: projects/acme/topics/orders, at: project, roles: [roles/pubsub.publisher]}]\n")),
        ("a bucket at an unknown project", one("    privileges: [{resource: buckets/logs, at: project, roles: [roles/x]}]\n")),
        ("a project at itself", one("    privileges: [{resource: projects/p, at: project, roles: [roles/x]}]\n")),
        ("the public", one(privileges).replace("user:a@example.com", "allUsers")),
        ("a person without kind", one(privileges).replace("user:a@example.com", "a@example.com")),
        ("zero minutes", one(&format!("{privileges}    duration: {{max: 0m}}\n"))),
        ("a number without unit", one(&format!("{privileges}    duration: {{max: 90}}\n"))),
        ("durations that do not fit", one(&format!("{privileges}    duration: {{min: 2h, max: 1h}}\n"))),
        ("a condition that breaks out", one("    privileges: [{resource: projects/p, roles: [roles/x], condition: 'true) || (true'}]\n")),
        ("a condition that ends too early", one("    privileges: [{resource: projects/p, roles: [roles/x], condition: 'resource.name =='}]\n")),
        ("a condition with a name that is mistyped", one("    privileges: [{resource: projects/p, roles: [roles/x], condition: 'resource.nam == \"x\"'}]\n")),
        ("a condition with two slips", one("    privileges:\n      - resource: projects/p\n        roles: [roles/x]\n        condition: resource.name.startWith(\"x\") && request.time < timestamp(\"2027-01-01\")\n")),
        ("a condition that is a time", one("    privileges: [{resource: projects/p, roles: [roles/x], condition: 'timestamp(\"2027-01-01T00:00:00Z\")'}]\n")),
        ("an empty condition", one("    privileges: [{resource: projects/p, roles: [roles/x], condition: ' '}]\n")),
        ("a condition in several lines", one("    privileges:\n      - resource: projects/p\n        roles: [roles/x]\n        condition: |\n          resource.type == \"x\" &&\n          resource.nmae == \"y\"\n")),
        ("a condition in a block that ends too early", one("    privileges:\n      - resource: projects/p\n        roles: [roles/x]\n        condition: |\n          resource.type == \"x\"\n          &&\n")),
        ("a pattern that is none", one(&format!("{privileges}    justification: {{pattern: '['}}\n"))),
        ("no approval at all", one(privileges).replace("    approval: none\n", "")),
        ("no steps", one(privileges).replace("approval: none", "approval: {steps: []}")),
        ("a step that needs nobody", one(privileges).replace("approval: none", "approval: {steps: [{approvers: [user:b@example.com], needed: 0}]}")),
        ("another identity", one(privileges).replace("approval: none", "approval: {identity: me, steps: [{approvers: [peers]}]}")),
        ("an on-call that is none", one(privileges).replace("approval: none", "approval: {steps: [{approvers: [peers], on_call: 'phone:1'}]}")),
        ("an escalation to nobody", one(privileges).replace("approval: none", "approval: {steps: [{approvers: [peers], escalate: {after: 10m, to: []}}]}")),
        ("an approval of break-glass", one(&format!("{privileges}    break_glass: {{page: [email], review: {{by: [user:b@example.com]}}}}\n")).replace("approval: none", "approval: {steps: [{approvers: [peers]}]}")),
        ("break-glass that calls nobody", one(&format!("{privileges}    break_glass: {{review: {{by: [user:b@example.com]}}}}\n"))),
        ("break-glass without a review", one(&format!("{privileges}    break_glass: {{page: [email]}}\n"))),
        ("break-glass for a day", one(&format!("{privileges}    duration: {{max: 24h}}\n    break_glass: {{page: [email], review: {{by: [user:b@example.com]}}}}\n"))),
        ("a selector of all", one("    privileges: [{resource: {folder: folders/1}, roles: [roles/x]}]\n")),
        ("a selector that breaks out", one("    privileges: [{resource: {folder: folders/1, labels: {env: 'prod OR id:*'}}, roles: [roles/x]}]\n")),
        ("a selector of no folder", one("    privileges: [{resource: {folder: projects/p, labels: {env: prod}}, roles: [roles/x]}]\n")),
        ("a role twice on two conditions", one("    privileges:\n      - {resource: projects/p, roles: [roles/y, roles/x], condition: 'resource.name == \"a\"'}\n      - {resource: projects/p, roles: [roles/x], condition: 'resource.name == \"b\"'}\n")),
        ("a role on a condition and without", one("    privileges:\n      - {resource: projects/p, roles: [roles/x]}\n      - {resource: projects/p, roles: [roles/x], condition: 'resource.name == \"b\"'}\n")),
        ("a role of two buckets at one project", one("    privileges:\n      - {resource: buckets/one, at: projects/p, roles: [roles/x]}\n      - {resource: buckets/two, at: projects/p, roles: [roles/x]}\n")),
        ("a role twice on a selector", one("    privileges:\n      - {resource: {folder: folders/1, labels: {env: dev, tier: low}}, roles: [roles/x]}\n      - {resource: {folder: folders/1, labels: {tier: low, env: dev}}, roles: [roles/x], condition: 'resource.name == \"b\"'}\n")),
        ("a role twice in one list", one("    privileges: [{resource: projects/p, roles: [roles/x, roles/x]}]\n")),
        ("an account twice", one("    privileges: [{impersonate: robot@p.iam.gserviceaccount.com}, {impersonate: robot@p.iam.gserviceaccount.com, token: {max: 20m}}]\n")),
        ("roles and impersonation", one("    privileges: [{resource: projects/p, impersonate: robot@p.iam.gserviceaccount.com, roles: [roles/x]}]\n")),
        ("a person impersonated", one("    privileges: [{impersonate: bob@example.com}]\n")),
        ("a token for a day", one("    privileges: [{impersonate: robot@p.iam.gserviceaccount.com, token: {max: 24h}}]\n")),
        ("an input of no type", one(&format!("{privileges}    inputs: [{{name: ticket, type: text}}]\n"))),
        ("an input twice", one(&format!("{privileges}    inputs: [{{name: ticket}}, {{name: ticket}}]\n"))),
        ("telling nobody known", one(&format!("{privileges}    notify: [somebody]\n"))),
        ("another word for slack", one(&format!("{privileges}    slack: yes please\n"))),
        ("approval by nobody", one(privileges).replace("approval: none", "approval: {steps: [{approvers: []}]}")),
        ("approval of another word", one(privileges).replace("approval: none", "approval: nope")),
        ("an id twice", one(&format!("{privileges}  - id: one-two\n    requesters: [user:a@example.com]\n    approval: none\n{privileges}"))),
        ("bad YAML", "apiVersion: daypass/v1\nentitlements: [\n".to_owned()),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(name, text)| {
            let findings = load(&[source(text)]).map(|_| ()).unwrap_err();
            assert!(!findings.is_empty(), "{name}");
            let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
            format!("# {name}\n{}", shown.join("\n"))
        })
        .collect();
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn every_finding_of_every_file_is_told() {
    let wrong = "apiVersion: daypass/v1\nentitlements:\n  - id: Xx\n    requesters: [nobody]\n    privileges: [{resource: p, roles: [roles/owner]}]\n    approval: none\n";
    let findings =
        load(&[source(wrong), source("apiVersion: v0\nentitlements: []\n")]).unwrap_err();
    assert_eq!(findings.len(), 5, "{findings:#?}");
}

#[test]
fn a_bomb_is_refused() {
    let mut text = String::from("apiVersion: daypass/v1\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let previous = format!("*a{}", level - 1);
        let ten = vec![previous; 10].join(",");
        text.extend([
            "a",
            &level.to_string(),
            ": &a",
            &level.to_string(),
            " [",
            &ten,
            "]\n",
        ]);
    }
    assert!(load(&[source(&text)]).is_err());
    assert!(load(&[source(&format!("apiVersion: {}", "[".repeat(100_000)))]).is_err());
    assert!(load(&[source(&"x".repeat(2_000_000))]).is_err());
}

/// What is wrong in an expression is underlined there, not at its beginning.
#[test]
fn constraints_are_checked_where_they_stand() {
    let one = |constraints: &str| {
        format!(
            "apiVersion: daypass/v1\nentitlements:\n  - id: one-two\n    requesters: [user:a@example.com]\n    privileges: [{{resource: projects/p, roles: [roles/x]}}]\n    inputs: [{{name: ticket}}]\n{constraints}    approval: {{steps: [{{approvers: [peers]}}]}}\n"
        )
    };
    let good = "    constraints:\n      - {name: not-on-sunday, expression: 'request.time.getDayOfWeek(\"Europe/Berlin\") != 0', message: Not on Sundays}\n      - {name: has-ticket, expression: has(input.ticket)}\n";
    let catalogue = load(&[source(&one(good))]).unwrap();
    let entitlement = catalogue.iter().next().unwrap();
    let names: Vec<&str> = entitlement
        .constraints
        .iter()
        .map(crate::constraint::Constraint::name)
        .collect();
    assert_eq!(names, ["not-on-sunday", "has-ticket"]);
    let cases = [
        (
            "a name that is mistyped",
            "    constraints: [{name: a-b, expression: requester.emial == 'x'}]\n",
        ),
        (
            "another type",
            "    constraints: [{name: a-b, expression: request.reason + 1 == 'x'}]\n",
        ),
        (
            "an approver where there is none",
            "    constraints: [{name: a-b, expression: approver.email != requester.email}]\n",
        ),
        (
            "an input that is not declared",
            "    constraints:\n      - {name: a-b, expression: input.tickets != ''}\n",
        ),
        (
            "no condition",
            "    constraints: [{name: a-b, expression: request.reason}]\n",
        ),
        (
            "a bracket too many",
            "    constraints: [{name: a-b, expression: 'true)'}]\n",
        ),
        (
            "a name twice",
            "    constraints: [{name: a-b, expression: 'true'}, {name: a-b, expression: 'false'}]\n",
        ),
        (
            "a name that is none",
            "    constraints: [{name: A b, expression: 'true'}]\n",
        ),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(name, constraints)| {
            let findings = load(&[source(&one(constraints))]).map(|_| ()).unwrap_err();
            let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
            format!("# {name}\n{}", shown.join("\n"))
        })
        .collect();
    insta::assert_snapshot!(said.join("\n\n"));
}

/// Peers are missing only where nobody is listed: a requester who is written wrongly is one mistake, not two.
#[test]
fn mistakes_of_requesters_are_not_told_of_peers() {
    let said = |requesters: &str| {
        let text = format!(
            "apiVersion: daypass/v1\nentitlements:\n  - id: one-two\n    requesters: {requesters}\n    grantors: [user:g@example.com]\n    privileges: [{{resource: projects/p, roles: [roles/x]}}]\n    approval: {{steps: [{{approvers: [peers]}}]}}\n"
        );
        let findings = load(&[source(&text)]).map(|_| ()).unwrap_err();
        let messages = findings.into_iter().map(|finding| finding.message);
        messages.collect::<Vec<_>>()
    };
    let none = "'peers' are the requesters, and there are none";
    for wrong in [
        "[allUsers]",
        "[oncall@example.com, group:platform@example.com]",
    ] {
        let said = said(wrong);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_ne!(said[0], none);
    }
    assert_eq!(said("[]"), [none]);
}

/// A mistake in an input is told once, and no constraint says that the entitlement has no inputs.
#[test]
fn mistakes_of_inputs_are_not_told_of_constraints() {
    let said = |constraint: &str| {
        let text = format!(
            "apiVersion: daypass/v1\nentitlements:\n  - id: one-two\n    requesters: [user:a@example.com]\n    privileges: [{{resource: projects/p, roles: [roles/x]}}]\n    inputs: [{{name: region}}, {{name: Ticket}}]\n    constraints: [{{name: a-b, expression: {constraint}}}]\n    approval: {{steps: [{{approvers: [peers]}}], constraints: [{{name: c-d, expression: {constraint}}}]}}\n"
        );
        let findings = load(&[source(&text)]).map(|_| ()).unwrap_err();
        findings
            .into_iter()
            .map(|finding| (finding.line, finding.message))
            .collect::<Vec<_>>()
    };
    for constraint in [
        "input.region == 'eu'",
        "has(input.ticket)",
        "input.tickets != ''",
        "input == 'x'",
    ] {
        let findings = said(constraint);
        assert_eq!(findings.len(), 1, "{constraint}: {findings:?}");
        assert_eq!(findings[0].0, 6, "{findings:?}");
    }
    let findings = said("requester.emial == 'x' && input.region == 'eu'");
    let lines: Vec<u64> = findings.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [6, 7, 8], "{findings:?}");
}

/// What the server mints is minted with Daypass's own power: no approver's covers it.
#[test]
fn an_approvers_own_power_mints_no_tokens() {
    let one = |approval: &str, via: &str| {
        let text = format!(
            "apiVersion: daypass/v1\nentitlements:\n  - id: one-two\n    requesters: [user:a@example.com]\n    privileges: [{{impersonate: deployer@acme-prod.iam.gserviceaccount.com, via: {via}}}]\n    approval: {{{approval}steps: [{{approvers: [user:b@example.com]}}]}}\n"
        );
        load(&[source(&text)]).map(|_| ()).map_err(|findings| {
            let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
            shown.join("\n")
        })
    };
    assert_eq!(one("", "broker"), Ok(()));
    for approval in ["identity: approver, ", "authority: google, "] {
        assert_eq!(one(approval, "binding"), Ok(()), "{approval}");
        let said = one(approval, "broker").unwrap_err();
        let expected = format!(
            "{} is about policies, and an impersonation with via: broker writes none",
            approval.trim_end_matches(", ")
        );
        assert!(said.contains(&expected), "{said}");
        assert!(said.contains(":6:"), "it points at the word: {said}");
    }
}

#[test]
fn labels_are_bounded() {
    let with_labels = |count: usize| {
        let labels: Vec<String> = (0..count).map(|number| format!("l{number}: x")).collect();
        let text = format!(
            "apiVersion: daypass/v1\nentitlements:\n  - id: one\n    labels: {{{}}}\n    requesters: [group:sre@example.com]\n    privileges: [{{resource: projects/acme, roles: [roles/logging.viewer]}}]\n    approval: none\n",
            labels.join(", ")
        );
        load(&[source(&text)])
    };
    assert!(with_labels(64).is_ok());
    let findings = with_labels(65).unwrap_err();
    assert_eq!(findings[0].message, "there are more than 64 labels");
}
