//! An entitlement as it will be written: the fields of the file format that an import can fill.

use serde::Serialize;
use serde_json::{Map, Value};

use super::yaml;

/// One entitlement of a file. Fields that are absent are left out of the file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Draft {
    /// Its id.
    pub id: String,
    /// A short name for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who may ask.
    pub requesters: Vec<String>,
    /// What is given.
    pub privileges: Vec<DraftPrivilege>,
    /// For how long.
    pub duration: DraftDuration,
    /// What the requester must write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<DraftJustification>,
    /// What the requester must fill in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<DraftInput>,
    /// What must hold for a request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<DraftConstraint>,
    /// Who must agree.
    pub approval: DraftApproval,
    /// Who is told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<String>,
}

/// Roles on one resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DraftPrivilege {
    /// The resource.
    pub resource: String,
    /// The roles.
    pub roles: Vec<String>,
    /// The condition beside the lifetime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Bounds of the lifetime, as text.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DraftDuration {
    /// The shortest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// What is taken when nothing is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The longest.
    pub max: String,
}

/// What the requester must write.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DraftJustification {
    /// Whether there must be one.
    pub required: bool,
    /// A regular expression that must be found in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What to write, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// One thing to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftInput {
    /// Its name in expressions.
    pub name: String,
    /// `string`, `integer` or `boolean`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A regular expression that must be found in a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Whether it must be filled in.
    pub required: bool,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftConstraint {
    /// Its name.
    pub name: String,
    /// The CEL expression.
    pub expression: String,
    /// What to say where it does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Who must agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum DraftApproval {
    /// Nobody: `approval: none`.
    Nobody(&'static str),
    /// Somebody.
    Steps(DraftSteps),
}

impl DraftApproval {
    /// `approval: none`.
    pub const NONE: Self = Self::Nobody("none");
}

/// The steps of an approval.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DraftSteps {
    /// `required` if the approver must say why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<&'static str>,
    /// What must hold for an approver.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<DraftConstraint>,
    /// When an undecided request ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// The steps, in order.
    pub steps: Vec<DraftStep>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftStep {
    /// Who may decide.
    pub approvers: Vec<String>,
    /// How many of them must say yes.
    pub needed: u64,
}

/// A whole file with these entitlements.
pub(super) fn file(drafts: &[Draft]) -> String {
    let mut fields = Map::new();
    fields.insert("apiVersion".into(), "daypass/v1".into());
    // Drafts hold strings, numbers and lists only, so each becomes a JSON value.
    let entitlements = drafts.iter().flat_map(serde_json::to_value).collect();
    fields.insert("entitlements".into(), Value::Array(entitlements));
    yaml::document(&fields)
}
