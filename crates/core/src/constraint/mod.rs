//! Constraints: conditions in CEL on who asks for what, when and why, and on who approves.
//!
//! A constraint is compiled once, when it is loaded: read by our own bounded parser ([`crate::cel`]), checked against the
//! types of what there is to ask about, priced, and turned into a tree that the `cel` crate evaluates. What is unknown,
//! of the wrong type or too costly is an error at its place in the file. What goes wrong later, when it is asked, is an
//! error too, and whoever asks denies.
//!
//! | name | type | meaning |
//! |---|---|---|
//! | `request.time`, `request.start` | timestamp | now; when the access would begin |
//! | `request.duration` | duration | how long it would last |
//! | `request.reason` | string | the justification, `''` if there is none |
//! | `request.beneficiary` | string | who receives it, such as `user:a@example.com` |
//! | `request.kind` | string | `request`, `extend` or `give` |
//! | `requester.email`, `.domain`, `.groups` | string, string, list of string | who asks |
//! | `resource.name`, `.kind`, `.roles` | string, string, list of string | one of the resources; the constraint must hold for each |
//! | `input.NAME` | as declared | what was filled in; `has(input.NAME)` if it need not be |
//! | `approver.email`, `.domain`, `.groups` | string, string, list of string | who approves, in an approval's constraints |

mod calls;
mod code;
mod collections;
mod compile;
mod error;
mod evaluate;
mod functions;
mod loops;
mod operators;
mod shape;
mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use self::compile::Program;
pub use self::error::ConstraintError;
use self::evaluate::Failure;
pub use self::variables::{
    Declared, InputType, MAX_ELEMENT_BYTES, MAX_INPUT_BYTES, MAX_LIST, MAX_NAME_BYTES,
    MAX_REASON_BYTES, PersonFacts, RequestFacts, ResourceFacts, Variables,
};
use crate::cel::Span;

/// Longest expression, in bytes.
pub const MAX_SOURCE_BYTES: usize = 1_024;

/// Most levels of an expression.
pub const MAX_DEPTH: usize = 24;

/// Most parts (names, values, operators, calls) of an expression.
pub const MAX_NODES: usize = 64;

/// The most steps that an expression may take over lists and texts of the greatest length. A step is about the work of
/// one operator; all of them stay far below 20 ms, in an unoptimised build too.
pub const MAX_STEPS: u64 = 30_000;

/// A named condition that must hold.
///
/// It is its text and what that text may ask about: two constraints are equal when these are, and these are what is
/// stored. The compiled form is kept beside it, shared by clones, and made when it is first needed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Constraint {
    stored: Arc<Stored>,
    compiled: Arc<OnceLock<Result<Program, ConstraintError>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stored {
    name: String,
    expression: String,
    message: String,
    /// Those inputs that the expression asks for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    inputs: BTreeMap<String, InputType>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    approver: bool,
}

impl From<Stored> for Constraint {
    fn from(stored: Stored) -> Self {
        Self {
            stored: Arc::new(stored),
            compiled: Arc::new(OnceLock::new()),
        }
    }
}

impl From<Constraint> for Stored {
    fn from(constraint: Constraint) -> Self {
        Arc::unwrap_or_clone(constraint.stored)
    }
}

impl PartialEq for Constraint {
    fn eq(&self, other: &Self) -> bool {
        self.stored == other.stored
    }
}

impl Eq for Constraint {}

impl fmt::Debug for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stored.fmt(f)
    }
}

impl Constraint {
    /// Compiles a constraint and tries it on sample facts. `message` is for the person who is refused.
    pub fn parse(
        name: &str,
        expression: &str,
        message: &str,
        declared: &Declared,
    ) -> Result<Self, ConstraintError> {
        let program = compile::compile(expression, declared)?;
        // The checks above know all types. Should the crate know better, that must not be found out at a request.
        if let Err(Failure::Types(reason)) = evaluate::run(&program, &Variables::sample(declared)) {
            let whole = Span {
                start: 0,
                end: expression.len(),
            };
            return Err(ConstraintError::new(
                format!("this cannot be evaluated: {reason}"),
                whole,
            ));
        }
        let asks_for = |input: &str| {
            program.uses.contains(&format!("input.{input}"))
                || program.uses.contains(&format!("has(input.{input})"))
        };
        let stored = Stored {
            name: name.to_owned(),
            expression: expression.to_owned(),
            message: message.to_owned(),
            inputs: declared
                .inputs
                .iter()
                .filter(|(input, _)| asks_for(input))
                .map(|(input, kind)| (input.clone(), *kind))
                .collect(),
            approver: declared.approver && uses_root(&program, "approver"),
        };
        Ok(Self {
            stored: Arc::new(stored),
            compiled: Arc::new(OnceLock::from(Ok(program))),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.stored.name
    }

    /// Its text.
    pub fn expression(&self) -> &str {
        &self.stored.expression
    }

    /// What to tell a person whom it refuses.
    pub fn message(&self) -> &str {
        &self.stored.message
    }

    /// Whether it holds for these facts. Every error means no.
    pub fn holds(&self, variables: &Variables) -> Result<bool, ConstraintError> {
        let program = self.program()?;
        evaluate::run(program, variables).map_err(|failure| {
            let whole = Span {
                start: 0,
                end: self.stored.expression.len(),
            };
            ConstraintError::new(failure.into_message(), whole)
        })
    }

    /// Whether it asks about `resource`, so that it has to hold for each of them. One that cannot be compiled says yes,
    /// and then fails.
    pub fn uses_resource(&self) -> bool {
        self.program()
            .map_or(true, |program| uses_root(program, "resource"))
    }

    /// Whether it asks about this, such as `request.time`. One that cannot be compiled says yes, and then fails.
    pub fn asks_about(&self, name: &str) -> bool {
        self.program().map_or(true, |program| {
            program.uses.contains(name) || program.sets.contains(name)
        })
    }

    /// Whether it lets somebody of this address approve, where it asks about nothing but the approver's address; an
    /// error means no. None: it depends on more.
    pub fn allows_approver(&self, email: &str) -> Option<bool> {
        let program = self.program().ok()?;
        let is_address = |name: &String| name == "approver.email" || name == "approver.domain";
        if !program.sets.is_empty() || !program.uses.iter().all(is_address) {
            return None;
        }
        // The rest of the facts is never looked at.
        let variables = Variables {
            approver: Some(PersonFacts {
                email: email.to_owned(),
                groups: Vec::new(),
            }),
            ..Variables::sample(&Declared::default())
        };
        Some(evaluate::run(program, &variables).unwrap_or(false))
    }

    /// Whether it asks for an input without ever asking whether that was filled in. One that cannot be compiled says no.
    pub fn takes_for_granted(&self, input: &str) -> bool {
        self.program().is_ok_and(|program| {
            program.uses.contains(&format!("input.{input}"))
                && !program.uses.contains(&format!("has(input.{input})"))
        })
    }

    /// The most steps that it takes; see [`MAX_STEPS`].
    pub fn steps(&self) -> Result<u64, ConstraintError> {
        Ok(self.program()?.steps)
    }

    fn program(&self) -> Result<&Program, ConstraintError> {
        self.compiled
            .get_or_init(|| {
                let declared = Declared {
                    inputs: self.stored.inputs.clone(),
                    approver: self.stored.approver,
                };
                compile::compile(&self.stored.expression, &declared)
            })
            .as_ref()
            .map_err(Clone::clone)
    }
}

fn uses_root(program: &Program, root: &str) -> bool {
    program
        .uses
        .iter()
        .chain(&program.sets)
        .any(|path| path.split_once('.').is_some_and(|(name, _)| name == root))
}

#[cfg(test)]
mod tests;
