//! Conditions in CEL on the request and on the approval.

use std::collections::BTreeMap;

use super::reader::Reader;
use crate::cel::Span;
use crate::constraint::{Constraint, Declared, InputType};
use crate::entitlement::Input;
use crate::entitlement::raw::RawConstraint;
use crate::justification::printable;

/// Most constraints of one list.
const MOST_CONSTRAINTS: usize = 20;

impl Reader<'_> {
    /// The constraints under `path`; in those of an approval there is an approver to ask about. Without `inputs` these
    /// had mistakes themselves, and nothing is said of what a constraint asks of them.
    pub(super) fn constraints(
        &mut self,
        path: &str,
        raw: &[RawConstraint],
        inputs: Option<&[Input]>,
        approver: bool,
    ) -> Option<Vec<Constraint>> {
        let declared = Declared {
            inputs: inputs
                .unwrap_or_default()
                .iter()
                .map(|input| (input.name.clone(), InputType::from(&input.kind)))
                .collect::<BTreeMap<_, _>>(),
            approver,
        };
        let mut constraints: Vec<Constraint> = Vec::new();
        let mut all = true;
        for (index, one) in raw.iter().enumerate() {
            self.place(format!("{path}[{index}]"), &one.expression);
            match self.constraint(one, &declared, inputs.is_some()) {
                Some(constraint) if constraints.len() == MOST_CONSTRAINTS => {
                    let message = format!("more than {MOST_CONSTRAINTS} constraints");
                    self.note(&one.name, message, "join some of them with &&");
                    let _ = constraint;
                    return None;
                }
                Some(constraint)
                    if constraints
                        .iter()
                        .any(|other| other.name() == constraint.name()) =>
                {
                    let message = format!("the constraint '{}' is there twice", constraint.name());
                    self.note(&one.name, message, "rename one");
                    all = false;
                }
                Some(constraint) => constraints.push(constraint),
                None => all = false,
            }
        }
        all.then_some(constraints)
    }

    fn constraint(
        &mut self,
        raw: &RawConstraint,
        declared: &Declared,
        inputs_are_known: bool,
    ) -> Option<Constraint> {
        let name = &raw.name.value;
        let fits = (1..=63).contains(&name.len())
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !fits {
            self.note(
                &raw.name,
                format!("'{}' is not the name of a constraint", printable(name, 70)),
                "use at most 63 of a-z, 0-9 and -",
            );
            return None;
        }
        let message = raw.message.as_deref().map_or_else(
            || format!("{name} does not hold"),
            |text| printable(text, 300),
        );
        match Constraint::parse(name, &raw.expression.value, &message, declared) {
            Ok(constraint) => Some(constraint),
            Err(error)
                if !inputs_are_known && is_about_inputs(&raw.expression.value, error.span) =>
            {
                None
            }
            Err(error) => {
                let hint = error
                    .hint
                    .as_deref()
                    .unwrap_or("docs/entitlements.md lists what a constraint can ask about");
                self.note_within(&raw.expression, error.span, &error.message, hint);
                None
            }
        }
    }
}

/// Whether the place is an input, or all of them.
fn is_about_inputs(expression: &str, place: Span) -> bool {
    expression
        .get(place.start..place.end)
        .and_then(|text| text.strip_prefix("input"))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
