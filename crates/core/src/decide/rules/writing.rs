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
    let broken = |detail: String| Rule::broken("justification", detail, hint);
    let text = ask
        .justification
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let Some(text) = text else {
        return if rule.required {
            Err(broken("a justification is required".into()))
        } else {
            Ok((None, Rule::kept("justification", "none is required".into())))
        };
    };
    let parsed = Justification::parse(text).map_err(|error| broken(error.to_string()))?;
    if let Some(pattern) = &rule.pattern {
        // The loader compiled it; one that does not compile denies.
        let found = regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(parsed.as_str()));
        if !found {
            return Err(broken(format!(
                "the justification does not match {pattern}"
            )));
        }
    }
    Ok((Some(parsed), Rule::kept("justification", "given".into())))
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
    for input in &entitlement.inputs {
        let text = ask
            .inputs
            .get(&input.name)
            .map(|text| text.trim())
            .filter(|text| !text.is_empty());
        let Some(text) = text else {
            if input.required {
                let hint = format!("add --input {}=…", input.name);
                return Err(broken(
                    format!("'{}' is missing: {}", input.name, input.title),
                    &hint,
                ));
            }
            continue;
        };
        let value = input.read(text).map_err(|expected| {
            let detail = format!("'{}' is {}", input.name, printable(text, 60));
            broken(detail, &format!("expected {expected}"))
        })?;
        values.insert(input.name.clone(), value);
    }
    let detail = match values.len() {
        0 => "none".to_owned(),
        count => format!("{count} given"),
    };
    Ok((values, Rule::kept("inputs", detail)))
}
