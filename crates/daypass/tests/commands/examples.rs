//! What the server has to show.

use std::collections::BTreeMap;

use daypass_api::{
    ApprovalTerms, AsAccount, Binding, BlastRadius, BreakGlass, DangerousPermission, Entitlement,
    Escalation, ExplainedStep, Explanation, Grant, GrantedPrivilege, Impersonation, Input,
    InputValue, LentPermission, Privilege, Review, ReviewTerms, Rule, Selector, Step, StepTerms,
    UnknownPart, Vote,
};

/// A whole id; the others differ from it late, as ids of one day do.
pub(crate) const PENDING: &str = "01kaj5w2f3m8pqrstvwxyz0123";
pub(crate) const ACTIVE: &str = "01kaj5w2g9m8pqrstvwxyz0123";
/// One that waits in its second step, and an emergency that owes a review.
pub(crate) const HALF_WAY: &str = "01kaj5w2h1m8pqrstvwxyz0123";
pub(crate) const EMERGENCY: &str = "01kaj5w2j4m8pqrstvwxyz0123";
/// A text that would clear the screen, turn the reading order and end the line.
pub(crate) const HOSTILE: &str = "Storage\u{1b}[2J \u{202e}evil\r\nACTIVE";

pub(crate) fn entitlements() -> Vec<Entitlement> {
    let storage = Entitlement {
        id: "prod-storage".into(),
        title: "Storage in production".into(),
        description: "Administer the log buckets during an incident".into(),
        owner: Some("group:storage@example.com".into()),
        privileges: vec![Privilege {
            resource: Some("projects/acme-prod".into()),
            roles: vec!["roles/storage.admin".into()],
            condition: Some(r#"resource.name.startsWith("projects/_/buckets/logs-")"#.into()),
            ..Privilege::default()
        }],
        min_duration: "5m".into(),
        default_duration: "30m".into(),
        max_duration: "4h".into(),
        start_latest: Some("14d".into()),
        justification_required: true,
        justification_hint: Some("ticket, then why".into()),
        justification_pattern: None,
        labels: BTreeMap::from([("tier".into(), "prod".into())]),
        inputs: Vec::new(),
        approval: Some(ApprovalTerms {
            steps: vec![step(1, &["group:leads@example.com"])],
            needed: 1,
            expires: "4h".into(),
            self_approval: false,
            comment_required: false,
        }),
        break_glass: None,
        review: None,
        notify: Vec::new(),
        slack: "confirm".into(),
        may_request: true,
        may_give: false,
        may_approve: false,
    };
    let hostile = Entitlement {
        id: "dev-compute".into(),
        title: HOSTILE.into(),
        owner: None,
        labels: BTreeMap::from([("\u{1b}[2J".into(), HOSTILE.into())]),
        approval: None,
        start_latest: None,
        justification_required: false,
        may_give: true,
        ..storage.clone()
    };
    vec![hostile, storage]
}

/// Two steps, inputs, a selector and an account to act as.
pub(crate) fn elaborate() -> Entitlement {
    let input = |name: &str, kind: &str, title: &str| Input {
        name: name.into(),
        kind: kind.into(),
        values: Vec::new(),
        title: title.into(),
        pattern: None,
        required: false,
    };
    Entitlement {
        id: "pay-database".into(),
        privileges: vec![
            Privilege {
                projects: Some(Selector {
                    folder: "folders/42".into(),
                    labels: BTreeMap::from([("env".into(), "prod".into())]),
                }),
                roles: vec!["roles/cloudsql.admin".into()],
                ..Privilege::default()
            },
            Privilege {
                impersonate: Some(deployer()),
                ..Privilege::default()
            },
        ],
        inputs: vec![
            Input {
                pattern: Some("^INC-[0-9]+$".into()),
                required: true,
                ..input("ticket", "string", "The ticket")
            },
            Input {
                values: vec!["repair".into(), "audit".into()],
                ..input("cause", "one of", "The cause")
            },
            input("rows", "integer", "How many rows"),
            input("tested", "boolean", "It was tried before"),
        ],
        approval: Some(ApprovalTerms {
            steps: vec![peers(), leads()],
            needed: 2,
            expires: "2h".into(),
            self_approval: false,
            comment_required: true,
        }),
        ..entitlements().pop().unwrap()
    }
}

/// For emergencies.
pub(crate) fn break_glass() -> Entitlement {
    Entitlement {
        id: "prod-break-glass".into(),
        approval: None,
        break_glass: Some(BreakGlass {
            page: vec!["pagerduty:PACME01".into()],
        }),
        review: Some(ReviewTerms {
            by: vec!["group:security@example.com".into()],
            within: "1d".into(),
        }),
        ..entitlements().pop().unwrap()
    }
}

fn deployer() -> Impersonation {
    Impersonation {
        service_account: "deployer@acme-prod.iam.gserviceaccount.com".into(),
        via: "broker".into(),
        token_max: "30m".into(),
    }
}

fn step(number: u32, approvers: &[&str]) -> StepTerms {
    StepTerms {
        number,
        needed: 1,
        approvers: approvers.iter().map(|&one| one.into()).collect(),
        peers: false,
        on_call: None,
        remind: None,
        escalate: None,
    }
}

fn peers() -> StepTerms {
    StepTerms {
        peers: true,
        remind: Some("10m".into()),
        ..step(1, &["group:sre@example.com"])
    }
}

fn leads() -> StepTerms {
    StepTerms {
        on_call: Some("pagerduty:PABC123".into()),
        escalate: Some(Escalation {
            after: "30m".into(),
            to: vec!["group:directors@example.com".into()],
        }),
        ..step(2, &["group:leads@example.com"])
    }
}

pub(crate) fn half_way(url: &str) -> Grant {
    Grant {
        id: HALF_WAY.into(),
        entitlement: "pay-database".into(),
        title: "The payments database".into(),
        impersonations: vec![deployer()],
        inputs: BTreeMap::from([
            ("rows".into(), InputValue::Integer(3)),
            ("ticket".into(), InputValue::String("INC-7".into())),
        ]),
        needed: 2,
        steps: vec![
            Step {
                terms: peers(),
                agreed: 1,
                open: false,
                since: None,
                escalated: Vec::new(),
            },
            Step {
                terms: leads(),
                agreed: 0,
                open: true,
                since: Some("2026-11-21T09:25:00Z".into()),
                escalated: vec!["group:directors@example.com".into()],
            },
        ],
        comment_required: true,
        votes: vec![Vote {
            person: "bob@example.com".into(),
            word: "approve".into(),
            step: 1,
            comment: Some("reads well".into()),
            channel: "cli".into(),
            at: "2026-11-21T09:25:00Z".into(),
        }],
        may_decide: true,
        may_deny: true,
        url: format!("{url}/grants/{HALF_WAY}"),
        ..pending(url)
    }
}

pub(crate) fn emergency(url: &str) -> Grant {
    Grant {
        id: EMERGENCY.into(),
        entitlement: "prod-break-glass".into(),
        title: "Break glass in production".into(),
        needed: 0,
        approvers: Vec::new(),
        steps: Vec::new(),
        votes: Vec::new(),
        break_glass: break_glass().break_glass,
        review: Some(Review {
            by: vec!["group:security@example.com".into()],
            due_at: "2026-11-22T09:58:00Z".into(),
            overdue: false,
            done: None,
        }),
        may_review: true,
        url: format!("{url}/grants/{EMERGENCY}"),
        ..active(url)
    }
}

pub(crate) fn pending(url: &str) -> Grant {
    Grant {
        id: PENDING.into(),
        state: "APPROVAL_AWAITED".into(),
        entitlement: "prod-storage".into(),
        title: "Storage in production".into(),
        origin: "requested".into(),
        requester: "alice@example.com".into(),
        beneficiary: "user:alice@example.com".into(),
        privileges: privileges(),
        duration: "30m".into(),
        justification: Some("INC-1 disk full".into()),
        created_at: "2026-11-21T09:58:00Z".into(),
        start_at: None,
        decide_by: Some("2026-11-21T14:00:00Z".into()),
        decided_anew_at: None,
        active_from: None,
        active_until: None,
        ended_at: None,
        last_token_ends: None,
        failure: None,
        needed: 1,
        approvers: vec!["user:carol@example.com".into()],
        steps: vec![Step {
            terms: step(1, &["user:carol@example.com"]),
            agreed: 0,
            open: true,
            since: Some("2026-11-21T09:58:00Z".into()),
            escalated: Vec::new(),
        }],
        comment_required: false,
        impersonations: Vec::new(),
        inputs: BTreeMap::new(),
        break_glass: None,
        review: None,
        votes: Vec::new(),
        bindings: Vec::new(),
        extends: None,
        blast_radius: None,
        request_hash: "a".repeat(64),
        may_decide: false,
        may_deny: false,
        may_review: false,
        url: format!("{url}/grants/{PENDING}"),
    }
}

pub(crate) fn active(url: &str) -> Grant {
    Grant {
        id: ACTIVE.into(),
        state: "ACTIVE".into(),
        steps: vec![Step {
            terms: step(1, &["user:carol@example.com"]),
            agreed: 1,
            open: false,
            since: None,
            escalated: Vec::new(),
        }],
        active_from: Some("2026-11-21T09:58:00Z".into()),
        active_until: Some("2026-11-21T10:28:00Z".into()),
        votes: vec![Vote {
            person: "carol@example.com".into(),
            word: "approve".into(),
            step: 1,
            comment: Some("pair with SRE".into()),
            channel: "web".into(),
            at: "2026-11-21T09:58:00Z".into(),
        }],
        bindings: vec![Binding {
            resource: "projects/acme-prod".into(),
            role: "roles/storage.admin".into(),
            member: "user:alice@example.com".into(),
            seen: "PRESENT".into(),
        }],
        url: format!("{url}/grants/{ACTIVE}"),
        ..pending(url)
    }
}

pub(crate) fn privileges() -> Vec<GrantedPrivilege> {
    vec![GrantedPrivilege {
        resource: "projects/acme-prod".into(),
        target: None,
        role: "roles/storage.admin".into(),
        condition: None,
    }]
}

pub(crate) fn explanation(decision: &str) -> Explanation {
    let holds = decision != "denied";
    Explanation {
        decision: decision.into(),
        rules: rules(holds),
        approvers: vec!["carol@example.com".into()],
        needed: 1,
        steps: vec![ExplainedStep {
            number: 1,
            needed: 1,
            people: vec!["carol@example.com".into()],
            others: false,
        }],
        comment_required: false,
        impersonations: Vec::new(),
        inputs: BTreeMap::new(),
        break_glass: None,
        review: None,
        expires: Some("4h".into()),
        beneficiary: Some("user:alice@example.com".into()),
        privileges: privileges(),
        duration: Some("30m".into()),
        start_at: None,
        blast_radius: None,
        conditions: vec![r#"request.time >= timestamp("2026-11-21T10:00:00Z") && request.time < timestamp("2026-11-21T10:30:00Z")"#.into()],
    }
}

pub(crate) fn rules(duration_holds: bool) -> Vec<Rule> {
    let requester = Rule {
        name: "requester".into(),
        holds: true,
        detail: "alice@example.com is in group:sre@example.com".into(),
        hint: None,
    };
    let duration = if duration_holds {
        Rule {
            name: "duration".into(),
            holds: true,
            detail: "30m is between 5m and 4h".into(),
            hint: None,
        }
    } else {
        Rule {
            name: "duration".into(),
            holds: false,
            detail: "9h is over the maximum of 4h".into(),
            hint: Some("ask for 4h or less".into()),
        }
    };
    vec![requester, duration]
}

/// Two steps, the second open to a whole domain as well.
pub(crate) fn elaborate_explanation() -> Explanation {
    Explanation {
        approvers: vec!["bob@example.com".into(), "carol@example.com".into()],
        needed: 3,
        steps: vec![
            ExplainedStep {
                number: 1,
                needed: 2,
                people: vec!["bob@example.com".into(), "dave@example.com".into()],
                others: false,
            },
            ExplainedStep {
                number: 2,
                needed: 1,
                people: vec!["carol@example.com".into()],
                others: true,
            },
        ],
        comment_required: true,
        impersonations: vec![deployer()],
        inputs: BTreeMap::from([("ticket".into(), InputValue::String("INC-7".into()))]),
        blast_radius: Some(blast_radius()),
        ..explanation("needs-approval")
    }
}

/// Something of everything, more dangers than a card shows, and hostile text in what was read.
fn blast_radius() -> BlastRadius {
    let danger = |permission: &str, can: &str| DangerousPermission {
        permission: permission.into(),
        category: "access".into(),
        can: can.into(),
        on: vec!["projects/acme-prod".into()],
        limited: false,
        until: None,
    };
    let names = ["buckets", "folders", "objects", "sinks", "views", "topics"];
    let mut dangerous: Vec<_> = names
        .iter()
        .map(|name| danger(&format!("{name}.delete"), &format!("delete {name}")))
        .collect();
    let also = danger(
        "buckets.setIamPolicy",
        "change who has access there, for good",
    );
    dangerous.insert(
        0,
        DangerousPermission {
            limited: true,
            ..also.clone()
        },
    );
    dangerous.insert(
        1,
        DangerousPermission {
            permission: "objects.setIamPolicy".into(),
            limited: true,
            ..also.clone()
        },
    );
    dangerous.insert(
        2,
        DangerousPermission {
            until: Some("2026-11-21T10:28:00Z".into()),
            ..also.clone()
        },
    );
    BlastRadius {
        gained: (0..14).map(|one| format!("one.two.{one}")).collect(),
        already: 5,
        lent: vec![LentPermission {
            permission: "buckets.setIamPolicy".into(),
            until: "2026-11-21T10:28:00Z".into(),
        }],
        dangerous,
        as_accounts: vec![AsAccount {
            service_account: "deployer@acme-prod.iam.gserviceaccount.com".into(),
            on: "projects/acme-prod".into(),
            gained: vec!["run.services.update".into()],
            dangerous: vec![also],
        }],
        unknown: vec![UnknownPart {
            about: "the policy of folders/1".into(),
            why: "denied\u{1b}[31m".into(),
        }],
    }
}

/// What breaking the glass comes to.
pub(crate) fn emergency_explanation() -> Explanation {
    Explanation {
        approvers: Vec::new(),
        needed: 0,
        steps: Vec::new(),
        expires: None,
        break_glass: break_glass().break_glass,
        review: break_glass().review,
        ..explanation("granted")
    }
}
