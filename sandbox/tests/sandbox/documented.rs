//! `docs/sandbox.md` says what is true.

use daypass_sandbox::{FaultKind, Seed};
use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/sandbox.md");

#[test]
fn the_organisation_of_the_page_is_one_to_begin_with() {
    let (_, rest) = PAGE.split_once("```yaml\n").unwrap();
    let (yaml, _) = rest.split_once("```").unwrap();
    let seed = Seed::from_yaml(yaml).unwrap();
    let written: serde_json::Map<String, Value> = serde_saphyr::from_str(yaml).unwrap();
    let known = serde_json::to_value(&seed).unwrap();
    let known = known.as_object().unwrap();
    assert!(
        known.keys().eq(written.keys()),
        "every key is there: {:?} {:?}",
        known.keys(),
        written.keys()
    );
    for (key, value) in known {
        assert!(
            value.as_array().is_none_or(|list| !list.is_empty()),
            "{key} is shown with something in it"
        );
    }
}

#[test]
fn the_kinds_of_faults_of_the_page_are_all_there_are() {
    let (_, kinds) = PAGE.split_once("The kinds:").unwrap();
    let codes = kinds.split('`').skip(1).step_by(2);
    let mut read = Vec::new();
    for code in codes.filter(|code| !code.starts_with("--")) {
        let kind = serde_json::from_str(code).unwrap_or_else(|_| Value::from(code));
        read.push(serde_json::from_value::<FaultKind>(kind).unwrap());
    }
    assert_eq!(read.len(), 14, "{read:?}");
}
