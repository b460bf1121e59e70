//! Entitlements for people.

use daypass_api::{Entitlement, Input, Privilege, Selector};

use super::{explanation, principal, privilege, short, steps, table, visible};

/// Titles in a table are cut here; the entitlement's own page has them whole.
const LONGEST_TITLE: usize = 60;

/// One row each. What one may do is a column only where it differs from asking.
pub(crate) fn list(entitlements: &[Entitlement], width: Option<u16>) -> String {
    let all_ask = entitlements.iter().all(|entitlement| {
        entitlement.may_request && !entitlement.may_give && !entitlement.may_approve
    });
    let mut headings = vec!["ENTITLEMENT", "TITLE", "AT MOST", "APPROVAL"];
    let any_labels = entitlements
        .iter()
        .any(|entitlement| !entitlement.labels.is_empty());
    if any_labels {
        headings.push("LABELS");
    }
    if !all_ask {
        headings.push("YOU MAY");
    }
    let rows = entitlements.iter().map(|entitlement| {
        let mut row = vec![
            visible(&entitlement.id),
            short(&entitlement.title, LONGEST_TITLE),
            visible(&entitlement.max_duration),
            approval(entitlement),
        ];
        if any_labels {
            row.push(labels(entitlement));
        }
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
    if !entitlement.labels.is_empty() {
        rows.push(("Labels", labels(entitlement)));
    }
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
            match writing(entitlement) {
                Some(what) => format!("required: {what}"),
                None => "required".into(),
            },
        ));
    }
    if !entitlement.inputs.is_empty() {
        let inputs: Vec<_> = entitlement.inputs.iter().map(input).collect();
        rows.push(("Inputs", inputs.join("\n")));
    }
    if let Some(emergency) = &entitlement.break_glass {
        rows.push(("Emergency", explanation::called(emergency)));
        let review = entitlement.review.iter();
        rows.extend(review.map(|review| ("Review", explanation::owed(review))));
    } else {
        rows.push(("Approval", self::agreement(entitlement)));
    }
    rows.push(("You may", rights(entitlement)));
    table::fields(rows, width)
}

fn gives(held: &Privilege) -> String {
    if let Some(account) = &held.impersonate {
        return privilege::account(account);
    }
    let place = match (&held.resource, &held.projects) {
        (Some(resource), _) => visible(resource),
        (None, Some(selector)) => projects(selector),
        (None, None) => String::new(),
    };
    privilege::line(
        &held.roles,
        &place,
        held.target.as_deref(),
        held.condition.as_deref(),
    )
}

fn projects(selector: &Selector) -> String {
    let labels: Vec<_> = selector
        .labels
        .iter()
        .map(|(label, value)| format!("{}={}", visible(label), visible(value)))
        .collect();
    let with = if labels.is_empty() {
        String::new()
    } else {
        format!(" with {}", labels.join(", "))
    };
    format!("all projects below {}{with}", visible(&selector.folder))
}

/// `ticket: Ticket (^INC-[0-9]+$), required`.
fn input(input: &Input) -> String {
    let form = match (input.kind.as_str(), &input.pattern) {
        ("integer", _) => "a whole number".to_owned(),
        ("boolean", _) => "true or false".to_owned(),
        ("one of", _) => {
            let words: Vec<_> = input.values.iter().map(|word| visible(word)).collect();
            format!("one of {}", words.join(", "))
        }
        (_, Some(pattern)) => format!("text that matches {}", visible(pattern)),
        _ => "text".to_owned(),
    };
    let need = if input.required { "" } else { ", optional" };
    format!(
        "{}: {} ({form}{need})",
        visible(&input.name),
        visible(&input.title)
    )
}

fn agreement(entitlement: &Entitlement) -> String {
    let Some(terms) = &entitlement.approval else {
        return "nobody's".into();
    };
    let own = if terms.self_approval {
        "\nyour own word counts, where you are among them"
    } else {
        ""
    };
    let comment = if terms.comment_required {
        "\nwhoever approves must say why"
    } else {
        ""
    };
    format!(
        "{}\nwithin {}{own}{comment}",
        steps::terms(&terms.steps),
        visible(&terms.expires)
    )
}

/// How many must agree; who they may be is on the entitlement's own page, for the names are long.
fn approval(entitlement: &Entitlement) -> String {
    let Some(terms) = &entitlement.approval else {
        return if entitlement.break_glass.is_some() {
            "none: emergency".into()
        } else {
            "none".into()
        };
    };
    let steps = match terms.steps.len() {
        0 | 1 => String::new(),
        steps => format!(" in {steps} steps"),
    };
    match terms.needed {
        0 => "none".into(),
        1 => "1 person".into(),
        needed => format!("{needed} people{steps}"),
    }
}

/// `tier=prod, team=sre`.
fn labels(entitlement: &Entitlement) -> String {
    let labels = entitlement
        .labels
        .iter()
        .map(|(name, value)| format!("{}={}", visible(name), visible(value)));
    labels.collect::<Vec<_>>().join(", ")
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

/// What to write as the reason: in the entitlement's own words, or the pattern.
pub(crate) fn writing(entitlement: &Entitlement) -> Option<String> {
    let hint = entitlement.justification_hint.as_deref().map(visible);
    let pattern = entitlement.justification_pattern.as_deref();
    hint.or_else(|| pattern.map(|pattern| format!("text that matches {}", visible(pattern))))
}
