//! Entitlements for people.

use daypass_api::{ApprovalTerms, Entitlement, Privilege};

use super::{principal, privilege, short, table, visible};

/// Titles in a table are cut here; the entitlement's own page has them whole.
const LONGEST_TITLE: usize = 60;

/// One row each. What one may do is a column only where it differs from asking.
pub(crate) fn list(entitlements: &[Entitlement], width: Option<u16>) -> String {
    let all_ask = entitlements.iter().all(|entitlement| {
        entitlement.may_request && !entitlement.may_give && !entitlement.may_approve
    });
    let mut headings = vec!["ENTITLEMENT", "TITLE", "AT MOST", "APPROVAL"];
    if !all_ask {
        headings.push("YOU MAY");
    }
    let rows = entitlements.iter().map(|entitlement| {
        let mut row = vec![
            visible(&entitlement.id),
            short(&entitlement.title, LONGEST_TITLE),
            visible(&entitlement.max_duration),
            approval(entitlement.approval.as_ref()),
        ];
        if !all_ask {
            row.push(rights(entitlement));
        }
        row
    });
    table::columns(&headings, rows.collect(), width)
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

/// How many must agree; who they may be is on the entitlement's own page, for the names are long.
fn approval(terms: Option<&ApprovalTerms>) -> String {
    match terms.map(|terms| terms.needed) {
        None | Some(0) => "none".into(),
        Some(1) => "1 person".into(),
        Some(needed) => format!("{needed} people"),
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
