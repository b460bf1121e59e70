//! An entitlement on the wire.

use daypass_api as api;
use daypass_core::entitlement::{
    Approval, Input, InputKind, Privilege, ReviewRule, Selector, SlackMode,
};
use daypass_engine::EntitlementView;

use super::{break_glass, impersonation, names, step};

/// An entitlement as somebody sees it.
pub(crate) fn entitlement(view: &EntitlementView) -> api::Entitlement {
    let one = &view.entitlement;
    api::Entitlement {
        id: one.id.to_string(),
        title: one.title.clone(),
        description: one.description.clone(),
        owner: one.owner.as_ref().map(ToString::to_string),
        labels: one.labels.clone(),
        privileges: one.privileges.iter().map(privilege).collect(),
        min_duration: one.duration.min.to_string(),
        default_duration: one.duration.default.to_string(),
        max_duration: one.duration.max.to_string(),
        start_latest: one.start_latest.map(|ahead| ahead.to_string()),
        justification_required: one.justification.required,
        justification_hint: one.justification.hint.clone(),
        justification_pattern: one.justification.pattern.clone(),
        inputs: one.inputs.iter().map(input).collect(),
        approval: one.approval.as_ref().map(approval),
        break_glass: one.break_glass.as_ref().map(break_glass),
        review: one
            .break_glass
            .as_ref()
            .map(|rule| review_terms(&rule.review)),
        notify: one.notify.clone(),
        slack: match one.slack {
            SlackMode::Approve => "approve",
            SlackMode::Confirm => "confirm",
            SlackMode::Notify => "notify",
        }
        .to_owned(),
        may_request: view.may_request,
        may_give: view.may_give,
        may_approve: view.may_approve,
    }
}

/// The review that an emergency owes.
pub(super) fn review_terms(rule: &ReviewRule) -> api::ReviewTerms {
    api::ReviewTerms {
        by: names(&rule.by),
        within: rule.within.to_string(),
    }
}

fn privilege(one: &Privilege) -> api::Privilege {
    let roles = one.roles().iter().map(ToString::to_string).collect();
    match one {
        Privilege::Resource(one) => api::Privilege {
            resource: Some(one.resource.to_string()),
            target: (one.target != one.resource).then(|| one.target.to_string()),
            roles,
            condition: one
                .condition
                .as_ref()
                .map(|condition| condition.as_str().to_owned()),
            ..api::Privilege::default()
        },
        Privilege::Projects(one) => api::Privilege {
            projects: Some(selector(&one.selector)),
            roles,
            condition: one
                .condition
                .as_ref()
                .map(|condition| condition.as_str().to_owned()),
            ..api::Privilege::default()
        },
        Privilege::Impersonation(one) => api::Privilege {
            impersonate: Some(impersonation(one)),
            ..api::Privilege::default()
        },
    }
}

fn selector(selector: &Selector) -> api::Selector {
    api::Selector {
        folder: selector.folder.to_string(),
        labels: selector.labels.clone(),
    }
}

fn input(input: &Input) -> api::Input {
    let (kind, values) = match &input.kind {
        InputKind::String => ("string", Vec::new()),
        InputKind::Integer => ("integer", Vec::new()),
        InputKind::Boolean => ("boolean", Vec::new()),
        InputKind::OneOf(words) => ("one of", words.clone()),
    };
    api::Input {
        name: input.name.clone(),
        kind: kind.to_owned(),
        values,
        title: input.title.clone(),
        pattern: input.pattern.clone(),
        required: input.required,
    }
}

fn approval(approval: &Approval) -> api::ApprovalTerms {
    api::ApprovalTerms {
        steps: approval
            .steps
            .iter()
            .enumerate()
            .map(|(index, one)| step::terms(index, one))
            .collect(),
        needed: approval.needed(),
        expires: approval.expires.to_string(),
        self_approval: approval.self_approval,
        comment_required: approval.justification_required,
    }
}
