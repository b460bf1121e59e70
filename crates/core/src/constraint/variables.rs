//! What a constraint can ask about, and the facts of one decision.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::shape::Shape;
use crate::entitlement::{InputKind, InputValue};

/// Most entries of a list (groups, roles). More than that is an error, which denies: to cut the list would change the
/// answer.
pub const MAX_LIST: usize = 500;

/// Longest justification, in bytes: that of 2,000 characters.
pub const MAX_REASON_BYTES: usize = 4 * crate::justification::MAX_CHARACTERS;

/// Longest value of an input, in bytes: that of 256 characters.
pub const MAX_INPUT_BYTES: usize = 1_024;

/// Longest other text, in bytes: addresses, names of resources.
pub const MAX_NAME_BYTES: usize = 512;

/// Longest entry of a list, in bytes: an address has at most 254, a role less.
pub const MAX_ELEMENT_BYTES: usize = 320;

/// The type of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// Text, or one of the words that an input allows.
    String,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
}

impl From<&InputKind> for InputType {
    fn from(kind: &InputKind) -> Self {
        match kind {
            InputKind::String | InputKind::OneOf(_) => Self::String,
            InputKind::Integer => Self::Integer,
            InputKind::Boolean => Self::Boolean,
        }
    }
}

/// What is there to ask about, beside what always is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Declared {
    /// The inputs of the entitlement.
    pub inputs: BTreeMap<String, InputType>,
    /// Whether somebody approves: in the constraints of an approval.
    pub approver: bool,
}

/// The facts of one decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Variables {
    /// `request`
    pub request: RequestFacts,
    /// `requester`
    pub requester: PersonFacts,
    /// `resource`: one of those asked for. A constraint that [uses it](super::Constraint::uses_resource) is asked once
    /// for each.
    pub resource: Option<ResourceFacts>,
    /// `input`: what was filled in. An input that was not is an error when it is asked for, unless `has(input.x)` is
    /// asked before.
    pub inputs: BTreeMap<String, InputValue>,
    /// `approver`, in the constraints of an approval.
    pub approver: Option<PersonFacts>,
}

/// `request`: what is asked, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestFacts {
    /// `request.time`: now.
    pub time: Timestamp,
    /// `request.start`: when the access would begin.
    pub start: Timestamp,
    /// `request.duration`: how long it would last.
    pub duration: SignedDuration,
    /// `request.reason`: the justification, empty if there is none.
    pub reason: String,
    /// `request.beneficiary`: who receives the access, as a principal such as `user:a@example.com`.
    pub beneficiary: String,
    /// `request.kind`: `request`, `extend` or `give`.
    pub kind: String,
}

/// `requester` or `approver`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonFacts {
    /// `.email`; the part behind the `@` is `.domain`.
    pub email: String,
    /// `.groups`: the groups that the person is in, directly or through another.
    pub groups: Vec<String>,
}

/// `resource`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourceFacts {
    /// `.name`, such as `projects/acme-prod`.
    pub name: String,
    /// `.kind`, such as `project`.
    pub kind: String,
    /// `.roles`: what is asked for on it.
    pub roles: Vec<String>,
}

/// The names before the dot.
pub(super) const ROOTS: [&str; 5] = ["request", "requester", "resource", "input", "approver"];

/// The variables that are lists.
pub(super) const LISTS: [&str; 3] = ["requester.groups", "resource.roles", "approver.groups"];

/// The fields of a name, with their shapes; `None` if there is no such name here.
pub(super) fn fields(root: &str, declared: &Declared) -> Option<Vec<(String, Shape)>> {
    let bytes = |length: usize| Shape::String(length as u64);
    let names = || Shape::List(MAX_LIST as u64, Box::new(bytes(MAX_ELEMENT_BYTES)));
    let owned = |fields: &[(&str, Shape)]| {
        fields
            .iter()
            .map(|(name, shape)| ((*name).to_owned(), shape.clone()))
            .collect()
    };
    Some(match root {
        "request" => owned(&[
            ("time", Shape::Timestamp),
            ("start", Shape::Timestamp),
            ("duration", Shape::Duration),
            ("reason", bytes(MAX_REASON_BYTES)),
            ("beneficiary", bytes(MAX_NAME_BYTES)),
            ("kind", bytes(MAX_NAME_BYTES)),
        ]),
        "requester" => owned(&person(names())),
        "approver" if declared.approver => owned(&person(names())),
        "resource" => owned(&[
            ("name", bytes(MAX_NAME_BYTES)),
            ("kind", bytes(MAX_NAME_BYTES)),
            ("roles", names()),
        ]),
        "input" => {
            let shape = |kind: &InputType| match kind {
                InputType::String => bytes(MAX_INPUT_BYTES),
                InputType::Integer => Shape::Int,
                InputType::Boolean => Shape::Bool,
            };
            declared
                .inputs
                .iter()
                .map(|(name, kind)| (name.clone(), shape(kind)))
                .collect()
        }
        _ => return None,
    })
}

fn person(names: Shape) -> [(&'static str, Shape); 3] {
    [
        ("email", Shape::String(MAX_NAME_BYTES as u64)),
        ("domain", Shape::String(MAX_NAME_BYTES as u64)),
        ("groups", names),
    ]
}

impl Variables {
    /// Facts of every type, for trying an expression when it is loaded.
    pub(super) fn sample(declared: &Declared) -> Self {
        let person = |name: &str| PersonFacts {
            email: format!("{name}@example.com"),
            groups: vec!["group@example.com".into()],
        };
        Self {
            request: RequestFacts {
                time: Timestamp::UNIX_EPOCH,
                start: Timestamp::UNIX_EPOCH,
                duration: SignedDuration::from_mins(30),
                reason: "a reason".into(),
                beneficiary: "user:requester@example.com".into(),
                kind: "request".into(),
            },
            requester: person("requester"),
            resource: Some(ResourceFacts {
                name: "projects/example".into(),
                kind: "project".into(),
                roles: vec!["roles/viewer".into()],
            }),
            inputs: declared
                .inputs
                .iter()
                .map(|(name, kind)| {
                    let value = match kind {
                        InputType::String => InputValue::String("text".into()),
                        InputType::Integer => InputValue::Integer(1),
                        InputType::Boolean => InputValue::Boolean(true),
                    };
                    (name.clone(), value)
                })
                .collect(),
            approver: declared.approver.then(|| person("approver")),
        }
    }
}
