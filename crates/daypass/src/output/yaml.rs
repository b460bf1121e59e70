//! YAML for programs. Every string that could be anything but a plain word is quoted, in the notation that YAML 1.1,
//! YAML 1.2 and JSON have in common, so no reader takes `no` for false or a time for a date.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::Value;

/// One document.
pub(crate) fn document<T: Serialize>(value: &T) -> io::Result<String> {
    let value = serde_json::to_value(value)?;
    let mut text = String::new();
    match &value {
        Value::Array(items) if !items.is_empty() => list(&mut text, items, 0),
        Value::Object(fields) if !fields.is_empty() => mapping(&mut text, fields, 0, false),
        other => {
            text.push_str(&scalar(other));
            text.push('\n');
        }
    }
    Ok(text)
}

fn list(text: &mut String, items: &[Value], indent: usize) {
    for item in items {
        let _ = write!(text, "{:indent$}- ", "");
        match item {
            Value::Object(fields) if !fields.is_empty() => mapping(text, fields, indent + 2, true),
            Value::Array(inner) if !inner.is_empty() => {
                text.push('\n');
                list(text, inner, indent + 2);
            }
            other => {
                text.push_str(&scalar(other));
                text.push('\n');
            }
        }
    }
}

/// `inline`: the first key stands behind the dash of a list.
fn mapping(
    text: &mut String,
    fields: &serde_json::Map<String, Value>,
    indent: usize,
    inline: bool,
) {
    for (index, (key, value)) in fields.iter().enumerate() {
        let margin = if inline && index == 0 { 0 } else { indent };
        let _ = write!(text, "{:margin$}{}:", "", plain_or_quoted(key));
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                text.push('\n');
                mapping(text, inner, indent + 2, false);
            }
            Value::Array(items) if !items.is_empty() => {
                text.push('\n');
                list(text, items, indent);
            }
            other => {
                let _ = writeln!(text, " {}", scalar(other));
            }
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => plain_or_quoted(text),
        Value::Array(_) => "[]".into(),
        Value::Object(_) => "{}".into(),
        other => other.to_string(),
    }
}

fn plain_or_quoted(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '@' | '-' | ':'));
    let is_other = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    if is_word && !is_other {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// JSON's notation, except that YAML has no surrogate pairs: a character beyond 16 bits is `\U` and eight digits.
fn quoted(text: &str) -> String {
    let mut whole = String::from("\"");
    for character in text.chars() {
        if u32::from(character) > 0xffff && super::visible::is_deceptive(character) {
            let _ = write!(whole, "\\U{:08x}", u32::from(character));
        } else {
            let one = super::json::string(character.encode_utf8(&mut [0; 4]));
            whole.push_str(&one[1..one.len() - 1]);
        }
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

    #[test]
    fn the_shape() {
        let value = json!({"id": "prod-storage", "votes": [], "nested": {"list": [{"a": 1, "b": [true, null]}, "no", "2026-11-21T10:00:00Z"]}, "who": "user:a@example.com"});
        insta::assert_snapshot!(document(&value).unwrap(), @r#"
        id: prod-storage
        votes: []
        nested:
          list:
          - a: 1
            b:
            - true
            - null
          - "no"
          - "2026-11-21T10:00:00Z"
        who: user:a@example.com
        "#);
    }

    proptest! {
        #[test]
        fn another_parser_reads_the_same_text(text in any::<String>(), tail in "[\u{202e}\u{9b}\u{7f}\u{e0041}\u{1b}:#' -]{0,5}") {
            let text = text + &tail;
            let document = document(&vec![&text]).unwrap();
            prop_assert!(!document.chars().any(|c| c != '\n' && super::super::visible::is_deceptive(c)));
            prop_assert_eq!(serde_saphyr::from_str::<Vec<String>>(&document).unwrap(), vec![text]);
        }
    }
}
