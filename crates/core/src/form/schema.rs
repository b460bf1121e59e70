//! The JSON Schema of entitlement files, for editors (<https://json-schema.org/draft/2020-12>).

use serde_json::{Map, Value, json};

use super::file::{FILE, objects};
use super::{Entries, Field, Form, Object};
use crate::role::BASIC_ROLES;

/// Its name; it has no address of its own, editors take it from a file.
const ID: &str = "urn:daypass:schema:entitlements:v1";

/// The whole schema.
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    for one in objects().into_iter().skip(1) {
        definitions.insert(one.name.to_owned(), object(one));
    }
    let mut schema = Map::new();
    schema.insert(
        "$schema".into(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("$id".into(), json!(ID));
    schema.insert(
        "title".into(),
        json!("Daypass entitlements, apiVersion daypass/v1"),
    );
    if let Value::Object(file) = object(&FILE) {
        schema.extend(file);
    }
    schema.insert("$defs".into(), Value::Object(definitions));
    Value::Object(schema)
}

fn object(object: &Object) -> Value {
    let properties: Map<String, Value> = object
        .fields
        .iter()
        .map(|field| (field.name.to_owned(), property(field)))
        .collect();
    let required: Vec<&str> = object
        .fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if let Some(rules) = between_fields(object) {
        schema["oneOf"] = rules;
    }
    schema
}

/// What must hold between fields.
fn between_fields(object: &Object) -> Option<Value> {
    match object.name {
        "privilege" => Some(json!([
            {"required": ["resource", "roles"], "not": {"anyOf": [{"required": ["impersonate"]}, {"required": ["via"]}, {"required": ["token"]}]}},
            {"required": ["impersonate"], "not": {"anyOf": [{"required": ["resource"]}, {"required": ["roles"]}, {"required": ["condition"]}, {"required": ["at"]}]}},
        ])),
        _ => None,
    }
}

fn property(field: &Field) -> Value {
    let mut schema = form(&field.form);
    schema["description"] = json!(field.meaning);
    if let Ok(example) = serde_saphyr::from_str::<Value>(field.example) {
        schema["examples"] = json!([example]);
    }
    schema
}

fn form(form_of: &Form) -> Value {
    match form_of {
        // Labels and inputs are text to the loader, however they are written.
        Form::Text(text) if text.is == "a value" => {
            json!({"type": ["string", "number", "boolean"]})
        }
        Form::Text(text) if text.is == "a role" => {
            json!({"type": "string", "pattern": text.pattern, "not": {"enum": BASIC_ROLES}})
        }
        Form::Text(text) if text.pattern.is_empty() => json!({"type": "string"}),
        Form::Text(text) => json!({"type": "string", "pattern": text.pattern}),
        Form::Words([only]) => json!({"const": only}),
        Form::Words(words) => json!({"enum": words}),
        Form::Flag => json!({"type": "boolean"}),
        Form::Count(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Form::List(inner, Entries::Any) => json!({"type": "array", "items": form(inner)}),
        Form::List(inner, Entries::Some) => {
            json!({"type": "array", "items": form(inner), "minItems": 1})
        }
        Form::List(inner, Entries::SomeUpTo(most)) => {
            json!({"type": "array", "items": form(inner), "minItems": 1, "maxItems": most})
        }
        Form::Map(inner) => json!({"type": "object", "additionalProperties": form(inner)}),
        Form::Object(object) => json!({"$ref": format!("#/$defs/{}", object.name)}),
        Form::Either(one, other) => json!({"anyOf": [form(one), form(other)]}),
    }
}
