//! What the server has to show.

use daypass_api::{
    ApprovalTerms, Binding, Entitlement, Explanation, Grant, GrantedPrivilege, Privilege, Rule,
    Vote,
};

/// A whole id; the others differ from it late, as ids of one day do.
pub(crate) const PENDING: &str = "01kaj5w2f3m8pqrstvwxyz0123";
pub(crate) const ACTIVE: &str = "01kaj5w2g9m8pqrstvwxyz0123";
/// A text that would clear the screen, turn the reading order and end the line.
pub(crate) const HOSTILE: &str = "Storage\u{1b}[2J \u{202e}evil\r\nACTIVE";

pub(crate) fn entitlements() -> Vec<Entitlement> {
    let storage = Entitlement {
        id: "prod-storage".into(),
        title: "Storage in production".into(),
        description: "Administer the log buckets during an incident".into(),
        owner: Some("group:storage@example.com".into()),
        privileges: vec![Privilege {
            resource: "projects/acme-prod".into(),
            target: None,
            roles: vec!["roles/storage.admin".into()],
            condition: Some(r#"resource.name.startsWith("projects/_/buckets/logs-")"#.into()),
        }],
        min_duration: "5m".into(),
        default_duration: "30m".into(),
        max_duration: "4h".into(),
        start_latest: Some("14d".into()),
        justification_required: true,
        justification_hint: Some("ticket, then why".into()),
        approval: Some(ApprovalTerms {
            approvers: vec!["group:leads@example.com".into()],
            needed: 1,
            expires: "4h".into(),
        }),
        may_request: true,
        may_give: false,
        may_approve: false,
    };
    let hostile = Entitlement {
        id: "dev-compute".into(),
        title: HOSTILE.into(),
        owner: None,
        approval: None,
        start_latest: None,
        justification_required: false,
        may_give: true,
        ..storage.clone()
    };
    vec![hostile, storage]
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
        active_from: None,
        active_until: None,
        ended_at: None,
        failure: None,
        needed: 1,
        approvers: vec!["user:carol@example.com".into()],
        votes: Vec::new(),
        bindings: Vec::new(),
        extends: None,
        request_hash: "a".repeat(64),
        may_decide: false,
        url: format!("{url}/grants/{PENDING}"),
    }
}

pub(crate) fn active(url: &str) -> Grant {
    Grant {
        id: ACTIVE.into(),
        state: "ACTIVE".into(),
        active_from: Some("2026-11-21T09:58:00Z".into()),
        active_until: Some("2026-11-21T10:28:00Z".into()),
        votes: vec![Vote {
            person: "carol@example.com".into(),
            word: "approve".into(),
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
        expires: Some("4h".into()),
        beneficiary: Some("user:alice@example.com".into()),
        privileges: privileges(),
        duration: Some("30m".into()),
        start_at: None,
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
