//! From the words of the core to the wire.

mod blast_radius;
mod entitlement;
mod explanation;
mod step;

use std::collections::BTreeMap;

use daypass_api as api;
use daypass_core::approval::Word;
use daypass_core::audit::Recorded;
use daypass_core::entitlement::{BreakGlass, Impersonation, InputValue, Via};
use daypass_core::grant::{Grant, GrantedPrivilege, Origin, Review, Seen};
use daypass_core::principal::Principal;
use daypass_engine::GrantView;

use crate::app::App;

pub(crate) use blast_radius::{blast_radius, without_other_grants};
pub(crate) use entitlement::entitlement;
pub use explanation::explanation;

/// A grant as somebody sees it.
pub(crate) fn grant_view(app: &App, view: &GrantView) -> api::Grant {
    api::Grant {
        may_decide: view.may_decide,
        may_deny: view.may_deny,
        may_review: view.may_review,
        ..grant(app, &view.grant)
    }
}

/// A grant after its own caller changed it: who asked, decided or ended it has nothing left to decide.
pub(crate) fn grant(app: &App, grant: &Grant) -> api::Grant {
    let (terms, now) = (&grant.terms, app.engine.now());
    let approval = grant.approval.as_ref();
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
        impersonations: terms.impersonations.iter().map(impersonation).collect(),
        duration: terms.duration.to_string(),
        justification: terms.justification.as_ref().map(ToString::to_string),
        inputs: inputs(&terms.inputs),
        break_glass: terms.break_glass.as_ref().map(break_glass),
        review: grant
            .review
            .as_ref()
            .map(|one| review(one, grant.is_debt(now))),
        created_at: grant.created_at.to_string(),
        start_at: terms.start_at.map(|at| at.to_string()),
        decide_by: grant.decide_by.map(|at| at.to_string()),
        decided_anew_at: grant.decided_anew_at.map(|at| at.to_string()),
        active_from: grant.window.map(|window| window.start.to_string()),
        active_until: grant.window.map(|window| window.end.to_string()),
        ended_at: grant.ended_at.map(|at| at.to_string()),
        last_token_ends: grant.tokens_end().map(|at| at.to_string()),
        failure: grant.failure.clone(),
        needed: approval.map_or(0, daypass_core::entitlement::Approval::needed),
        approvers: approval
            .map(|approval| distinct(approval.everybody()))
            .unwrap_or_default(),
        steps: step::of_grant(grant, now),
        comment_required: approval.is_some_and(|approval| approval.justification_required),
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
                step: step::number(vote.step),
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
        blast_radius: None,
        request_hash: grant.request_hash().to_string(),
        may_decide: false,
        may_deny: false,
        may_review: false,
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

fn impersonation(one: &Impersonation) -> api::Impersonation {
    api::Impersonation {
        service_account: one.service_account.to_string(),
        via: match one.via {
            Via::Broker => "broker",
            Via::Binding => "binding",
        }
        .to_owned(),
        token_max: one.token_max.to_string(),
    }
}

fn inputs(inputs: &BTreeMap<String, InputValue>) -> BTreeMap<String, api::InputValue> {
    let value = |value: &InputValue| match value {
        InputValue::Boolean(value) => api::InputValue::Boolean(*value),
        InputValue::Integer(value) => api::InputValue::Integer(*value),
        InputValue::String(value) => api::InputValue::String(value.clone()),
    };
    inputs
        .iter()
        .map(|(name, given)| (name.clone(), value(given)))
        .collect()
}

fn break_glass(rule: &BreakGlass) -> api::BreakGlass {
    api::BreakGlass {
        page: rule.page.clone(),
    }
}

fn review(review: &Review, overdue: bool) -> api::Review {
    api::Review {
        by: names(&review.by),
        due_at: review.due_at.to_string(),
        overdue,
        done: review.done.as_ref().map(|done| api::ReviewWord {
            person: done.person.email.to_string(),
            justified: done.justified,
            comment: done.comment.clone(),
            at: done.at.to_string(),
        }),
    }
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

fn names(principals: &[Principal]) -> Vec<String> {
    principals.iter().map(ToString::to_string).collect()
}

/// Each of them once, in order.
fn distinct<'a>(principals: impl Iterator<Item = &'a Principal>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in principals.map(ToString::to_string) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The text that a value of the core is in the record.
fn wire_name<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}
