//! The allow policies of `examples/policies/`, and when two policies are the same.

use std::path::Path;

use serde_json::Value;

/// One example.
#[derive(Clone, Debug)]
pub struct Example {
    /// The file's name, without `.json`.
    pub name: String,
    /// The policy.
    pub policy: Value,
}

/// All examples, by name.
pub fn policies() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies");
    let mut examples: Vec<Example> = std::fs::read_dir(folder)
        .expect("examples/policies is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("the example can be read");
            let policy = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            Example {
                name: path
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                policy,
            }
        })
        .collect();
    examples.sort_by(|one, other| one.name.cmp(&other.name));
    examples
}

/// The bindings, in their order.
pub fn bindings(policy: &Value) -> Vec<Value> {
    policy["bindings"].as_array().cloned().unwrap_or_default()
}

/// The policy without what each write changes: `etag`, and `version`, which follows from the rest.
/// Two of these are equal whatever the order of fields in an object; lists keep their order.
pub fn content(policy: &Value) -> Value {
    let mut content = policy.clone();
    if let Some(fields) = content.as_object_mut() {
        // What Cloud Storage and gcloud add around a bucket's policy is no content either.
        for field in ["etag", "version", "kind", "resourceId"] {
            fields.shift_remove(field);
        }
        if fields
            .get("bindings")
            .is_some_and(|bindings| bindings == &Value::Array(Vec::new()))
        {
            fields.shift_remove("bindings");
        }
    }
    content
}

/// The version that Google answers with: 3 if there is a condition, else 1; none for a policy that was never set.
pub fn version_by_the_rule(policy: &Value) -> Option<u64> {
    let bindings = policy["bindings"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if bindings
        .iter()
        .any(|binding| binding.get("condition").is_some())
    {
        Some(3)
    } else {
        (policy["etag"] != "ACAB").then_some(1)
    }
}

/// Fails unless the policy is the same as before, and its version is Google's.
///
/// # Panics
/// Naming the case, with both policies.
pub fn assert_same(before: &Value, after: &Value, case: &str) {
    assert_eq!(
        content(before),
        content(after),
        "{case}: the policy is what it was"
    );
    assert_eq!(
        after["version"].as_u64(),
        version_by_the_rule(after),
        "{case}: the version is Google's"
    );
}
