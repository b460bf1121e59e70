//! What an entitlement's inputs are filled with: from the command line, or by asking.

use std::collections::BTreeMap;

use daypass_api::{Input, InputValue};
use daypass_core::entitlement::InputKind;
use dialoguer::Select;

use super::context::terminal_error;
use crate::error::Error;
use crate::output::visible;

/// What was written as `--input NAME=VALUE`, for the server: it reads each as the entitlement says.
pub(super) fn given(pairs: &[(String, String)]) -> Result<BTreeMap<String, InputValue>, Error> {
    let values = once(pairs)?.into_iter();
    Ok(values
        .map(|(name, value)| (name, InputValue::String(value)))
        .collect())
}

/// Each name with its value. A second value for a name is an error: nobody should guess which one counts.
pub(super) fn once(pairs: &[(String, String)]) -> Result<BTreeMap<String, String>, Error> {
    let mut given = BTreeMap::new();
    for (name, value) in pairs {
        let twice = given.insert(name.clone(), value.clone());
        if twice.is_some() {
            return Err(Error::Usage {
                message: format!("--input {} is there twice", visible(name)),
                hint: "give each input one value".into(),
            });
        }
    }
    Ok(given)
}

/// Asks for those that are not filled in yet. What need not be filled in may be left empty.
pub(super) fn complete(
    inputs: &[Input],
    given: &mut BTreeMap<String, InputValue>,
) -> Result<(), Error> {
    for input in inputs {
        if given.contains_key(&input.name) {
            continue;
        }
        if let Some(value) = ask(input)? {
            given.insert(input.name.clone(), InputValue::String(value));
        }
    }
    Ok(())
}

fn ask(input: &Input) -> Result<Option<String>, Error> {
    let truths = ["true".to_owned(), "false".to_owned()];
    let words: &[String] = match input.kind.as_str() {
        "boolean" => &truths,
        "one of" => &input.values,
        _ => return typed(input),
    };
    let mut shown: Vec<String> = words.iter().map(|word| visible(word)).collect();
    if !input.required {
        shown.insert(0, LEFT_EMPTY.into());
    }
    let chosen = Select::new()
        .with_prompt(visible(&input.title))
        .items(&shown)
        .default(0)
        .interact_opt()
        .map_err(terminal_error)?
        .ok_or(Error::Declined)?;
    Ok(if input.required {
        words.get(chosen).cloned()
    } else {
        let place = chosen.checked_sub(1);
        place.and_then(|place| words.get(place)).cloned()
    })
}

/// What is chosen to leave an input empty.
const LEFT_EMPTY: &str = "(none)";

fn typed(input: &Input) -> Result<Option<String>, Error> {
    let form = form(input);
    let mut notes: Vec<String> = match (input.kind.as_str(), &input.pattern) {
        ("integer", _) => vec!["a whole number".into()],
        (_, Some(pattern)) => vec![visible(pattern)],
        _ => Vec::new(),
    };
    if !input.required {
        notes.push("may be left empty".into());
    }
    let notes = match notes.as_slice() {
        [] => String::new(),
        notes => format!(" ({})", notes.join(", ")),
    };
    let text = dialoguer::Input::<String>::new()
        .with_prompt(format!("{}{notes}", visible(&input.title)))
        .allow_empty(!input.required)
        .validate_with(|text: &String| match text.trim() {
            "" if !form.required => Ok(()),
            text => match form.read(text) {
                Ok(_) => Ok(()),
                Err(expected) => Err(format!("expected {expected}")),
            },
        })
        .interact_text()
        .map_err(terminal_error)?;
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

/// The same rule that the server will apply.
fn form(input: &Input) -> daypass_core::entitlement::Input {
    daypass_core::entitlement::Input {
        name: input.name.clone(),
        kind: match input.kind.as_str() {
            "integer" => InputKind::Integer,
            _ => InputKind::String,
        },
        title: input.title.clone(),
        pattern: input.pattern.clone(),
        required: input.required,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn each_input_has_one_value() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let filled = given(&[pair("ticket", "INC-1"), pair("count", "3")]).unwrap();
        assert_eq!(filled["count"], InputValue::String("3".into()));
        let twice = given(&[pair("ticket", "INC-1"), pair("ticket", "INC-2")]).unwrap_err();
        assert_eq!(twice.to_string(), "--input ticket is there twice");
    }
}
