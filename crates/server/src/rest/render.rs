//! From the words of the core to the wire.

use daypass_api as api;
use daypass_core::approval::Word;
use daypass_core::audit::Recorded;
use daypass_core::condition::Window;
use daypass_core::decide::{Decision, Outcome};
use daypass_core::grant::{Grant, GrantedPrivilege, Origin, Seen, Terms};
use daypass_core::principal::Principal;
use daypass_engine::{EntitlementView, GrantView};
use jiff::Timestamp;

use crate::app::App;
use crate::surface::rule;

/// A grant as somebody sees it.
pub(crate) fn grant_view(app: &App, view: &GrantView) -> api::Grant {
    api::Grant {
        may_decide: view.may_decide,
        ..grant(app, &view.grant)
    }
}

/// A grant after its own caller changed it: who asked, decided or ended it has nothing left to decide.
pub(crate) fn grant(app: &App, grant: &Grant) -> api::Grant {
    let terms = &grant.terms;
    api::Grant {
        id: grant.id.to_string(),
        state: grant.state.to_string(),
        entitlement: terms.entitlement.to_string(),
        title: terms.title.clone(),
        origin: match terms.origin {
            Origin::Requested => "requested",
            Origin::Given => "given",
            Origin::Extension { .. } => "extension",
        }
        .to_owned(),
        requester: terms.requester.email.to_string(),
        beneficiary: terms.beneficiary.to_string(),
        privileges: terms.privileges.iter().map(privilege).collect(),
        duration: terms.duration.to_string(),
        justification: terms.justification.as_ref().map(ToString::to_string),
        created_at: grant.created_at.to_string(),
        start_at: terms.start_at.map(|at| at.to_string()),
        decide_by: grant.decide_by.map(|at| at.to_string()),
        active_from: grant.window.map(|window| window.start.to_string()),
        active_until: grant.window.map(|window| window.end.to_string()),
        ended_at: grant.ended_at.map(|at| at.to_string()),
        failure: grant.failure.clone(),
        needed: grant
            .approval
            .as_ref()
            .map_or(0, |approval| approval.needed),
        approvers: grant
            .approval
            .iter()
            .flat_map(|approval| names(&approval.approvers))
            .collect(),
        votes: grant
            .votes
            .iter()
            .map(|vote| api::Vote {
                person: vote.person.email.to_string(),
                word: match vote.word {
                    Word::Approve => "approve",
                    Word::Deny => "deny",
                }
                .to_owned(),
                comment: vote.comment.clone(),
                channel: wire_name(&vote.channel),
                at: vote.at.to_string(),
            })
            .collect(),
        bindings: grant
            .bindings
            .iter()
            .map(|binding| api::Binding {
                resource: binding.resource.to_string(),
                role: binding.own.role.to_string(),
                member: binding.own.member.to_string(),
                seen: match binding.seen {
                    Seen::Unknown => "UNKNOWN",
                    Seen::Present => "PRESENT",
                    Seen::Absent => "ABSENT",
                }
                .to_owned(),
            })
            .collect(),
        extends: match &terms.origin {
            Origin::Extension { parent, end, .. } => Some(api::Extends {
                grant: parent.to_string(),
                until: end.to_string(),
            }),
            Origin::Requested | Origin::Given => None,
        },
        request_hash: grant.request_hash().to_string(),
        may_decide: false,
        url: app.address(&format!("/grants/{}", grant.id)),
    }
}

fn privilege(privilege: &GrantedPrivilege) -> api::GrantedPrivilege {
    api::GrantedPrivilege {
        resource: privilege.resource.to_string(),
        target: (privilege.target != privilege.resource).then(|| privilege.target.to_string()),
        role: privilege.role.to_string(),
        condition: privilege
            .condition
            .as_ref()
            .map(|condition| condition.as_str().to_owned()),
    }
}

/// An entitlement as somebody sees it.
pub(crate) fn entitlement(view: &EntitlementView) -> api::Entitlement {
    let one = &view.entitlement;
    api::Entitlement {
        id: one.id.to_string(),
        title: one.title.clone(),
        description: one.description.clone(),
        owner: one.owner.as_ref().map(ToString::to_string),
        privileges: one
            .privileges
            .iter()
            .map(|privilege| api::Privilege {
                resource: privilege.resource.to_string(),
                target: (privilege.target != privilege.resource)
                    .then(|| privilege.target.to_string()),
                roles: privilege.roles.iter().map(ToString::to_string).collect(),
                condition: privilege
                    .condition
                    .as_ref()
                    .map(|condition| condition.as_str().to_owned()),
            })
            .collect(),
        min_duration: one.duration.min.to_string(),
        default_duration: one.duration.default.to_string(),
        max_duration: one.duration.max.to_string(),
        start_latest: one.start_latest.map(|ahead| ahead.to_string()),
        justification_required: one.justification.required,
        justification_hint: one.justification.hint.clone(),
        approval: one.approval.as_ref().map(|approval| api::ApprovalTerms {
            approvers: names(&approval.approvers).collect(),
            needed: approval.needed,
            expires: approval.expires.to_string(),
        }),
        may_request: view.may_request,
        may_give: view.may_give,
        may_approve: view.may_approve,
    }
}

/// A verdict with its reasons.
pub(crate) fn explanation(decision: &Decision, now: Timestamp) -> api::Explanation {
    let (word, approval) = match &decision.outcome {
        Outcome::Denied => ("denied", None),
        Outcome::NeedsApproval(approval) => ("needs-approval", Some(approval)),
        Outcome::Granted => ("granted", None),
    };
    let terms = decision.terms.as_ref();
    api::Explanation {
        decision: word.to_owned(),
        rules: decision.rules.iter().map(rule).collect(),
        approvers: decision.approvers.iter().map(ToString::to_string).collect(),
        needed: approval.map_or(0, |approval| approval.needed),
        expires: approval.map(|approval| approval.expires.to_string()),
        beneficiary: terms.map(|terms| terms.beneficiary.to_string()),
        privileges: terms
            .iter()
            .flat_map(|terms| terms.privileges.iter().map(privilege))
            .collect(),
        duration: terms.map(|terms| terms.duration.to_string()),
        start_at: terms
            .and_then(|terms| terms.start_at)
            .map(|at| at.to_string()),
        conditions: terms
            .map(|terms| conditions(terms, now))
            .unwrap_or_default(),
    }
}

/// The conditions that would be written, each once, with the window that an activation now would have.
fn conditions(terms: &Terms, now: Timestamp) -> Vec<String> {
    let window = match &terms.origin {
        Origin::Extension { start, end, .. } => Window::new(*start, *end),
        Origin::Requested | Origin::Given => {
            let start = terms.start_at.map_or(now, |at| at.max(now));
            terms
                .duration
                .after(start)
                .and_then(|end| Window::new(start, end))
        }
    };
    let Ok(window) = window else {
        return Vec::new();
    };
    let mut conditions: Vec<String> = Vec::new();
    for privilege in &terms.privileges {
        let expression = window.expression(privilege.condition.as_ref());
        if !conditions.contains(&expression) {
            conditions.push(expression);
        }
    }
    conditions
}

/// An entry of the audit trail.
pub(crate) fn audit_entry(recorded: &Recorded) -> api::AuditEntry {
    let entry = &recorded.entry;
    api::AuditEntry {
        sequence: recorded.sequence,
        at: entry.at.to_string(),
        actor: entry.actor.to_string(),
        channel: wire_name(&entry.actor.channel),
        action: entry.action.as_str(),
        grant: entry.grant.map(|id| id.to_string()),
        detail: serde_json::Value::Object(entry.detail.clone()),
        chain: wire_name(&recorded.chain),
    }
}

fn names(principals: &[Principal]) -> impl Iterator<Item = String> {
    principals.iter().map(ToString::to_string)
}

/// The text that a value of the core is in the record.
fn wire_name<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}
