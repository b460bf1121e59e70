//! An allow policy as it is stored: known fields typed, unknown ones kept verbatim, order kept.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The etag of a policy that nobody has ever set (facts 1.1, captured).
pub(crate) const NEVER_SET_ETAG: &str = "ACAB";

/// Digits of the hash in a downgraded role name, as seen in Google's own documentation.
const WITHCOND_DIGITS: usize = 20;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Policy {
    #[serde(default)]
    pub(crate) bindings: Vec<Binding>,
    #[serde(
        default,
        rename = "auditConfigs",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) audit_configs: Option<Value>,
    /// Fields that this sandbox does not know; returned as they came.
    #[serde(flatten)]
    pub(crate) extra: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Binding {
    #[serde(default)]
    pub(crate) role: String,
    #[serde(default)]
    pub(crate) members: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<Condition>,
    #[serde(flatten)]
    pub(crate) extra: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Condition {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) expression: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) location: String,
    #[serde(flatten)]
    pub(crate) extra: Map<String, Value>,
}

impl Condition {
    /// The suffix that hides this condition from a client that reads an old policy version.
    fn withcond_suffix(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.title, &self.description, &self.expression] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digits = HEXLOWER.encode(&hash.finalize());
        format!("_withcond_{}", &digits[..WITHCOND_DIGITS])
    }
}

impl Policy {
    /// Reads a policy; `version` and `etag` are left out, since the store owns them.
    pub(crate) fn from_json(mut value: Value) -> Result<Policy, serde_json::Error> {
        if let Some(fields) = value.as_object_mut() {
            for owned in ["version", "etag", "kind", "resourceId"] {
                fields.remove(owned);
            }
        }
        serde_json::from_value(value)
    }

    pub(crate) fn has_conditions(&self) -> bool {
        self.bindings
            .iter()
            .any(|binding| binding.condition.is_some())
    }

    fn is_empty(&self) -> bool {
        self.bindings.is_empty() && self.audit_configs.is_none() && self.extra.is_empty()
    }

    /// Google's rule: 3 if a condition is there, else 1, whatever version was asked for.
    pub(crate) fn version(&self) -> u8 {
        if self.has_conditions() { 3 } else { 1 }
    }

    /// What a reader sees who asked for `requested_version`. Below 3, conditions are hidden behind
    /// `_withcond_` role names (facts 1.1).
    pub(crate) fn render(&self, requested_version: u8, etag: &str) -> Value {
        if self.is_empty() && etag == NEVER_SET_ETAG {
            return json!({ "etag": NEVER_SET_ETAG });
        }
        let mut shown = self.clone();
        if requested_version < 3 {
            for binding in &mut shown.bindings {
                if let Some(condition) = binding.condition.take() {
                    binding.role.push_str(&condition.withcond_suffix());
                }
            }
        }
        let mut rendered = Map::new();
        rendered.insert("version".to_owned(), json!(shown.version()));
        rendered.insert("etag".to_owned(), json!(etag));
        if let Ok(Value::Object(fields)) = serde_json::to_value(&shown) {
            // Google leaves an empty list out.
            rendered.extend(
                fields
                    .into_iter()
                    .filter(|(name, value)| name != "bindings" || value != &json!([])),
            );
        }
        Value::Object(rendered)
    }

    /// The size that counts against the limit: the compact JSON, in bytes.
    pub(crate) fn size_bytes(&self) -> usize {
        serde_json::to_vec(self).map_or(0, |bytes| bytes.len())
    }
}

/// The role behind a downgraded name, or the name itself.
pub(crate) fn without_withcond(role: &str) -> &str {
    match role.rsplit_once("_withcond_") {
        Some((base, digits))
            if digits.len() == WITHCOND_DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit()) =>
        {
            base
        }
        _ => role,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn conditional() -> Policy {
        Policy::from_json(json!({
            "version": 3, "etag": "x", "future": {"a": 1},
            "bindings": [
                {"role": "roles/viewer", "members": ["user:a@example.com"], "bindingId": "7"},
                {"role": "roles/storage.admin", "members": ["user:b@example.com"],
                 "condition": {"title": "t", "expression": "true", "novel": [1]}},
            ],
        }))
        .unwrap()
    }

    #[test]
    fn unknown_fields_survive_and_the_store_owns_version_and_etag() {
        let shown = conditional().render(3, "BwX=");
        assert_eq!(shown["future"], json!({"a": 1}));
        assert_eq!(shown["bindings"][0]["bindingId"], "7");
        assert_eq!(shown["bindings"][1]["condition"]["novel"], json!([1]));
        assert_eq!(
            (&shown["version"], &shown["etag"]),
            (&json!(3), &json!("BwX="))
        );
    }

    #[test]
    fn an_old_reader_sees_a_withcond_role_and_version_1() {
        let shown = conditional().render(1, "e");
        assert_eq!(shown["version"], 1);
        let role = shown["bindings"][1]["role"].as_str().unwrap();
        assert!(role.starts_with("roles/storage.admin_withcond_"), "{role}");
        assert!(shown["bindings"][1].get("condition").is_none());
        assert_eq!(without_withcond(role), "roles/storage.admin");
    }

    #[test]
    fn a_policy_that_was_never_set_is_only_an_etag() {
        assert_eq!(
            Policy::default().render(3, NEVER_SET_ETAG),
            json!({"etag": "ACAB"})
        );
        assert_eq!(
            Policy::default().render(3, "BwY="),
            json!({"version": 1, "etag": "BwY="})
        );
    }
}
