//! IAM policies as JSON: what gcloud prints for one resource, or what Cloud Asset Inventory finds or exports.

use serde::Deserialize;
use serde_json::Value;

use crate::entitlement::Source;
use crate::import::report::{Gathering, Place, shown};
use crate::resource::ResourceName;

/// Largest file that is read, in bytes: an export of a large organization has tens of megabytes.
const MAX_FILE_BYTES: usize = 256 * 1024 * 1024;

/// The fields that hold a resource's name beside its policy: `searchAllIamPolicies`, an export, `effectiveIamPolicies`.
const NAMES: [&str; 3] = ["resource", "name", "fullResourceName"];

/// The fields that hold the policy there.
const POLICIES: [&str; 3] = ["policy", "iamPolicy", "iam_policy"];

/// A file with policies.
#[derive(Debug, Clone)]
pub struct PolicyFile {
    /// The file.
    pub source: Source,
    /// Whose policy it is, if it is one policy.
    pub resource: Option<ResourceName>,
}

/// The policy of one resource.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) place: Place,
    /// The name as it was written.
    pub(super) name: String,
    /// A project, folder or organization.
    pub(super) resource: Option<ResourceName>,
    pub(super) bindings: Vec<Binding>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Binding {
    pub(super) role: String,
    #[serde(default)]
    pub(super) members: Vec<String>,
    pub(super) condition: Option<Condition>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Condition {
    #[serde(default)]
    pub(super) expression: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
}

impl Condition {
    /// What its author wrote about it.
    pub(super) fn words(&self) -> Option<String> {
        [&self.description, &self.title]
            .into_iter()
            .map(|text| text.trim())
            .find(|text| !text.is_empty())
            .map(str::to_owned)
    }
}

#[derive(Debug, Deserialize)]
struct RawPolicy {
    #[serde(default)]
    bindings: Vec<Binding>,
}

/// Reads a file: one document, or one a line.
pub(super) fn read(file: &PolicyFile, gathering: &mut Gathering) -> Vec<Policy> {
    let place = Place::file(&file.source.name);
    let mut policies = Vec::new();
    if file.source.text.len() > MAX_FILE_BYTES {
        gathering.wrong(
            &place,
            format!("the file is larger than {MAX_FILE_BYTES} bytes"),
        );
        return policies;
    }
    let documents = serde_json::Deserializer::from_str(&file.source.text).into_iter::<Value>();
    let mut count = 0;
    for (index, document) in documents.enumerate() {
        match document {
            Ok(document) => {
                count += 1;
                // The number of the document tells its line where there is one a line.
                let place = if index == 0 {
                    place.clone()
                } else {
                    place.inside(format_args!("document {}", index + 1))
                };
                walk(document, &place, file, &mut policies, gathering);
            }
            Err(error) => {
                gathering.wrong(&place, format!("it is not JSON: {error}"));
                return policies;
            }
        }
    }
    if count == 0 {
        gathering.wrong(&place, "the file is empty");
    }
    policies
}

fn walk(
    document: Value,
    place: &Place,
    file: &PolicyFile,
    policies: &mut Vec<Policy>,
    gathering: &mut Gathering,
) {
    let mut fields = match document {
        Value::Array(items) => {
            for (index, item) in items.into_iter().enumerate() {
                walk(
                    item,
                    &place.inside(format_args!("[{index}]")),
                    file,
                    policies,
                    gathering,
                );
            }
            return;
        }
        Value::Object(fields) => fields,
        _ => {
            gathering.wrong(place, "it is not an IAM policy");
            return;
        }
    };
    for list in ["results", "assets", "policyResults"] {
        if let Some(items @ Value::Array(_)) = fields.get_mut(list).map(Value::take) {
            return walk(items, &place.inside(list), file, policies, gathering);
        }
    }
    let name = NAMES
        .iter()
        .find_map(|field| fields.get(*field).and_then(Value::as_str))
        .map(str::to_owned);
    let beside = POLICIES
        .iter()
        .find(|field| fields.get(**field).is_some_and(Value::is_object));
    let (name, place, policy) = match (name, beside) {
        (Some(name), Some(field)) => {
            let policy = fields.get_mut(*field).map(Value::take).unwrap_or_default();
            (name, place.inside(field), policy)
        }
        _ if fields.contains_key("bindings") || fields.contains_key("etag") => {
            let Some(resource) = &file.resource else {
                let hint = format!(
                    "name it: {}=projects/ID, or --resource projects/ID",
                    file.source.name
                );
                let note = gathering.wrong(place, "it does not say whose policy it is");
                note.hint = Some(hint);
                return;
            };
            (resource.to_string(), place.clone(), Value::Object(fields))
        }
        // An asset may be listed without its policy.
        (Some(_), None) if fields.contains_key("assetType") => return,
        _ => {
            let note = gathering.wrong(place, "it is not an IAM policy");
            note.hint = Some("gcloud projects get-iam-policy ID --format=json".into());
            return;
        }
    };
    match serde_json::from_value::<RawPolicy>(policy) {
        Ok(policy) => policies.push(Policy {
            place,
            resource: attachment(&name),
            name,
            bindings: policy.bindings,
        }),
        Err(error) => {
            let message = format!("the policy of {} is not understood: {error}", shown(&name));
            gathering.wrong(&place, message);
        }
    }
}

/// The project, folder or organization of this name, with or without its service.
fn attachment(name: &str) -> Option<ResourceName> {
    let name = name
        .strip_prefix("//cloudresourcemanager.googleapis.com/")
        .unwrap_or(name);
    let resource = name.parse::<ResourceName>().ok()?;
    ["project", "folder", "organization"]
        .contains(&resource.kind().name)
        .then_some(resource)
}
