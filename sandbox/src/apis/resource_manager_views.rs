//! Projects, folders and organizations as each version of the API shows them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::world::resources::{Kind, Resource, Resources};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    V2,
    V3,
}

/// The number of `ACTIVE` in the state enums of version 3.
const ACTIVE: u8 = 1;

pub(crate) fn view(
    resource: &Resource,
    resources: &Resources,
    version: Version,
    enum_numbers: bool,
) -> Value {
    let state = if enum_numbers {
        json!(ACTIVE)
    } else {
        json!("ACTIVE")
    };
    let created = resource.created.to_string();
    let parent = resource
        .parent
        .as_deref()
        .and_then(|parent| resources.get(parent))
        .map(|parent| parent.key.clone());
    let mut shown = match (resource.kind, version) {
        (Kind::Project, Version::V1) => json!({
            "projectNumber": resource.number,
            "projectId": resource.short_name(),
            "lifecycleState": state,
            "name": resource.display_name,
            "createTime": created,
            "parent": parent_v1(parent.as_deref()),
        }),
        (Kind::Project, _) => json!({
            "name": format!("projects/{}", resource.number),
            "parent": parent,
            "projectId": resource.short_name(),
            "state": state,
            "displayName": resource.display_name,
            "createTime": created,
            "updateTime": created,
            "etag": etag(resource),
        }),
        (Kind::Folder, Version::V2 | Version::V1) => json!({
            "name": resource.key,
            "parent": parent,
            "displayName": resource.display_name,
            "lifecycleState": state,
            "createTime": created,
        }),
        (Kind::Folder, Version::V3) => json!({
            "name": resource.key,
            "parent": parent,
            "displayName": resource.display_name,
            "state": state,
            "createTime": created,
            "updateTime": created,
            "etag": etag(resource),
        }),
        (_, Version::V3) => json!({
            "name": resource.key,
            "displayName": resource.display_name,
            "directoryCustomerId": "C00000001",
            "state": state,
            "createTime": created,
            "updateTime": created,
            "etag": etag(resource),
        }),
        _ => json!({
            "name": resource.key,
            "displayName": resource.display_name,
            "owner": { "directoryCustomerId": "C00000001" },
            "creationTime": created,
            "lifecycleState": state,
        }),
    };
    if !resource.labels.is_empty() {
        shown["labels"] = json!(resource.labels);
    }
    shown
}

fn parent_v1(parent: Option<&str>) -> Value {
    let mut fields = Map::new();
    if let Some((collection, id)) = parent.and_then(|parent| parent.split_once('/')) {
        fields.insert("type".to_owned(), json!(collection.trim_end_matches('s')));
        fields.insert("id".to_owned(), json!(id));
    }
    Value::Object(fields)
}

/// An etag of the resource, not of its policy.
fn etag(resource: &Resource) -> String {
    STANDARD.encode(resource.created.as_second().to_be_bytes())
}

/// What a filter can ask of a resource.
pub(crate) fn attributes(resource: &Resource, field: &str) -> Vec<String> {
    let parent = resource
        .parent
        .as_deref()
        .and_then(|parent| parent.split_once('/'));
    let value = match field {
        "id" | "projectId" | "project_id" => Some(resource.short_name().to_owned()),
        "name" | "displayName" | "display_name" | "domain" => Some(resource.display_name.clone()),
        "projectNumber" | "number" => Some(resource.number.clone()),
        "lifecycleState" | "state" => Some("ACTIVE".to_owned()),
        "parent" => resource.parent.clone(),
        "parent.id" => parent.map(|(_, id)| id.to_owned()),
        "parent.type" => parent.map(|(collection, _)| collection.trim_end_matches('s').to_owned()),
        "labels" => return resource.labels.keys().cloned().collect(),
        _ => field
            .strip_prefix("labels.")
            .and_then(|label| resource.labels.get(label).cloned()),
    };
    value.into_iter().collect()
}
