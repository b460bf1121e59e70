//! The fields of a request: one for each input of the entitlement.

use std::collections::BTreeMap;

use daypass_core::entitlement::{Input, InputKind};

/// What the names of the inputs' fields begin with, so that none can be taken for another field of the form.
pub(super) const PREFIX: &str = "input.";

/// One field.
pub(crate) struct FieldRow {
    pub(super) name: String,
    pub(super) title: String,
    /// What may be written, in words.
    pub(super) form: Option<String>,
    /// The words to choose from.
    pub(super) choices: Option<Vec<Choice>>,
    pub(super) is_number: bool,
    pub(super) required: bool,
    pub(super) value: String,
    /// What is wrong with what was sent.
    pub(super) problem: Option<String>,
}

/// One word to choose.
pub(crate) struct Choice {
    pub(super) value: String,
    pub(super) words: String,
    pub(super) is_chosen: bool,
}

impl FieldRow {
    /// The empty fields.
    pub(super) fn of(inputs: &[Input]) -> Vec<Self> {
        let nothing = BTreeMap::new();
        inputs
            .iter()
            .map(|input| Self::filled(input, &nothing))
            .collect()
    }

    /// The fields as they were sent, each with what is wrong with it.
    pub(super) fn checked(inputs: &[Input], sent: &BTreeMap<String, String>) -> Vec<Self> {
        let field = |input: &Input| {
            let text = sent.get(&input.name).map(|text| text.trim());
            let problem = match text.filter(|text| !text.is_empty()) {
                None => input.required.then(|| "It must be filled in.".to_owned()),
                Some(text) => input
                    .read(text)
                    .err()
                    .map(|expected| format!("Write {expected}.")),
            };
            Self {
                problem,
                ..Self::filled(input, sent)
            }
        };
        inputs.iter().map(field).collect()
    }

    fn filled(input: &Input, sent: &BTreeMap<String, String>) -> Self {
        let value = sent.get(&input.name).cloned().unwrap_or_default();
        let choice = |word: &str, words: &str| Choice {
            value: word.to_owned(),
            words: words.to_owned(),
            is_chosen: word == value,
        };
        let choices = match &input.kind {
            InputKind::OneOf(words) => Some(words.iter().map(|word| choice(word, word)).collect()),
            InputKind::Boolean => Some(vec![choice("true", "yes"), choice("false", "no")]),
            InputKind::String | InputKind::Integer => None,
        };
        let form = match (&input.kind, &input.pattern) {
            (InputKind::Integer, _) => Some("a whole number".to_owned()),
            (InputKind::String, Some(pattern)) => Some(format!("must match {pattern}")),
            _ => None,
        };
        Self {
            name: format!("{PREFIX}{}", input.name),
            title: input.title.clone(),
            form,
            choices,
            is_number: input.kind == InputKind::Integer,
            required: input.required,
            value,
            problem: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, kind: InputKind, pattern: Option<&str>, required: bool) -> Input {
        Input {
            name: name.into(),
            kind,
            title: name.to_uppercase(),
            pattern: pattern.map(Into::into),
            required,
        }
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it_and_keeps_what_was_typed() {
        let inputs = [
            input("ticket", InputKind::String, Some("^INC-[0-9]+$"), true),
            input("count", InputKind::Integer, None, false),
            input(
                "severity",
                InputKind::OneOf(vec!["low".into(), "high".into()]),
                None,
                true,
            ),
            input("paged", InputKind::Boolean, None, false),
        ];
        let sent = [("ticket", "INC-x"), ("count", "3"), ("severity", " ")];
        let sent = sent.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let rows = FieldRow::checked(&inputs, &sent.into_iter().collect());
        let problems: Vec<_> = rows.iter().map(|row| row.problem.as_deref()).collect();
        assert_eq!(
            problems,
            [
                Some("Write text that matches ^INC-[0-9]+$."),
                None,
                Some("It must be filled in."),
                None
            ]
        );
        assert_eq!(
            (rows[0].value.as_str(), rows[1].value.as_str()),
            ("INC-x", "3")
        );
        assert!(
            FieldRow::of(&inputs)
                .iter()
                .all(|row| row.problem.is_none())
        );
    }
}
