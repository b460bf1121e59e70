//! Expressions of JIT Groups in the words of our constraints.
//!
//! There the person is `subject`, whether they join or approve; here it is `requester` or `approver`. What the
//! expression calls the group is known when it is read, so `group.name` becomes a text.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::cel::{self, BinaryOperator, Expr, Literal, Node};
use crate::email::Email;

/// What the names of an expression become.
pub(super) struct Words<'a> {
    /// `requester` or `approver`.
    pub(super) person: &'static str,
    /// Environment, system and group.
    pub(super) group: [&'a str; 3],
    /// The names of inputs, by those of the variables.
    pub(super) inputs: &'a BTreeMap<String, String>,
}

/// The expression in our words, or why there is none.
pub(super) fn translate(
    source: &str,
    expression: &Expr,
    words: &Words<'_>,
) -> Result<String, String> {
    let rewritten = memberships(source, expression)?;
    let read_again;
    let expression = match rewritten {
        Some(text) => {
            read_again = cel::parse(&text).map_err(|error| error.to_string())?;
            &read_again
        }
        None => expression,
    };
    let stranger = RefCell::new(None);
    let replaced = cel::replace(expression, &|path| {
        let new = words.replacement(path);
        // Names are asked for from the longest on: a root that comes by itself was part of nothing known.
        if new.is_none() && ["subject", "group", "input"].contains(&path) {
            *stranger.borrow_mut() = Some(path.to_owned());
        }
        new.and_then(|text| cel::parse(&text).ok())
    });
    match (stranger.into_inner(), replaced) {
        (Some(root), _) => Err(format!(
            "it uses something of '{root}' that has no counterpart here"
        )),
        (None, Some(expression)) => Ok(expression.to_string()),
        (None, None) => Err("it is nested too deeply".into()),
    }
}

impl Words<'_> {
    fn replacement(&self, path: &str) -> Option<String> {
        let literal = |text: &str| Some(format!("\"{text}\""));
        match path {
            "subject.email" => Some(format!("{}.email", self.person)),
            "subject.groups" => Some(format!("{}.groups", self.person)),
            "subject.domain" => Some(format!("{}.domain", self.person)),
            "group.environment" => literal(self.group[0]),
            "group.system" => literal(self.group[1]),
            "group.name" => literal(self.group[2]),
            _ => {
                let name = self.inputs.get(path.strip_prefix("input.")?)?;
                Some(format!("input.{name}"))
            }
        }
    }
}

/// The text with every `"group:g@example.com" in subject.principals` written as a question about the person's groups,
/// email or domain. The list of all principals has no counterpart, and any other use of it is refused. None: it is
/// not used.
fn memberships(source: &str, expression: &Expr) -> Result<Option<String>, String> {
    let mut uses = Vec::new();
    let mut mentions = 0;
    collect(expression, &mut uses, &mut mentions);
    if mentions == 0 {
        return Ok(None);
    }
    let refuse = || {
        "it uses subject.principals otherwise than to ask whether a user, group or domain is in it"
            .to_owned()
    };
    if mentions != uses.len() {
        return Err(refuse());
    }
    let mut text = source.to_owned();
    // From the end on, so that the places before stay right.
    uses.sort_by_key(|(expression, _)| std::cmp::Reverse(expression.span));
    for (found, principal) in uses {
        let (kind, name) = principal.split_once(':').ok_or_else(refuse)?;
        let email = || Email::parse(name).map_err(|_| refuse());
        let question = match kind {
            "user" => format!("(subject.email == \"{}\")", email()?),
            "group" => format!("(\"{}\" in subject.groups)", email()?),
            "domain" if crate::email::is_domain(name) => {
                format!("(subject.domain == \"{}\")", name.to_ascii_lowercase())
            }
            _ => return Err(refuse()),
        };
        let range = found.span.start..found.span.end;
        if text.get(range.clone()).is_none() {
            return Err(refuse());
        }
        text.replace_range(range, &question);
    }
    Ok(Some(text))
}

fn collect<'e>(expression: &'e Expr, uses: &mut Vec<(&'e Expr, &'e str)>, mentions: &mut usize) {
    let is_list = |expression: &Expr| expression.path().as_deref() == Some("subject.principals");
    if is_list(expression) {
        *mentions += 1;
        return;
    }
    if let Node::Binary {
        operator: BinaryOperator::In,
        left,
        right,
    } = &expression.node
        && let Node::Literal(Literal::String(principal)) = &left.node
        && is_list(right)
    {
        uses.push((expression, principal));
    }
    expression.each_child(|child| collect(child, uses, mentions));
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn translated(text: &str) -> Result<String, String> {
        let inputs = [("testInt".to_owned(), "test_int".to_owned())].into();
        let words = Words {
            person: "approver",
            group: ["env", "sys", "group-1"],
            inputs: &inputs,
        };
        translate(text, &cel::parse(text).unwrap(), &words)
    }

    /// C-1, P-19, and names that only look like those that are replaced.
    #[test]
    fn names_are_replaced_by_the_tree_and_not_by_the_text() {
        for (text, expected) in [
            (
                "subject.email=='user@example.com'",
                "approver.email == \"user@example.com\"",
            ),
            (
                "subject.email.endsWith('@x')",
                "approver.email.endsWith(\"@x\")",
            ),
            ("group.name == 'group-1'", "\"group-1\" == \"group-1\""),
            ("group.environment + group.system", "\"env\" + \"sys\""),
            ("input.testInt == 42 // subject", "input.test_int == 42"),
            (
                "'subject.email' == subject.email",
                "\"subject.email\" == approver.email",
            ),
            (
                "['a'].exists(subject, subject == 'a')",
                "[\"a\"].exists(subject, subject == \"a\")",
            ),
            (
                "!('group:g@example.com' in subject.principals) && true",
                "!(\"g@example.com\" in approver.groups) && true",
            ),
            (
                "'user:a@example.com' in subject.principals || (\"domain:example.com\" in subject.principals)",
                "approver.email == \"a@example.com\" || approver.domain == \"example.com\"",
            ),
        ] {
            assert_eq!(translated(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_has_no_counterpart_is_refused() {
        for text in [
            "size(subject.principals) > 0",
            "'class:externalUsers' in subject.principals",
            "('group:' + 'g@example.com') in subject.principals",
            "'group:g@example.com' in subject.principals && subject.principals.all(p, true)",
            "'group:\"x@example.com' in subject.principals",
            "subject.phone == '1'",
            "subject == null",
            "group.description == ''",
            "input.other",
        ] {
            assert!(translated(text).is_err(), "{text}: {:?}", translated(text));
        }
    }
}
