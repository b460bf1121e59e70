//! Entitlements for people.

use daypass_api::{ApprovalTerms, Entitlement, Privilege};

use super::{principal, privilege, short, table, visible};

/// Titles in a table are cut here; the entitlement's own page has them whole.
const LONGEST_TITLE: usize = 60;

/// One row each.
pub(crate) fn list(entitlements: &[Entitlement], width: Option<u16>) -> String {
    let rows = entitlements.iter().map(|entitlement| {
        vec![
            visible(&entitlement.id),
            short(&entitlement.title, LONGEST_TITLE),
            visible(&entitlement.max_duration),
            approval(entitlement.approval.as_ref()),
            rights(entitlement),
        ]
    });
    table::columns(
        &["ENTITLEMENT", "TITLE", "AT MOST", "APPROVAL", "YOU MAY"],
        rows.collect(),
        width,
    )
}

/// One in full.
pub(crate) fn detail(entitlement: &Entitlement, width: Option<u16>) -> String {
    let mut rows = vec![
        ("Entitlement", visible(&entitlement.id)),
        ("Title", visible(&entitlement.title)),
    ];
    if !entitlement.description.is_empty() {
        rows.push(("For", visible(&entitlement.description)));
    }
    rows.extend(
        entitlement
            .owner
            .iter()
            .map(|owner| ("Owner", principal(owner))),
    );
    rows.push((
        "Gives",
        entitlement
            .privileges
            .iter()
            .map(gives)
            .collect::<Vec<_>>()
            .join("\n"),
    ));
    rows.push((
        "Duration",
        format!(
            "{} to {}, {} if you do not say",
            visible(&entitlement.min_duration),
            visible(&entitlement.max_duration),
            visible(&entitlement.default_duration)
        ),
    ));
    if let Some(latest) = &entitlement.start_latest {
        rows.push(("Start", format!("now, or up to {} ahead", visible(latest))));
    }
    if entitlement.justification_required {
        rows.push((
            "Reason",
            match &entitlement.justification_hint {
                Some(hint) => format!("required: {}", visible(hint)),
                None => "required".into(),
            },
        ));
    }
    rows.push((
        "Approval",
        match &entitlement.approval {
            Some(terms) => {
                let approvers: Vec<_> = terms
                    .approvers
                    .iter()
                    .map(|approver| principal(approver))
                    .collect();
                format!(
                    "{} of {}, within {}",
                    terms.needed,
                    approvers.join(", "),
                    visible(&terms.expires)
                )
            }
            None => "nobody's".into(),
        },
    ));
    rows.push(("You may", rights(entitlement)));
    table::fields(rows, width)
}

fn gives(held: &Privilege) -> String {
    privilege::line(
        &held.roles,
        &held.resource,
        held.target.as_deref(),
        held.condition.as_deref(),
    )
}

fn approval(terms: Option<&ApprovalTerms>) -> String {
    match terms {
        None => "none".into(),
        Some(terms) => match terms.approvers.as_slice() {
            [only] => format!("{} of {}", terms.needed, principal(only)),
            several => format!("{} of {} listed", terms.needed, several.len()),
        },
    }
}

fn rights(entitlement: &Entitlement) -> String {
    let rights = [
        (entitlement.may_request, "request"),
        (entitlement.may_give, "give"),
        (entitlement.may_approve, "approve"),
    ];
    let held: Vec<_> = rights
        .into_iter()
        .filter_map(|(held, name)| held.then_some(name))
        .collect();
    if held.is_empty() {
        "see it".into()
    } else {
        held.join(", ")
    }
}
