//! Everything in a file that is not of its form, with what was probably meant.

use serde_saphyr::{Location, Spanned};

use super::file::{FILE, owners};
use super::tree::Node;
use super::words::Told;
use super::{Field, Form, Object};
use crate::duration::Duration;
use crate::justification::printable;
use crate::nearest::nearest;

/// Most findings of one file; more would only hide the first.
const MOST: usize = 50;

/// All mistakes of form; none if the text is no YAML, or if nothing is wrong with its form.
pub(crate) fn mistakes(text: &str) -> Vec<Told> {
    let Ok(document) = crate::yaml::read::<Spanned<Node>>(text, crate::yaml::MAX_NODES) else {
        return Vec::new();
    };
    let mut found = Found(Vec::new());
    if !matches!(document.value, Node::Fields(_)) {
        let message = match document.value {
            Node::Nothing => "the file is empty".to_owned(),
            other => format!("expected an entitlement file, found {}", other.words()),
        };
        let hint = "begin it with 'apiVersion: daypass/v1' and, on the next line, 'entitlements:'";
        found.note(document.referenced, 1, message, hint);
        return found.0;
    }
    found.object(&document, &FILE);
    found.0.truncate(MOST);
    found.0
}

struct Found(Vec<Told>);

impl Found {
    fn note(
        &mut self,
        at: Location,
        width: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.0.push(Told {
            location: Some(at),
            width,
            message: message.into(),
            hint: hint.into(),
        });
    }

    fn object(&mut self, at: &Spanned<Node>, object: &'static Object) {
        let Node::Fields(fields) = &at.value else {
            self.expected(at, object.is, &shape(object));
            return;
        };
        for (name, value) in fields {
            match object.field(&name.value) {
                Some(field) => self.value(value, field, &field.form),
                None => self.unknown(name, object),
            }
        }
        let misspelt: Vec<&str> = fields
            .iter()
            .filter(|(name, _)| object.field(&name.value).is_none())
            .filter_map(|(name, _)| meant(&name.value, object))
            .collect();
        let missing = object.fields.iter().filter(|field| {
            field.required
                && !misspelt.contains(&field.name)
                && !fields.iter().any(|(name, _)| name.value == field.name)
        });
        for field in missing {
            let first = fields
                .first()
                .map_or(at.referenced, |(name, _)| name.referenced);
            let width = fields
                .first()
                .map_or(1, |(name, _)| name.value.chars().count());
            self.note(
                first,
                width,
                format!("{} needs '{}'", object.is, field.name),
                format!("add {}: {}", field.name, field.example),
            );
        }
    }

    fn unknown(&mut self, name: &Spanned<String>, object: &'static Object) {
        let shown = printable(&name.value, 60);
        let message = format!("{} has no field '{shown}'", object.is);
        let width = name.value.chars().count().max(1);
        let hint = if let Some(whole) = below(object, &name.value) {
            format!("write it in its place: {whole}")
        } else if let Some(meant) = meant(&name.value, object).and_then(|name| object.field(name)) {
            format!(
                "did you mean '{}'? Write {}: {}",
                meant.name, meant.name, meant.example
            )
        } else if let Some((owner, field)) = owners(&name.value).first() {
            format!(
                "'{}' belongs to {}: {}: {}",
                field.name, owner.is, field.name, field.example
            )
        } else {
            let known: Vec<&str> = object.fields.iter().map(|field| field.name).collect();
            format!("it may have {}", known.join(", "))
        };
        self.note(name.referenced, width, message, hint);
    }

    fn value(&mut self, at: &Spanned<Node>, field: &'static Field, form: &Form) {
        match (form, &at.value) {
            // A field without a value is as good as none, unless it must have one.
            (
                Form::Text(_)
                | Form::Words(_)
                | Form::Flag
                | Form::Count(..)
                | Form::Object(_)
                | Form::Either(..),
                Node::Nothing,
            ) if !field.required => {}
            // A list without entries is an empty list; where one is needed, the loader asks for it.
            (Form::List(..) | Form::Map(_), Node::Nothing) => {}
            (Form::Text(text), Node::Nothing | Node::List(_) | Node::Fields(_)) => {
                self.no_text(at, text.is, field);
            }
            (Form::Words(_), Node::Nothing | Node::List(_) | Node::Fields(_)) => {
                self.no_text(at, "a word", field);
            }
            (Form::Flag, node) if !matches!(node, Node::Flag(_)) => {
                self.expected(
                    at,
                    "true or false",
                    &format!("{}: {}", field.name, field.example),
                );
            }
            (Form::Count(least, most), node) => {
                let fits = matches!(node, Node::Whole(count) if (i128::from(*least)..=i128::from(*most)).contains(count));
                if !fits {
                    let is = format!("a whole number from {least} to {most}");
                    self.expected(at, &is, &format!("{}: {}", field.name, field.example));
                }
            }
            (Form::List(inner, _), Node::List(entries)) => {
                for entry in entries {
                    self.value(entry, field, inner);
                }
            }
            (Form::List(inner, _), node) => self.no_list(at, node, inner, field),
            (Form::Map(inner), Node::Fields(fields)) => {
                for (_, value) in fields {
                    self.value(value, field, inner);
                }
            }
            (Form::Map(_), _) => {
                self.expected(
                    at,
                    "names with values",
                    &format!("{}: {}", field.name, field.example),
                );
            }
            (Form::Object(object), _) => self.object_of(at, object, field),
            (Form::Either(words, object), node) => match (words, object, node) {
                (Form::Words(words), _, node) if node.scalar().is_some() => {
                    let known = node
                        .scalar()
                        .is_some_and(|text| words.contains(&text.as_str()));
                    if !known {
                        let is = format!("{}, or {}", words.join(" or "), is(object));
                        self.expected(at, &is, &format!("{}: {}", field.name, field.example));
                    }
                }
                (_, _, node) if node.scalar().is_some() => {}
                _ => self.value(at, field, object),
            },
            _ => {}
        }
    }

    fn object_of(&mut self, at: &Spanned<Node>, object: &'static Object, field: &'static Field) {
        if matches!(at.value, Node::Fields(_)) {
            self.object(at, object);
            return;
        }
        // A list where one object is meant, and the other way round, look alike in block style.
        let hint = match (&at.value, &field.form) {
            (Node::List(_), Form::Object(_)) => format!(
                "write it without the dash: {}: {}",
                field.name, field.example
            ),
            // A duration alone is meant as the longest.
            (Node::Text(text), _)
                if object.name == "durationRule" && Duration::parse(text).is_ok() =>
            {
                format!("{}: {{max: {}}}", field.name, printable(text, 40))
            }
            _ => format!("{}: {}", field.name, field.example),
        };
        self.expected(at, object.is, &hint);
    }

    fn no_text(&mut self, at: &Spanned<Node>, is: &str, field: &'static Field) {
        // `- group: sre@example.com` is a field named group; without the space it is a principal.
        if let Node::Fields(fields) = &at.value
            && let [(name, value)] = &fields[..]
            && let Some(text) = value.value.scalar()
            && [
                "user",
                "group",
                "serviceAccount",
                "domain",
                "slack",
                "pagerduty",
            ]
            .contains(&name.value.as_str())
        {
            self.note(
                name.referenced,
                name.value.chars().count() + 2 + text.chars().count(),
                format!("a space behind '{}:' makes it a field", name.value),
                format!(
                    "write '{}:{}', without the space",
                    name.value,
                    printable(&text, 60)
                ),
            );
            return;
        }
        self.expected(at, is, &format!("{}: {}", field.name, field.example));
    }

    fn no_list(&mut self, at: &Spanned<Node>, node: &Node, inner: &Form, field: &'static Field) {
        let hint = match (node.scalar(), inner) {
            (Some(text), Form::Text(_)) => {
                format!("write {}: ['{}']", field.name, printable(&text, 60))
            }
            (None, Form::Object(_)) if matches!(node, Node::Fields(_)) => {
                format!(
                    "put a dash before the first field, or write {}: {}",
                    field.name, field.example
                )
            }
            _ => format!("write {}: {}", field.name, field.example),
        };
        let message = format!("'{}' takes a list, found {}", field.name, node.words());
        let width = node.scalar().map_or(1, |text| text.chars().count().max(1));
        self.note(at.referenced, width, message, hint);
    }

    fn expected(&mut self, at: &Spanned<Node>, is: &str, form: &str) {
        let width = at
            .value
            .scalar()
            .map_or(1, |text| text.chars().count().max(1));
        let hint = if form.starts_with("write ") {
            form.to_owned()
        } else {
            format!("write {form}")
        };
        self.note(
            at.referenced,
            width,
            format!("expected {is}, found {}", at.value.words()),
            hint,
        );
    }
}

/// What a form is, in words.
fn is(form: &Form) -> &'static str {
    match form {
        Form::Object(object) => object.is,
        Form::Text(text) => text.is,
        _ => "a value",
    }
}

/// The fields that must be there, or the first, with their examples.
fn shape(object: &Object) -> String {
    let fields: Vec<String> = object
        .fields
        .iter()
        .filter(|field| field.required)
        .chain(object.fields.iter().filter(|field| !field.required).take(1))
        .map(|field| format!("{}: {}", field.name, field.example))
        .collect();
    format!("{{{}}}", fields.join(", "))
}

/// A field of this name further down, with all that is around it: `approval: {steps: [{approvers: […]}]}`. Only one that
/// is there in a single kind of object is certainly the one that was meant.
fn below(object: &'static Object, name: &str) -> Option<String> {
    let all = object.all();
    if all.iter().filter(|one| one.field(name).is_some()).count() != 1 {
        return None;
    }
    object.fields.iter().find_map(|field| {
        field.form.objects().into_iter().find_map(|inner| {
            let within = match inner.field(name) {
                Some(found) => format!("{}: {}", found.name, found.example),
                None => below(inner, name)?,
            };
            Some(match field.form {
                Form::List(..) => format!("{}: [{{{within}}}]", field.name),
                _ => format!("{}: {{{within}}}", field.name),
            })
        })
    })
}

/// Words that people use for fields of another name.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("name", "id"),
    ("reason", "justification"),
    ("members", "requesters"),
    ("principals", "requesters"),
    ("eligible", "requesters"),
    ("users", "requesters"),
    ("ttl", "duration"),
    ("lifetime", "duration"),
    ("expiry", "duration"),
    ("permissions", "privileges"),
    ("access", "privileges"),
    ("grants", "privileges"),
    ("role", "roles"),
    ("reviewers", "by"),
    ("count", "needed"),
    ("min_approvals", "needed"),
    ("approvals_needed", "needed"),
    ("notifications", "notify"),
    ("timeout", "expires"),
    ("service_account", "impersonate"),
    ("project", "resource"),
    ("on", "resource"),
    ("emergency", "break_glass"),
    ("version", "apiVersion"),
    ("regex", "pattern"),
    ("cel", "expression"),
    ("rule", "expression"),
    ("options", "values"),
];

/// The field that was probably meant by another name.
fn meant(name: &str, object: &'static Object) -> Option<&'static str> {
    let other = OTHER_WORDS
        .iter()
        .filter(|(word, _)| word.eq_ignore_ascii_case(name))
        .map(|(_, field)| *field)
        .find(|field| object.field(field).is_some());
    other.or_else(|| nearest(name, object.fields.iter().map(|field| field.name)))
}
