//! Lists as tables, which kubectl asks for and prints as they are.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::http::request::Received;

/// A column: its name, and whether it is shown only with `-o wide`.
pub(super) type Column = (&'static str, bool);

/// Whether the client would rather have a table.
pub(super) fn is_wanted(received: &Received) -> bool {
    received
        .header("accept")
        .is_some_and(|accepted| accepted.contains("as=Table"))
}

/// A table of objects, one row each.
pub(super) fn table(columns: &[Column], rows: Vec<(Vec<Value>, Value)>) -> Value {
    let columns: Vec<Value> = columns
        .iter()
        .map(|(name, is_wide)| {
            json!({
                "name": name,
                "type": "string",
                "format": if *name == "Name" { "name" } else { "" },
                "description": "",
                "priority": i32::from(*is_wide),
            })
        })
        .collect();
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|(cells, object)| {
            let object = json!({
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": object["metadata"],
            });
            json!({ "cells": cells, "object": object })
        })
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": { "resourceVersion": "1" },
        "columnDefinitions": columns,
        "rows": rows,
    })
}

/// How long ago, as kubectl writes it: `45s`, `90m`, `30h`, `12d`.
pub(super) fn age(object: &Value, now: Timestamp) -> Value {
    let created = object["metadata"]["creationTimestamp"].as_str();
    let created = created.and_then(|text| text.parse::<Timestamp>().ok());
    let seconds = created.map_or(0, |created| now.duration_since(created).as_secs().max(0));
    json!(match seconds {
        ..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    })
}

/// Kubernetes shows whole seconds.
pub(super) fn whole_seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second())
        .unwrap_or(time)
        .to_string()
}
