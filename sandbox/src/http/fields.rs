//! Which fields a request body may have. Google refuses unknown ones, and so does the sandbox.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::errors::ApiError;

/// The shape of a message, after Google's discovery documents.
pub(crate) enum Shape {
    Text,
    Number,
    Bytes,
    /// Anything; for fields whose content does not matter here.
    Any,
    List(&'static Shape),
    Message(&'static str, &'static [(&'static str, Shape)]),
}

const CONDITION: Shape = Shape::Message(
    "type.googleapis.com/google.type.Expr",
    &[
        ("title", Shape::Text),
        ("description", Shape::Text),
        ("expression", Shape::Text),
        ("location", Shape::Text),
    ],
);
const BINDING: Shape = Shape::Message(
    "type.googleapis.com/google.iam.v1.Binding",
    &[
        ("role", Shape::Text),
        ("members", Shape::List(&Shape::Text)),
        ("condition", CONDITION),
    ],
);
const AUDIT_LOG_CONFIG: Shape = Shape::Message(
    "type.googleapis.com/google.iam.v1.AuditLogConfig",
    &[
        ("logType", Shape::Any),
        ("exemptedMembers", Shape::List(&Shape::Text)),
    ],
);
const AUDIT_CONFIG: Shape = Shape::Message(
    "type.googleapis.com/google.iam.v1.AuditConfig",
    &[
        ("service", Shape::Text),
        ("auditLogConfigs", Shape::List(&AUDIT_LOG_CONFIG)),
    ],
);
const POLICY: Shape = Shape::Message(
    "type.googleapis.com/google.iam.v1.Policy",
    &[
        ("version", Shape::Number),
        ("etag", Shape::Bytes),
        ("bindings", Shape::List(&BINDING)),
        ("auditConfigs", Shape::List(&AUDIT_CONFIG)),
    ],
);

pub(crate) const SET_IAM_POLICY: Shape =
    Shape::Message("", &[("policy", POLICY), ("updateMask", Shape::Text)]);
/// Pub/Sub takes no update mask.
pub(crate) const SET_IAM_POLICY_WITHOUT_MASK: Shape = Shape::Message("", &[("policy", POLICY)]);
pub(crate) const GET_IAM_POLICY: Shape = Shape::Message(
    "",
    &[(
        "options",
        Shape::Message("", &[("requestedPolicyVersion", Shape::Number)]),
    )],
);
pub(crate) const TEST_IAM_PERMISSIONS: Shape =
    Shape::Message("", &[("permissions", Shape::List(&Shape::Text))]);
pub(crate) const STORAGE_POLICY: Shape = Shape::Message(
    "",
    &[
        ("kind", Shape::Text),
        ("resourceId", Shape::Text),
        ("version", Shape::Number),
        ("etag", Shape::Bytes),
        ("bindings", Shape::List(&BINDING)),
    ],
);
pub(crate) const EMPTY: Shape = Shape::Message("", &[]);
pub(crate) const SEARCH_V1: Shape = Shape::Message(
    "",
    &[
        ("filter", Shape::Text),
        ("query", Shape::Text),
        ("pageSize", Shape::Number),
        ("pageToken", Shape::Text),
    ],
);
pub(crate) const ROLE_QUERY: Shape = Shape::Message(
    "",
    &[
        ("fullResourceName", Shape::Text),
        ("view", Shape::Any),
        ("pageSize", Shape::Number),
        ("pageToken", Shape::Text),
    ],
);
pub(crate) const LINT: Shape = Shape::Message(
    "",
    &[("fullResourceName", Shape::Text), ("condition", CONDITION)],
);
pub(crate) const LIST_ENTRIES: Shape = Shape::Message(
    "",
    &[
        ("projectIds", Shape::List(&Shape::Text)),
        ("resourceNames", Shape::List(&Shape::Text)),
        ("filter", Shape::Text),
        ("orderBy", Shape::Text),
        ("pageSize", Shape::Number),
        ("pageToken", Shape::Text),
    ],
);
pub(crate) const GENERATE_ACCESS_TOKEN: Shape = Shape::Message(
    "",
    &[
        ("scope", Shape::List(&Shape::Text)),
        ("lifetime", Shape::Text),
        ("delegates", Shape::List(&Shape::Text)),
    ],
);
pub(crate) const GENERATE_ID_TOKEN: Shape = Shape::Message(
    "",
    &[
        ("audience", Shape::Text),
        ("includeEmail", Shape::Any),
        ("delegates", Shape::List(&Shape::Text)),
        ("organizationNumberIncluded", Shape::Any),
    ],
);

/// Checks a body against a shape and returns it with every name in camel case; JSON of protocol
/// buffers takes snake case too. `novel` are names that this world learned from a raw policy.
pub(crate) fn checked(
    body: Value,
    shape: &Shape,
    novel: &BTreeSet<String>,
) -> Result<Value, ApiError> {
    let mut violations = Vec::new();
    let checked = walk(body, shape, "", novel, &mut violations);
    if violations.is_empty() {
        return Ok(checked);
    }
    let message = violations
        .iter()
        .map(|(_, text)| text.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    let list: Vec<Value> = violations
        .iter()
        .map(|(field, text)| {
            if field.is_empty() {
                json!({ "description": text })
            } else {
                json!({ "field": field, "description": text })
            }
        })
        .collect();
    Err(ApiError::invalid(message).with_detail(
        json!({ "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": list }),
    ))
}

fn walk(
    value: Value,
    shape: &Shape,
    at: &str,
    novel: &BTreeSet<String>,
    violations: &mut Vec<(String, String)>,
) -> Value {
    // `null` is an absent field in JSON of protocol buffers.
    match (shape, value) {
        (_, Value::Null) => Value::Null,
        (Shape::Message(_, fields), Value::Object(object)) => {
            let mut kept = Map::new();
            for (name, inner) in object {
                let camel = camel_case(&name);
                let place = if at.is_empty() {
                    camel.clone()
                } else {
                    format!("{at}.{camel}")
                };
                if let Some((_, shape)) = fields.iter().find(|(known, _)| *known == camel) {
                    let inner = walk(inner, shape, &place, novel, violations);
                    if !inner.is_null() {
                        kept.insert(camel, inner);
                    }
                } else if novel.contains(&name) {
                    kept.insert(name, inner);
                } else {
                    let location = if at.is_empty() {
                        String::new()
                    } else {
                        format!(" at '{at}'")
                    };
                    let text = format!(
                        "Invalid JSON payload received. Unknown name \"{name}\"{location}: Cannot find field."
                    );
                    violations.push((at.to_owned(), text));
                }
            }
            Value::Object(kept)
        }
        (Shape::List(shape), Value::Array(items)) => {
            let items = items.into_iter().enumerate();
            Value::Array(
                items
                    .map(|(index, item)| {
                        walk(item, shape, &format!("{at}[{index}]"), novel, violations)
                    })
                    .collect(),
            )
        }
        (Shape::Any, value)
        | (Shape::Text | Shape::Bytes, value @ Value::String(_))
        | (Shape::Number, value @ Value::Number(_)) => value,
        // Numbers may be strings in JSON of protocol buffers.
        (Shape::Number, Value::String(text)) if text.parse::<i64>().is_ok() => {
            json!(text.parse::<i64>().unwrap_or_default())
        }
        (_, other) => {
            let type_name = match shape {
                Shape::Text => "TYPE_STRING",
                Shape::Number => "TYPE_INT32",
                Shape::Bytes => "TYPE_BYTES",
                Shape::Message(name, _) => name,
                Shape::List(_) | Shape::Any => "",
            };
            violations.push((
                at.to_owned(),
                format!("Invalid value at '{at}' ({type_name}), {other}"),
            ));
            Value::Null
        }
    }
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.extend(letters);
    }
    camel
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn an_unknown_field_is_named_with_its_place() {
        let body = json!({"policy": {"bindings": [{"role": "r", "x": 1}]}});
        let error = checked(body, &SET_IAM_POLICY, &BTreeSet::new()).unwrap_err();
        let expected = "Invalid JSON payload received. Unknown name \"x\" at 'policy.bindings[0]': Cannot find field.";
        assert_eq!(error.message, expected);
        assert_eq!(
            error.details[0]["fieldViolations"][0],
            json!({"field": "policy.bindings[0]", "description": expected})
        );
        let error = checked(json!({"polcy": {}}), &SET_IAM_POLICY, &BTreeSet::new()).unwrap_err();
        assert_eq!(
            error.message,
            "Invalid JSON payload received. Unknown name \"polcy\": Cannot find field."
        );
    }

    #[test]
    fn snake_case_and_learned_names_pass_and_a_wrong_type_does_not() {
        let novel = BTreeSet::from(["futureField".to_owned()]);
        let body = json!({"update_mask": "bindings", "policy": {"futureField": 1}});
        let passed = checked(body, &SET_IAM_POLICY, &novel).unwrap();
        assert_eq!(
            passed,
            json!({"updateMask": "bindings", "policy": {"futureField": 1}})
        );
        let error =
            checked(json!({"policy": {"bindings": {}}}), &SET_IAM_POLICY, &novel).unwrap_err();
        assert!(
            error
                .message
                .starts_with("Invalid value at 'policy.bindings'"),
            "{}",
            error.message
        );
    }
}
