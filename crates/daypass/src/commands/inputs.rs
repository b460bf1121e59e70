//! What an entitlement's inputs are filled with: from the command line, or by asking.

use std::collections::BTreeMap;

use daypass_api::{Input, InputValue};
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

/// Asks for the ones that must be filled in and are not.
pub(super) fn complete(
    inputs: &[Input],
    given: &mut BTreeMap<String, InputValue>,
) -> Result<(), Error> {
    for input in inputs {
        if input.required && !given.contains_key(&input.name) {
            let value = ask(input)?;
            given.insert(input.name.clone(), InputValue::String(value));
        }
    }
    Ok(())
}

fn ask(input: &Input) -> Result<String, Error> {
    let truths = ["true".to_owned(), "false".to_owned()];
    let words: &[String] = match input.kind.as_str() {
        "boolean" => &truths,
        "one of" => &input.values,
        _ => return typed(input),
    };
    let shown: Vec<String> = words.iter().map(|word| visible(word)).collect();
    let chosen = Select::new()
        .with_prompt(visible(&input.title))
        .items(&shown)
        .default(0)
        .interact_opt()
        .map_err(terminal_error)?;
    chosen
        .and_then(|index| words.get(index).cloned())
        .ok_or(Error::Declined)
}

fn typed(input: &Input) -> Result<String, Error> {
    let form = match (input.kind.as_str(), &input.pattern) {
        ("integer", _) => " (a whole number)".to_owned(),
        (_, Some(pattern)) => format!(" ({})", visible(pattern)),
        _ => String::new(),
    };
    dialoguer::Input::<String>::new()
        .with_prompt(format!("{}{form}", visible(&input.title)))
        .interact_text()
        .map_err(terminal_error)
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
