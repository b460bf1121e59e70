//! The table of fields against the loader, the published schema, and files that are known to be right or wrong.
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::file::objects;
use super::*;
use crate::entitlement::{Source, expected_fields, load};

/// Called by the loader for all that it accepts in this crate's tests: whatever is accepted has no mistake of form, and
/// an editor that knows the schema does not complain either.
pub(crate) fn assert_accepted(sources: &[Source]) {
    // The many of a test of sizes are alike.
    for source in sources.iter().filter(|source| source.text.len() < 100_000) {
        // The loader leaves tests to the rehearsals, which may find them wrong.
        if crate::rehearsal::read(std::slice::from_ref(source), &std::sync::Arc::default()).is_err()
        {
            continue;
        }
        let mistakes = mistakes(&source.text);
        assert!(mistakes.is_empty(), "{mistakes:#?}\n{}", source.text);
        let document: Value = serde_saphyr::from_str(&source.text).unwrap();
        let schema = json_schema();
        assert_eq!(
            complaint(&schema, &schema, &document),
            None,
            "{}",
            source.text
        );
    }
}

/// What the schema says against a value: the part of JSON Schema that ours is made of, and no more.
fn complaint(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let all = schema.as_object().unwrap();
    for (keyword, rule) in all {
        let complain = |fits: bool| (!fits).then(|| format!("{keyword} {rule}: {value}"));
        let found = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" | "examples" => None,
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                complaint(root, &root["$defs"][name], value)
            }
            "type" => {
                let types = rule
                    .as_array()
                    .cloned()
                    .unwrap_or_else(|| vec![rule.clone()]);
                complain(types.iter().any(|one| match one.as_str().unwrap() {
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64(),
                    "number" => value.is_number(),
                    "array" => value.is_array(),
                    "object" => value.is_object(),
                    other => panic!("{other}"),
                }))
            }
            "const" => complain(value == rule),
            "enum" => complain(rule.as_array().unwrap().contains(value)),
            "pattern" => {
                let regex = regex::Regex::new(rule.as_str().unwrap()).unwrap();
                complain(value.as_str().is_none_or(|text| regex.is_match(text)))
            }
            "minimum" => complain(
                value
                    .as_i64()
                    .is_none_or(|count| count >= rule.as_i64().unwrap()),
            ),
            "maximum" => complain(
                value
                    .as_i64()
                    .is_none_or(|count| count <= rule.as_i64().unwrap()),
            ),
            "minItems" => complain(
                value
                    .as_array()
                    .is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
            ),
            "maxItems" => complain(
                value
                    .as_array()
                    .is_none_or(|list| list.len() as u64 <= rule.as_u64().unwrap()),
            ),
            "items" => value
                .as_array()
                .into_iter()
                .flatten()
                .find_map(|entry| complaint(root, rule, entry)),
            "required" => value.as_object().and_then(|fields| {
                let missing = rule.as_array().unwrap().iter();
                missing
                    .map(|name| name.as_str().unwrap())
                    .find(|name| !fields.contains_key(*name))
                    .map(|name| format!("{name} is missing in {value}"))
            }),
            "properties" => value.as_object().and_then(|fields| {
                rule.as_object()
                    .unwrap()
                    .iter()
                    .find_map(|(name, rule)| complaint(root, rule, fields.get(name)?))
            }),
            "additionalProperties" => value.as_object().and_then(|fields| {
                let known = all.get("properties").and_then(Value::as_object);
                fields
                    .iter()
                    .filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)))
                    .find_map(|(name, value)| match rule {
                        Value::Bool(allowed) => (!allowed).then(|| format!("{name} is unknown")),
                        rule => complaint(root, rule, value),
                    })
            }),
            "anyOf" => {
                let mut some = rule.as_array().unwrap().iter();
                complain(some.any(|rule| complaint(root, rule, value).is_none()))
            }
            "oneOf" => {
                let some = rule.as_array().unwrap().iter();
                complain(
                    some.filter(|rule| complaint(root, rule, value).is_none())
                        .count()
                        == 1,
                )
            }
            "not" => complain(complaint(root, rule, value).is_some()),
            other => panic!("the schema uses {other}, which this test does not know"),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// A file in which an object of this name has a field that there is not.
fn file_with_stray(target: &str) -> Option<Value> {
    fn build(form: &Form, target: &str) -> Option<Value> {
        match form {
            Form::Object(object) => build_object(object, target),
            Form::List(inner, _) => Some(json!([build(inner, target)?])),
            Form::Map(inner) => Some(json!({"x": build(inner, target)?})),
            Form::Either(one, other) => build(one, target).or_else(|| build(other, target)),
            _ => None,
        }
    }
    fn build_object(object: &Object, target: &str) -> Option<Value> {
        let mut value = json!({});
        for field in object.fields.iter().filter(|field| field.required) {
            value[field.name] = serde_saphyr::from_str(field.example).unwrap();
        }
        if object.name == target {
            value["zzz"] = json!(1);
            return Some(value);
        }
        let (field, inner) = object
            .fields
            .iter()
            .find_map(|field| Some((field, build(&field.form, target)?)))?;
        value[field.name] = inner;
        Some(value)
    }
    build_object(&FILE, target)
}

#[test]
fn the_table_has_exactly_the_fields_of_the_loader() {
    let mut compared = Vec::new();
    for object in objects() {
        let file = file_with_stray(object.name).unwrap();
        if file.get("tests").is_some() || file.get("fixtures").is_some() {
            continue;
        }
        let mut expected = expected_fields(&file.to_string()).unwrap_or_else(|| panic!("{file}"));
        let mut known: Vec<&str> = object.fields.iter().map(|field| field.name).collect();
        expected.sort_unstable();
        known.sort_unstable();
        assert_eq!(known, expected, "{}", object.name);
        compared.push(object.name);
    }
    assert!(compared.len() == 16, "{compared:?}");
}

/// The rehearsals have a reader of their own; its words name its fields.
#[test]
fn the_table_has_exactly_the_fields_of_the_rehearsals() {
    let mut compared = 0;
    for object in objects() {
        let file = file_with_stray(object.name).unwrap();
        if file.get("tests").is_none() && file.get("fixtures").is_none() {
            continue;
        }
        let source = Source {
            name: "x.test.yaml".into(),
            text: file.to_string(),
        };
        let findings = crate::rehearsal::read(&[source], &std::sync::Arc::default()).unwrap_err();
        let said = findings.iter().map(ToString::to_string).collect::<String>();
        assert!(said.contains("zzz"), "{}: {said}", object.name);
        for field in object.fields {
            assert!(
                said.contains(field.name),
                "{} {}: {said}",
                object.name,
                field.name
            );
        }
        compared += 1;
    }
    assert_eq!(compared, 5);
}

/// Each example can be read, and is right by the schema.
#[test]
fn every_example_is_of_its_form() {
    let schema = json_schema();
    for object in objects() {
        for field in object.fields {
            let example: Value = serde_saphyr::from_str(field.example).unwrap();
            let rule = if object.name == FILE.name {
                &schema
            } else {
                &schema["$defs"][object.name]
            };
            let rule = &rule["properties"][field.name];
            assert_eq!(
                complaint(&schema, rule, &example),
                None,
                "{} {}",
                object.name,
                field.name
            );
            assert!(field.meaning.ends_with(['.', '…']), "{}", field.meaning);
        }
    }
}

#[test]
fn the_published_schema_is_the_one_of_the_table() {
    let published = include_str!("../../../../docs/entitlements.schema.json");
    let now = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    assert!(
        published == now,
        "run: daypass policy schema > docs/entitlements.schema.json"
    );
}

/// The files that people begin with.
#[test]
fn the_examples_are_right_by_the_schema() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/entitlements");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let document: Value = serde_saphyr::from_str(&text).unwrap();
        let schema = json_schema();
        assert_eq!(
            complaint(&schema, &schema, &document),
            None,
            "{}",
            path.display()
        );
        assert!(mistakes(&text).is_empty(), "{}", path.display());
        files += 1;
    }
    assert!(files > 0);
}

const RIGHT: &str = r#"
apiVersion: daypass/v1
entitlements:
  - id: one-two
    requesters: [group:sre@example.com]
    privileges:
      - {resource: projects/acme-prod, roles: [roles/logging.viewer]}
    duration: {max: 1h}
    approval:
      steps:
        - {approvers: [peers], needed: 1}
"#;

/// A list that is too long is wrong by the schema, and the loader points at the first entry beyond.
#[test]
fn long_lists_are_wrong_for_editor_and_loader() {
    use crate::entitlement::{MOST_PRIVILEGES, MOST_ROLES};

    let with = |privileges: usize, roles: usize| {
        let roles: Vec<String> = (0..roles)
            .map(|number| format!("roles/x{number}"))
            .collect();
        let privileges: Vec<String> = (0..privileges)
            .map(|number| {
                format!(
                    "\n      - {{resource: projects/p{number}, roles: [{}]}}",
                    roles.join(", ")
                )
            })
            .collect();
        let text = format!(
            "apiVersion: daypass/v1\nentitlements:\n  - id: one-two\n    requesters: [user:a@example.com]\n    approval: none\n    privileges:{}\n",
            privileges.concat()
        );
        let document: Value = serde_saphyr::from_str(&text).unwrap();
        let schema = json_schema();
        let is_right = complaint(&schema, &schema, &document).is_none();
        let found = load(&[Source {
            name: "long.yaml".into(),
            text,
        }]);
        let found = found.map(|_| ()).map_err(|findings| {
            let told = findings.iter();
            told.map(|one| (one.line, one.message.clone())).collect()
        });
        (is_right, found)
    };
    assert_eq!(with(MOST_PRIVILEGES, 1), (true, Ok(())));
    assert_eq!(with(1, MOST_ROLES), (true, Ok(())));
    let said = |line: u64, message: &str| (false, Err(vec![(line, message.to_owned())]));
    let line = 7 + MOST_PRIVILEGES as u64;
    assert_eq!(
        with(MOST_PRIVILEGES + 1, 1),
        said(line, "there are more than 100 privileges")
    );
    assert_eq!(
        with(1, MOST_ROLES + 1),
        said(7, "there are more than 100 roles")
    );
}

/// What is wrong by its form is wrong by the schema, and the loader refuses it.
#[test]
fn wrong_files_are_wrong_for_editor_and_loader() {
    let schema = json_schema();
    let right: Value = serde_saphyr::from_str(RIGHT).unwrap();
    assert_eq!(complaint(&schema, &schema, &right), None);
    let mut shown = Vec::new();
    for (from, to) in [
        ("daypass/v1", "daypass/v2"),
        ("id: one-two", "id: One"),
        ("id: one-two", "ident: one-two"),
        (
            "requesters: [group:sre@example.com]",
            "requesters: group:sre@example.com",
        ),
        ("[group:sre@example.com]", "[sre@example.com]"),
        ("[group:sre@example.com]", "[group: sre@example.com]"),
        ("[group:sre@example.com]", "[[group:sre@example.com]]"),
        ("requesters", "requestors"),
        ("resource: projects/acme-prod", "resource: acme-prod"),
        ("resource: projects/acme-prod, ", ""),
        ("resource: projects/acme-prod", "project: acme-prod"),
        (
            "resource: projects/acme-prod",
            "resource: {folder: folders/1, label: {env: prod}}",
        ),
        ("roles/logging.viewer", "roles/owner"),
        ("roles/logging.viewer", "logging.viewer"),
        (
            "roles: [roles/logging.viewer]",
            "role: roles/logging.viewer",
        ),
        ("roles: [roles/logging.viewer]", "roles: []"),
        ("{max: 1h}", "{max: 90}"),
        ("{max: 1h}", "1h"),
        ("max: 1h", "maximum: 1h"),
        ("needed: 1", "needed: one"),
        ("needed: 1", "needed: 0"),
        ("needed: 1", "count: 1"),
        ("    approval:\n", "    approvals:\n"),
        ("- {approvers: [peers], needed: 1}", "approvers: [peers]"),
        ("[peers]", "peers"),
        ("duration: {max: 1h}", "needed: 2"),
        ("duration: {max: 1h}", "slack: maybe"),
        ("duration: {max: 1h}", "justification: required"),
        ("duration: {max: 1h}", "justification: {required: please}"),
        ("duration: {max: 1h}", "labels: prod"),
        ("duration: {max: 1h}", "break_glass: {page: [email]}"),
        ("duration: {max: 1h}", "fancy: true"),
        ("entitlements:", "entitlements: all of them\nxx:"),
    ] {
        assert_eq!(RIGHT.matches(from).count(), 1, "{from}");
        let text = RIGHT.replace(from, to);
        let document: Value = serde_saphyr::from_str(&text).unwrap();
        assert!(complaint(&schema, &schema, &document).is_some(), "{to}");
        let source = Source {
            name: "prod.yaml".into(),
            text,
        };
        let findings = load(&[source]).map(|_| ()).unwrap_err();
        let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
        shown.push(format!("# {from} -> {to}\n{}", told.join("\n")));
    }
    insta::assert_snapshot!(shown.join("\n\n"));
}

/// What is not YAML at all.
#[test]
fn broken_yaml_is_told_in_plain_words() {
    let cases = [
        ("nothing", String::new()),
        ("a tab", RIGHT.replace("    duration", "\tduration")),
        (
            "twice",
            RIGHT.replace("    duration", "    id: two\n    duration"),
        ),
        ("two documents", format!("{RIGHT}---\n{RIGHT}")),
        ("an open bracket", RIGHT.replace("[peers]", "[peers")),
        ("an open quote", RIGHT.replace("one-two", "'one-two")),
        (
            "a colon in a title",
            RIGHT.replace(
                "    duration",
                "    title: Storage: production\n    duration",
            ),
        ),
        (
            "a pattern within brackets",
            RIGHT.replace(
                "    duration",
                "    inputs:\n      - {name: incident, type: string, pattern: ^INC-[0-9]+$, required: true}\n    duration",
            ),
        ),
        (
            "a pattern within brackets of several lines",
            RIGHT.replace(
                "    duration",
                "    inputs: [{name: incident,\n      pattern: ^INC-[0-9]+$, title: The incident,\n      required: true}]\n    duration",
            ),
        ),
        (
            "a pattern that begins with a bracket",
            RIGHT.replace(
                "    duration",
                "    justification: {required: true, pattern: [A-Z]+-[0-9]+}\n    duration",
            ),
        ),
        (
            "brackets that do not fit",
            RIGHT.replace(
                "    duration",
                "    inputs: [{name: incident, type: string]\n    duration",
            ),
        ),
        (
            "an at sign",
            RIGHT.replace("    duration", "    title: @storage\n    duration"),
        ),
        (
            "an alias",
            RIGHT.replace("    duration", "    title: *storage\n    duration"),
        ),
        (
            "a wrong indentation",
            RIGHT.replace("    duration", "  duration"),
        ),
        ("only text", "hello\n".into()),
        ("only a list", "- id: one-two\n".into()),
        ("no approvers", RIGHT.replace("[peers]", "")),
        ("very deep", format!("apiVersion: {}", "[".repeat(1_000))),
    ];
    let mut shown = Vec::new();
    for (name, text) in cases {
        let source = Source {
            name: "prod.yaml".into(),
            text,
        };
        let findings = load(&[source]).map(|_| ()).unwrap_err();
        let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
        shown.push(format!("# {name}\n{}", told.join("\n")));
    }
    insta::assert_snapshot!(shown.join("\n\n"));
}

mod any_text {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// I27: whatever stands in a file, it is answered.
        #[test]
        fn is_answered(from in 0..RIGHT.len(), length in 0..20_usize, text in "[ -~\n]{0,12}") {
            let to = (from + length).min(RIGHT.len());
            let edited = format!("{}{text}{}", &RIGHT[..from], &RIGHT[to..]);
            let told = match serde_saphyr::from_str::<Value>(&edited) {
                Ok(_) => mistakes(&edited),
                Err(error) => vec![tell(&error, &edited)],
            };
            prop_assert!(told.iter().all(|one| !one.message.is_empty() && !one.hint.is_empty()));
        }
    }
}
