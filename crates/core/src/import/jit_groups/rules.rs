//! The constraints of a group, and what is filled in for them.

use std::collections::BTreeMap;

use super::constraint::{Kind, Rule, Variable};
use super::expression::{Words, translate};
use crate::import::draft::{DraftConstraint, DraftInput};

/// Longest name of an input, in characters.
const LONGEST_INPUT_NAME: usize = 32;

/// What the requester fills in, by the names that the rules use.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) fields: Vec<DraftInput>,
    /// The bounds of numbers, which the fields themselves do not have.
    pub(super) bounds: Vec<DraftConstraint>,
    names: BTreeMap<String, String>,
}

impl Inputs {
    /// The variables of these rules. Two that share a name must be the same.
    pub(super) fn of<'r>(rules: impl Iterator<Item = &'r Rule>) -> Result<Self, String> {
        let mut inputs = Self::default();
        let mut known: BTreeMap<String, (&str, &Kind)> = BTreeMap::new();
        for variable in rules.flat_map(|rule| &rule.variables) {
            let name = snake_case(&variable.name);
            if name.len() > LONGEST_INPUT_NAME {
                return Err(format!(
                    "the variable '{}' has more than {LONGEST_INPUT_NAME} characters",
                    variable.name
                ));
            }
            match known.insert(name.clone(), (&variable.name, &variable.kind)) {
                None => inputs.add(variable, name),
                Some(first) if first == (variable.name.as_str(), &variable.kind) => {}
                Some((first, _)) => {
                    return Err(format!(
                        "the variables '{first}' and '{}' would be one input, and differ",
                        variable.name
                    ));
                }
            }
        }
        Ok(inputs)
    }

    fn add(&mut self, variable: &Variable, name: String) {
        let (kind, pattern) = match variable.kind {
            Kind::String(min, max) => ("string", length(min, max)),
            Kind::Integer(..) => ("integer", None),
            Kind::Boolean => ("boolean", None),
        };
        if let Kind::Integer(min, max) = variable.kind {
            self.bounds.push(DraftConstraint {
                name: format!("{}-in-range", name.replace('_', "-")),
                expression: format!("input.{name} >= {min} && input.{name} <= {max}"),
                message: Some(format!("{} is from {min} to {max}", title(variable))),
            });
        }
        self.fields.push(DraftInput {
            kind,
            title: variable.display_name.clone(),
            pattern,
            required: true,
            name: name.clone(),
        });
        self.names.insert(variable.name.clone(), name);
    }
}

fn title(variable: &Variable) -> &str {
    variable.display_name.as_deref().unwrap_or(&variable.name)
}

fn length(min: Option<u64>, max: Option<u64>) -> Option<String> {
    match (min.unwrap_or(0), max) {
        (0, None) => None,
        (min, None) => Some(format!("^.{{{min},}}$")),
        (min, Some(max)) => Some(format!("^.{{{min},{max}}}$")),
    }
}

/// `ticketNumber` as `ticket_number`: inputs are written in small letters.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut previous = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && previous.is_ascii_lowercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
        previous = c;
    }
    snake
}

/// The rules as constraints on this person. An error names the rule that has no counterpart.
pub(super) fn constraints(
    rules: &[Rule],
    prefix: &str,
    person: &'static str,
    group: [&str; 3],
    inputs: &Inputs,
) -> Result<Vec<DraftConstraint>, String> {
    let words = Words {
        person,
        group,
        inputs: &inputs.names,
    };
    rules
        .iter()
        .map(|rule| {
            let expression = translate(&rule.text, &rule.expression, &words).map_err(|why| {
                format!("the constraint '{}' has no counterpart: {why}", rule.name)
            })?;
            Ok(DraftConstraint {
                name: format!("{prefix}{}", rule.name.to_ascii_lowercase()),
                expression,
                message: rule.display_name.clone(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_inputs() {
        for (name, expected) in [
            ("ticket", "ticket"),
            ("testInt", "test_int"),
            ("JIRAKey", "jirakey"),
            ("a_b1", "a_b1"),
        ] {
            assert_eq!(snake_case(name), expected);
        }
    }
}
