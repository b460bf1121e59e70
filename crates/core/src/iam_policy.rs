//! An allow policy, kept exactly as it was read.
//!
//! Most of a policy is not ours. It is held as the JSON that Google sent, unknown fields and order included; typed
//! access is a view. So what we send back differs from what we read only where we meant it to (I1).

use serde_json::{Map, Value, json};

use crate::Error;
use crate::mutant::{self, Mutant};

/// The policy version that a condition needs.
pub const CONDITIONS_VERSION: u64 = 3;

/// The policy version that every read asks for (I3): below it, Google cuts the conditions off.
pub fn requested_version() -> u64 {
    if mutant::is(Mutant::VersionOneAsked) {
        return 1;
    }
    CONDITIONS_VERSION
}

/// The mark of a role in a policy that was read below version 3: its condition has been cut off. Written back, it
/// would corrupt the policy (I4).
pub const DOWNGRADED_ROLE_MARK: &str = "_withcond_";

/// An allow policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// All fields but `bindings`, in their order.
    rest: Map<String, Value>,
    bindings: Vec<Binding>,
    /// Where `bindings` stood among the fields.
    position: usize,
}

impl Policy {
    /// Takes the JSON of a policy as Google sent it.
    pub fn from_json(value: Value) -> Result<Self, Error> {
        let wrong = |what: &str| Error::Policy(what.to_owned());
        let Value::Object(mut rest) = value else {
            return Err(wrong("not an object"));
        };
        let position = rest
            .keys()
            .position(|key| key == "bindings")
            .unwrap_or(rest.len());
        let bindings = match rest.shift_remove("bindings") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(bindings)) => bindings
                .into_iter()
                .map(Binding::from_json)
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(wrong("'bindings' is not a list")),
        };
        Ok(Self {
            rest,
            bindings,
            position,
        })
    }

    /// The JSON to send: the version raised to 3 if any binding has a condition, else as it was read (finding 3).
    pub fn to_json(&self) -> Value {
        let bindings = Value::Array(
            self.bindings
                .iter()
                .map(|binding| Value::Object(binding.0.clone()))
                .collect(),
        );
        let mut object = Map::new();
        for (index, (key, value)) in self.rest.iter().enumerate() {
            if index == self.position {
                object.insert("bindings".into(), bindings.clone());
            }
            object.insert(key.clone(), value.clone());
        }
        object.entry("bindings").or_insert(bindings);
        if self
            .bindings
            .iter()
            .any(|binding| binding.0.contains_key("condition"))
        {
            object.insert("version".into(), json!(CONDITIONS_VERSION));
        }
        Value::Object(object)
    }

    /// The etag, which every write must send back. An absent or empty one is none.
    pub fn etag(&self) -> Option<&str> {
        self.rest
            .get("etag")
            .and_then(Value::as_str)
            .filter(|etag| !etag.is_empty())
    }

    /// The bindings in their order.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The same policy with other bindings.
    #[must_use]
    pub fn with_bindings(&self, bindings: Vec<Binding>) -> Self {
        Self {
            rest: self.rest.clone(),
            bindings,
            position: self.position,
        }
    }

    /// All fields but the bindings and the version, which follows from the bindings.
    pub fn other_fields(&self) -> Map<String, Value> {
        self.rest
            .iter()
            .filter(|(key, _)| *key != "version")
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// The same policy without an etag: a blind overwrite, which only a deliberate defect makes.
    #[must_use]
    pub fn without_etag(&self) -> Self {
        let mut policy = self.clone();
        policy.rest.shift_remove("etag");
        policy
    }

    /// Exemptions from audit logging count as principals too; this many stand in `auditConfigs`.
    pub fn audit_exemptions(&self) -> usize {
        let list = |value: Option<&Value>, key: &str| -> Vec<Value> {
            value
                .and_then(|v| v.get(key))
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let configs = self
            .rest
            .get("auditConfigs")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        configs
            .iter()
            .flat_map(|config| list(Some(config), "auditLogConfigs"))
            .map(|config| list(Some(&config), "exemptedMembers").len())
            .sum()
    }

    /// Bytes of the policy as JSON, for the size limit.
    pub fn size(&self) -> usize {
        self.to_json().to_string().len()
    }
}

/// One binding, as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding(Map<String, Value>);

impl Binding {
    fn from_json(value: Value) -> Result<Self, Error> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            _ => Err(Error::Policy("a binding is not an object".into())),
        }
    }

    /// A new binding of one member under a condition.
    pub fn with_condition(role: &str, member: &str, condition: &Condition) -> Self {
        let mut map = Map::new();
        map.insert("role".into(), json!(role));
        map.insert("members".into(), json!([member]));
        map.insert("condition".into(), Value::Object(condition.0.clone()));
        Self(map)
    }

    /// The role.
    pub fn role(&self) -> Option<&str> {
        self.0.get("role").and_then(Value::as_str)
    }

    /// The members, in their order.
    pub fn members(&self) -> Vec<&str> {
        self.0
            .get("members")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The condition, if there is one.
    pub fn condition(&self) -> Option<ConditionView<'_>> {
        self.0
            .get("condition")
            .and_then(Value::as_object)
            .map(ConditionView)
    }

    /// Whether its role shows that the policy was read below version 3.
    pub fn is_downgraded(&self) -> bool {
        self.role()
            .is_some_and(|role| role.contains(DOWNGRADED_ROLE_MARK))
    }

    /// Its JSON.
    pub fn as_json(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// A condition to be written. Neither location nor description: each byte counts in a policy of limited size.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition(Map<String, Value>);

impl Condition {
    /// A condition of this title and expression.
    pub fn new(title: &str, expression: &str) -> Self {
        let mut map = Map::new();
        map.insert("title".into(), json!(title));
        map.insert("expression".into(), json!(expression));
        Self(map)
    }
}

/// A condition as it was read.
#[derive(Debug, Clone, Copy)]
pub struct ConditionView<'a>(&'a Map<String, Value>);

impl<'a> ConditionView<'a> {
    /// The title, or nothing.
    pub fn title(self) -> &'a str {
        self.0
            .get("title")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The CEL expression.
    pub fn expression(self) -> &'a str {
        self.0
            .get("expression")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_is_read_is_sent_back_in_its_order() {
        let read = json!({"version": 1, "unknown": {"a": 1}, "bindings": [{"future": 1, "role": "roles/x", "members": ["user:b@x.org", "user:a@x.org"]}], "etag": "AAAA", "auditConfigs": [{"service": "allServices"}]});
        let policy = Policy::from_json(read.clone()).unwrap();
        assert_eq!(policy.to_json().to_string(), read.to_string());
        assert_eq!(policy.etag(), Some("AAAA"));
    }

    #[test]
    fn an_empty_policy_and_an_empty_etag() {
        let policy = Policy::from_json(json!({"etag": "ACAB"})).unwrap();
        assert!(policy.bindings().is_empty());
        assert_eq!(Policy::from_json(json!({"etag": ""})).unwrap().etag(), None);
        assert_eq!(Policy::from_json(json!({})).unwrap().etag(), None);
        for wrong in [json!([]), json!({"bindings": {}}), json!({"bindings": [1]})] {
            assert!(Policy::from_json(wrong).is_err());
        }
    }

    #[test]
    fn a_condition_raises_the_version() {
        let policy = Policy::from_json(json!({"etag": "ACAB"})).unwrap();
        let binding =
            Binding::with_condition("roles/x", "user:a@x.org", &Condition::new("t", "true"));
        assert_eq!(policy.with_bindings(vec![binding]).to_json()["version"], 3);
        assert_eq!(policy.to_json().get("version"), None);
    }
}
