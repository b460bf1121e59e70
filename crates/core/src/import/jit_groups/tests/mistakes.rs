//! Mistakes in documents, by the names that JIT Groups gives to them.

use super::*;

/// P-1 to P-3, P-6 to P-8, P-10, P-12, P-13, P-15 and P-18, by the names that JIT Groups gives to them.
#[test]
fn what_is_wrong_has_the_name_that_jit_groups_gives_to_it() {
    let environment =
        |fields: &str| format!("schemaVersion: 1\nenvironment: {{name: env-1, {fields}}}");
    let in_group = |fields: &str| {
        environment(&format!(
            "systems: [{{name: sys, groups: [{{name: g, {fields}}}]}}]"
        ))
    };
    let iam = |fields: &str| in_group(&format!("privileges: {{iam: [{{{fields}}}]}}"));
    let constraint = |fields: &str| in_group(&format!("constraints: {{join: [{{{fields}}}]}}"));
    let variable = |fields: &str| {
        constraint(&format!(
            "type: expression, name: c, expression: 'true', variables: [{{{fields}}}]"
        ))
    };
    let access = |fields: &str| environment(&format!("access: [{{{fields}}}]"));
    for (text, code) in [
        ("  ".into(), "FILE_UNKNOWN_PROPERTY"),
        ("}".into(), "FILE_INVALID_SYNTAX"),
        ("[1]".into(), "FILE_INVALID_SYNTAX"),
        ("foo: 1".into(), "FILE_UNKNOWN_PROPERTY"),
        (environment("colour: red"), "FILE_UNKNOWN_PROPERTY"),
        ("schemaVersion: 0".into(), "FILE_INVALID_VERSION"),
        ("schemaVersion: ".into(), "FILE_INVALID_VERSION"),
        ("environment: {name: e}".into(), "FILE_INVALID_VERSION"),
        (
            "schemaVersion: 1\nenvironment: ".into(),
            "ENVIRONMENT_MISSING",
        ),
        (
            "schemaVersion: 1\nenvironment: {name: ''}".into(),
            "ENVIRONMENT_INVALID",
        ),
        (
            "schemaVersion: 1\nenvironment: {name: 'a b'}".into(),
            "ENVIRONMENT_INVALID",
        ),
        (
            format!(
                "schemaVersion: 1\nenvironment: {{name: {}}}",
                "x".repeat(17)
            ),
            "ENVIRONMENT_INVALID",
        ),
        (environment("systems: [{name: ''}]"), "SYSTEM_INVALID"),
        (
            environment(&format!("systems: [{{name: {}}}]", "x".repeat(17))),
            "SYSTEM_INVALID",
        ),
        (
            environment("systems: [{name: a}, {name: A}]"),
            "SYSTEM_INVALID",
        ),
        (
            environment("systems: [{name: s, groups: [{name: }]}]"),
            "GROUP_INVALID",
        ),
        (
            environment("systems: [{name: s, groups: [{name: ' '}]}]"),
            "GROUP_INVALID",
        ),
        (
            environment("systems: [{name: s, groups: [{name: with spaces}]}]"),
            "GROUP_INVALID",
        ),
        (
            environment("systems: [{name: s, groups: [{name: '?'}]}]"),
            "GROUP_INVALID",
        ),
        (
            environment(&format!(
                "systems: [{{name: s, groups: [{{name: {}}}]}}]",
                "x".repeat(25)
            )),
            "GROUP_INVALID",
        ),
        (
            access("principal: '', allow: JOIN"),
            "ACL_INVALID_PRINCIPAL",
        ),
        (
            access("principal: 'serviceAccount:x', allow: JOIN"),
            "ACL_INVALID_PRINCIPAL",
        ),
        (
            access("principal: 'robot:x', allow: JOIN"),
            "ACL_INVALID_PRINCIPAL",
        ),
        (
            access("principal: 'user:a@example.com', allow: ''"),
            "ACL_INVALID_PERMISSION",
        ),
        (
            access("principal: 'user:a@example.com', allow: sleep"),
            "ACL_INVALID_PERMISSION",
        ),
        (
            access("principal: 'user:a@example.com', deny: maybe"),
            "ACL_INVALID_PERMISSION",
        ),
        (
            access("principal: 'user:a@example.com', allow: JOIN, deny: JOIN"),
            "ACL_INVALID_PERMISSION",
        ),
        (
            access("principal: 'user:a@example.com'"),
            "ACL_INVALID_PERMISSION",
        ),
        (constraint("type: ''"), "CONSTRAINT_INVALID_TYPE"),
        (constraint("type: '  void'"), "CONSTRAINT_INVALID_TYPE"),
        (
            constraint("type: expiry, min: PT1H, max: PT2H}, {type: expiry, min: PT1H, max: PT2H"),
            "CONSTRAINT_INVALID_EXPIRY",
        ),
        (
            constraint("type: expiry, min: PT2H, max: PT1H"),
            "CONSTRAINT_INVALID_EXPIRY",
        ),
        (
            constraint("type: expiry, min: 1h, max: PT2H"),
            "CONSTRAINT_INVALID_EXPIRY",
        ),
        (
            in_group("constraints: {approve: [{type: expiry, min: PT1H, max: PT2H}]}"),
            "CONSTRAINT_INVALID_EXPIRY",
        ),
        (
            constraint("type: expression, name: c, expression: ''"),
            "CONSTRAINT_INVALID_EXPRESSION",
        ),
        (
            constraint("type: expression, name: c, expression: 'syntax error('"),
            "CONSTRAINT_INVALID_EXPRESSION",
        ),
        (
            variable("name: x, type: invalid"),
            "CONSTRAINT_INVALID_VARIABLE_DECLARATION",
        ),
        (
            variable("name: ' ', type: string"),
            "CONSTRAINT_INVALID_VARIABLE_DECLARATION",
        ),
        (
            variable("name: 123x, type: string"),
            "CONSTRAINT_INVALID_VARIABLE_DECLARATION",
        ),
        (
            variable("name: with spaces, type: string"),
            "CONSTRAINT_INVALID_VARIABLE_DECLARATION",
        ),
        (
            variable("name: _reserved, type: string"),
            "CONSTRAINT_INVALID_VARIABLE_DECLARATION",
        ),
        (
            iam("resource: folders/x, role: roles/run.admin"),
            "PRIVILEGE_INVALID_RESOURCE_ID",
        ),
        (
            iam("role: roles/run.admin"),
            "PRIVILEGE_INVALID_RESOURCE_ID",
        ),
        (
            iam("resource: p, project: p, role: roles/run.admin"),
            "PRIVILEGE_DUPLICATE_RESOURCE_ID",
        ),
        (iam("resource: p, role: roles/"), "PRIVILEGE_INVALID_ROLE"),
        (iam("resource: p, role: ''"), "PRIVILEGE_INVALID_ROLE"),
    ] {
        let imported = read(&text);
        let codes: Vec<_> = imported.notes.iter().filter_map(|note| note.code).collect();
        assert_eq!(codes, [code], "{text}\n{}", told(&imported));
        assert!(imported.is_wrong() && imported.drafts.is_empty(), "{text}");
    }
}
