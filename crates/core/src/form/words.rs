//! The parser's complaints in plain words.

use serde_saphyr::{Error, Location};

use super::flow::{self, Stand};
use crate::justification::printable;

/// What is wrong, where, and the next step.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) location: Option<Location>,
    pub(crate) width: usize,
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Tells what kept the parser from reading a file.
pub(crate) fn tell(error: &Error, text: &str) -> Told {
    let location = error.location();
    let (message, hint): (String, String) = match error.without_snippet() {
        Error::DuplicateMappingKey { key, .. } => (
            format!(
                "the field '{}' is written twice",
                printable(key.as_deref().unwrap_or("?"), 60)
            ),
            "keep one of them".into(),
        ),
        Error::MultipleDocuments { .. } => (
            "the file holds more than one document".into(),
            "make it several files, or remove the line '---' between them".into(),
        ),
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } => (
            "the file is nested too deeply, or repeats itself too often".into(),
            "split it into several files, without anchors".into(),
        ),
        Error::UnknownAnchor { .. } => (
            "the text after * is an alias, and nothing has this name".into(),
            "write it in quotes if it is meant as text".into(),
        ),
        other => of_syntax(&plain(other), location, text),
    };
    Told {
        location,
        width: 1,
        message,
        hint,
    }
}

/// Mistakes of YAML itself, for which the parser has its own words; the line tells what was probably meant.
fn of_syntax(said: &str, location: Option<Location>, text: &str) -> (String, String) {
    let index = location.and_then(|location| usize::try_from(location.line()).ok()?.checked_sub(1));
    let line = index
        .and_then(|index| text.lines().nth(index))
        .unwrap_or_default();
    if line.trim_start_matches(' ').starts_with('\t') {
        return (
            "the line is indented with a tab".into(),
            "YAML is indented with spaces".into(),
        );
    }
    match index.map_or(Stand::Block, |index| flow::look(text, index)) {
        Stand::Block => {}
        Stand::Flow => return not_yaml(said),
        Stand::Unquoted { name, value } => {
            let field = name.map_or_else(String::new, |name| format!("{name}: "));
            let quoted = value.replace('\'', "''");
            return (
                "a text without quotes has signs in it that mean something else to YAML".into(),
                printable(&format!("put the text in quotes: {field}'{quoted}'"), 200),
            );
        }
    }
    let value = line.split_once(": ").map_or("", |(_, value)| value.trim());
    let is_plain = !value.starts_with(['\'', '"', '[', '{', '|', '>']);
    if is_plain && value.contains(": ") {
        let name = line.split_once(": ").map_or("", |(name, _)| name);
        let name = name.trim().trim_start_matches("- ");
        let quoted = value.replace('\'', "''");
        return (
            "a second ': ' on the line".into(),
            printable(&format!("put the text in quotes: {name}: '{quoted}'"), 200),
        );
    }
    if value.starts_with(['@', '`', '%']) {
        return (
            format!("a text cannot begin with {}", &value[..1]),
            "put it in quotes".into(),
        );
    }
    not_yaml(said)
}

fn not_yaml(said: &str) -> (String, String) {
    (
        format!("this is not YAML: {said}"),
        "check the quotes, brackets and indentation here and on the line above".into(),
    )
}

/// The parser's own message without the place, which is shown beside it.
fn plain(error: &Error) -> String {
    let said = error.to_string();
    let said = said
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches(':');
    let said = said.strip_prefix("error: ").unwrap_or(said);
    match said.split_once(": ") {
        Some((place, rest)) if place.starts_with("line ") => without_end(rest),
        _ => without_end(said),
    }
}

/// Some messages name the place at their end, too.
fn without_end(said: &str) -> String {
    let (text, end) = said.rsplit_once(" at line ").unwrap_or((said, ""));
    let is_place = !end.is_empty()
        && end
            .replace(", column ", "")
            .bytes()
            .all(|byte| byte.is_ascii_digit());
    if is_place { text } else { said }.to_owned()
}
