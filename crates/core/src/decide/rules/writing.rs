//! What the requester must write: justification and inputs.

use std::collections::BTreeMap;

use super::Found;
use crate::decide::Rule;
use crate::entitlement::{Entitlement, InputValue};
use crate::justification::{Justification, printable};
use crate::request::{Ask, AskKind};

pub(super) fn justification(entitlement: &Entitlement, ask: &Ask) -> Found<Option<Justification>> {
    let rule = &entitlement.justification;
    let hint = rule
        .hint
        .as_deref()
        .unwrap_or("write one or two lines: the ticket, then why");
    let text = ask.justification.as_deref().unwrap_or_default();
    let read = rule.read(text);
    let justification = read.map_err(|detail| Rule::broken("justification", detail, hint))?;
    let detail = match &justification {
        Some(_) => "given",
        None => "none is required",
    };
    Ok((justification, Rule::kept("justification", detail.into())))
}

pub(super) fn inputs(entitlement: &Entitlement, ask: &Ask) -> Found<BTreeMap<String, InputValue>> {
    let broken = |detail: String, hint: &str| Rule::broken("inputs", detail, hint);
    // A gift answers to nobody's form.
    if matches!(ask.kind, AskKind::Give) {
        return Ok((
            BTreeMap::new(),
            Rule::kept("inputs", "none for a gift".into()),
        ));
    }
    if let Some(unknown) = ask
        .inputs
        .keys()
        .find(|name| !entitlement.inputs.iter().any(|input| input.name == **name))
    {
        let known = super::names(entitlement.inputs.iter().map(|input| input.name.clone()));
        let hint = if known.is_empty() {
            "it asks for no input".to_owned()
        } else {
            format!("it asks for {known}")
        };
        let detail = format!("there is no input '{}'", printable(unknown, 60));
        return Err(broken(detail, &hint));
    }
    let mut values = BTreeMap::new();
    // All that is wrong is told at once: nobody should mend one input to learn of the next.
    let (mut wrong, mut hints) = (Vec::new(), Vec::new());
    for input in &entitlement.inputs {
        let text = ask.inputs.get(&input.name).map_or("", |text| text.trim());
        if text.is_empty() {
            if input.required {
                let missing = format!("'{}' is missing", input.name);
                wrong.push(if input.title == input.name {
                    missing
                } else {
                    format!("{missing}: {}", input.title)
                });
                hints.push(format!("add --input {}=…", input.name));
            }
            continue;
        }
        match input.read(text) {
            Ok(value) => {
                values.insert(input.name.clone(), value);
            }
            Err(expected) => {
                wrong.push(format!("'{}' is {}", input.name, printable(text, 60)));
                hints.push(format!("expected {expected}"));
            }
        }
    }
    if !wrong.is_empty() {
        return Err(broken(wrong.join("; "), &hints.join("; ")));
    }
    let detail = match values.len() {
        0 => "none".to_owned(),
        count => format!("{count} given"),
    };
    Ok((values, Rule::kept("inputs", detail)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::entitlement::{Source, load};

    #[test]
    fn an_input_that_is_missing_is_named_once() {
        let text = "apiVersion: daypass/v1\nentitlements:\n  - id: one-two\n    requesters: [user:a@example.com]\n    privileges: [{resource: projects/p, roles: [roles/x]}]\n    approval: none\n    inputs: [{name: incident, required: true}, {name: cause, title: The cause, required: true}]\n";
        let source = Source {
            name: "a.yaml".into(),
            text: text.into(),
        };
        let catalogue = load(&[source]).unwrap();
        let entitlement = catalogue.iter().next().unwrap();
        let rule = inputs(entitlement, &Ask::new(entitlement.id.clone())).unwrap_err();
        assert_eq!(
            rule.detail,
            "'incident' is missing; 'cause' is missing: The cause"
        );
    }
}
