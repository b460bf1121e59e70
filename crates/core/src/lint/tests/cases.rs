//! For each lint what it finds, and something near that it leaves alone.

use super::*;

pub(super) struct Case {
    pub(super) code: &'static str,
    pub(super) wrong: Vec<String>,
    pub(super) right: Vec<String>,
}

fn case(code: &'static str, wrong: &[(&str, &str)], right: &[(&str, &str)]) -> Case {
    Case {
        code,
        wrong: vec![one(wrong)],
        right: vec![one(right)],
    }
}

pub(super) fn steps(text: &str) -> String {
    format!("{{expires: 1h, steps: {text}}}")
}

pub(super) fn cases() -> Vec<Case> {
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
            &[("privileges", &role("roles/storage.objectUser"))],
        ),
        case(
            "outlives-grant",
            &[("privileges", &role("roles/compute.instanceAdmin.v1"))],
            &[("privileges", &role("roles/compute.osLogin"))],
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
            "step-unmeetable",
            &[(
                "approval",
                "{constraints: [{name: not-carol, expression: 'approver.email != \"carol@example.com\"'}], steps: [{approvers: [user:carol@example.com]}]}",
            )],
            &[(
                "approval",
                "{constraints: [{name: not-carol, expression: 'approver.email != \"carol@example.com\" || request.duration < duration(\"1h\")'}], steps: [{approvers: [user:carol@example.com]}]}",
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
            "approvers-are-requesters",
            &[(
                "approval",
                &steps(
                    "[{approvers: [peers], escalate: {after: 1h, to: [group:leads@example.com]}}]",
                ),
            )],
            &[(
                "approval",
                &steps(
                    "[{approvers: [group:leads@example.com], escalate: {after: 1h, to: [group:sre@example.com]}}]",
                ),
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
            "unreviewed-gift",
            &[
                ("approval", ""),
                ("grantors", "[group:leads@example.com]"),
                ("break_glass", &glass("group:leads@example.com")),
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
                    "roles/storage.objectUser",
                    "resource.name.startsWith(\"projects/\") && resource.type == \"storage.googleapis.com/Object\"",
                ),
            )],
            &[(
                "privileges",
                &condition(
                    "roles/storage.objectUser",
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
