//! Writing entitlement files: YAML that people will go on editing, and that every reader takes for the same text.
//!
//! Short lists and mappings of plain values stand on one line, as one would write them by hand. A string that could be
//! taken for anything else is quoted: in single quotes where that reads well, so that patterns and expressions need no
//! backslashes, else in JSON's notation.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::justification::is_deceptive;

/// A list or mapping that fits into so many columns stands on one line.
const WIDTH: usize = 110;

/// One document. The value is a mapping; null fields are left out.
pub(super) fn document(fields: &Map<String, Value>) -> String {
    let mut text = String::new();
    mapping(&mut text, fields, 0, 0);
    text
}

/// Writes `key: value` lines. The first line already has `margin` columns.
fn mapping(text: &mut String, fields: &Map<String, Value>, indent: usize, mut margin: usize) {
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let missing = indent - margin;
        let _ = write!(text, "{:missing$}{}:", "", scalar(key));
        margin = 0;
        // A list's dashes stand under its key, as in the annotated example.
        let below = indent + 2;
        match inline(value, WIDTH.saturating_sub(indent + key.len() + 2)) {
            Some(line) => {
                let _ = writeln!(text, " {line}");
            }
            None => {
                text.push('\n');
                block(text, value, below);
            }
        }
    }
}

fn block(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(fields) => mapping(text, fields, indent, 0),
        Value::Array(items) => {
            for item in items {
                let _ = write!(text, "{:indent$}-", "");
                match (inline(item, WIDTH.saturating_sub(indent + 2)), item) {
                    (Some(line), _) => {
                        let _ = writeln!(text, " {line}");
                    }
                    (None, Value::Object(fields)) => {
                        text.push(' ');
                        mapping(text, fields, indent + 2, indent + 2);
                    }
                    (None, other) => {
                        text.push('\n');
                        block(text, other, indent + 2);
                    }
                }
            }
        }
        other => {
            let _ = writeln!(text, "{:indent$}{}", "", single(other));
        }
    }
}

/// The value on one line, if it has no depth and fits. A scalar always does.
fn inline(value: &Value, width: usize) -> Option<String> {
    let is_flat = |value: &Value| match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => true,
    };
    let line = match value {
        Value::Array(items) if items.iter().all(is_flat) => {
            let items: Vec<String> = items.iter().map(single).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) if fields.values().all(|one| is_flat(one) || is_words(one)) => {
            let fields: Vec<String> = fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| Some(format!("{}: {}", scalar(key), inline(value, width)?)))
                .collect::<Option<_>>()?;
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(_) | Value::Object(_) => return None,
        other => return Some(single(other)),
    };
    (line.chars().count() <= width).then_some(line)
}

/// A list of strings may stand inside a mapping of one line: `{approvers: [peers], needed: 1}`.
fn is_words(value: &Value) -> bool {
    matches!(value, Value::Array(items) if items.iter().all(Value::is_string))
}

fn single(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(_) => "[]".into(),
        Value::Object(_) => "{}".into(),
        other => other.to_string(),
    }
}

/// A string, plain or quoted.
fn scalar(text: &str) -> String {
    if is_word(text) || is_duration(text) {
        text.to_owned()
    } else if !text.chars().any(is_deceptive)
        && (!text.contains('\'') || text.contains(['"', '\\']))
    {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double_quoted(text)
    }
}

/// Letters first and last, and nothing between that YAML 1.1 or 1.2 gives a meaning to.
fn is_word(text: &str) -> bool {
    const OTHERS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._/@-:+".contains(c))
        && !OTHERS.iter().any(|other| text.eq_ignore_ascii_case(other))
}

/// `1h30m`: no number, date or time of YAML's has these letters.
fn is_duration(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(['d', 'h', 'm', 's'])
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "dhms".contains(c))
}

/// JSON's notation. YAML has no surrogate pairs: a character beyond 16 bits is `\U` and eight digits.
fn double_quoted(text: &str) -> String {
    let mut whole = String::from("\"");
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(whole, "\\{c}"),
            '\n' => write!(whole, "\\n"),
            '\t' => write!(whole, "\\t"),
            c if is_deceptive(c) && u32::from(c) > 0xffff => {
                write!(whole, "\\U{:08x}", u32::from(c))
            }
            c if is_deceptive(c) => write!(whole, "\\u{:04x}", u32::from(c)),
            c => write!(whole, "{c}"),
        };
    }
    whole.push('"');
    whole
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn write(value: &Value) -> String {
        document(value.as_object().unwrap())
    }

    #[test]
    fn the_shape() {
        let value = json!({
            "apiVersion": "daypass/v1",
            "entitlements": [{
                "id": "prod-storage",
                "requesters": ["group:sre@example.com"],
                "privileges": [{"resource": "projects/acme-prod", "roles": ["roles/storage.admin"], "condition": "resource.name == 'it'"}],
                "duration": {"max": "1h30m", "min": null},
                "justification": {"required": true, "pattern": "^INC-\\d+$", "hint": "no"},
                "approval": {"expires": "1h", "steps": [{"approvers": ["peers"], "needed": 1}]},
                "empty": [],
            }],
        });
        insta::assert_snapshot!(write(&value), @r#"
        apiVersion: daypass/v1
        entitlements:
          - id: prod-storage
            requesters: [group:sre@example.com]
            privileges:
              - {resource: projects/acme-prod, roles: [roles/storage.admin], condition: "resource.name == 'it'"}
            duration: {max: 1h30m}
            justification: {required: true, pattern: '^INC-\d+$', hint: 'no'}
            approval:
              expires: 1h
              steps:
                - {approvers: [peers], needed: 1}
            empty: []
        "#);
    }

    #[test]
    fn what_is_too_long_for_a_line_is_a_block() {
        let people: Vec<String> = (0..6)
            .map(|n| format!("user:somebody-{n}@example.com"))
            .collect();
        insta::assert_snapshot!(write(&json!({"requesters": people, "lists": [[1, [2]], []]})), @"
        requesters:
          - user:somebody-0@example.com
          - user:somebody-1@example.com
          - user:somebody-2@example.com
          - user:somebody-3@example.com
          - user:somebody-4@example.com
          - user:somebody-5@example.com
        lists:
          -
            - 1
            - [2]
          - []
        ");
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            any::<String>(),
            "[\u{202e}\u{9b}\u{7f}\u{e0041}\u{85}\u{feff}\u{1b}:#'\"\\\\\n\t ,\\[\\]{}-]{0,8}",
            "[0-9a-z.:_+-]{0,8}",
        ];
        let leaf = prop_oneof![
            text.prop_map(Value::String),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn another_parser_reads_the_same(value in any_value()) {
            let value = json!({"value": value});
            let text = write(&value);
            prop_assert!(!text.chars().any(|c| c != '\n' && is_deceptive(c)));
            prop_assert_eq!(serde_saphyr::from_str::<Value>(&text).unwrap(), value, "{}", text);
        }
    }
}
