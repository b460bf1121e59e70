#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use super::*;
use crate::entitlement::load;
use crate::import::Weight;

fn source(name: &str, text: impl Into<String>) -> Source {
    Source {
        name: name.into(),
        text: text.into(),
    }
}

fn told(imported: &Imported) -> String {
    let mut text = String::new();
    for note in &imported.notes {
        writeln!(text, "# {:?} {note}", note.weight).unwrap();
    }
    text + &imported.yaml()
}

fn sample() -> Value {
    serde_json::json!({
        "name": "projects/acme-prod/locations/global/entitlements/storage-admin",
        "createTime": "2025-01-01T00:00:00Z",
        "etag": "x",
        "state": "AVAILABLE",
        "eligibleUsers": [{"principals": ["user:a@example.com", "group:dev@example.com", "allUsers"]}],
        "maxRequestDuration": "5400s",
        "privilegedAccess": {"gcpIamAccess": {
            "resourceType": "cloudresourcemanager.googleapis.com/Project",
            "resource": "//cloudresourcemanager.googleapis.com/projects/acme-prod",
            "roleBindings": [
                {"role": "roles/storage.admin", "id": "1"},
                {"role": "roles/run.admin"},
                {"role": "roles/logging.viewer", "conditionExpression": "resource.name == 'x'"},
                {"role": "roles/owner"},
            ],
        }},
        "requesterJustificationConfig": {"unstructured": {}},
        "approvalWorkflow": {"manualApprovals": {
            "requireApproverJustification": true,
            "steps": [{
                "approvers": [{"principals": ["group:leads@example.com"]}],
                "approvalsNeeded": 2,
                "approverEmailRecipients": ["leads-inbox@example.com"],
            }],
        }},
        "additionalNotificationTargets": {"adminEmailRecipients": ["sec@example.com"], "requesterEmailRecipients": ["sec@example.com", "no address"]},
        "newField": {"x": 1},
    })
}

fn read(document: &Value) -> Imported {
    let imported = import(&[source("pam.json", document.to_string())]);
    if !imported.drafts.is_empty() {
        load(&[source("out.yaml", imported.yaml())]).unwrap();
    }
    imported
}

#[test]
fn an_entitlement() {
    insta::assert_snapshot!(told(&read(&sample())), @r#"
    # Left pam.json: eligibleUsers[0].principals[2]: allUsers cannot be given anything by Daypass
    # Left pam.json: privilegedAccess.gcpIamAccess.roleBindings[3]: roles/owner is a basic role, which takes no condition and so cannot end by itself
    # Left pam.json: approvalWorkflow.manualApprovals.steps[0].approverEmailRecipients[0]: 'leads-inbox@example.com': those who may decide are told, and nobody else
    # Left pam.json: additionalNotificationTargets.requesterEmailRecipients[1]: 'no address' is not an e-mail address
    # Left pam.json: newField: there is no place for this: '{"x":1}'
    # Carried pam.json: 'projects/acme-prod/locations/global/entitlements/storage-admin': storage-admin
    apiVersion: daypass/v1
    entitlements:
      - id: storage-admin
        requesters: [user:a@example.com, group:dev@example.com]
        privileges:
          - {resource: projects/acme-prod, roles: [roles/storage.admin, roles/run.admin]}
          - {resource: projects/acme-prod, roles: [roles/logging.viewer], condition: "resource.name == 'x'"}
        duration: {max: 1h30m}
        justification: {required: true}
        approval:
          justification: required
          steps:
            - {approvers: [group:leads@example.com], needed: 2}
        notify: [sec@example.com]
    "#);
}

#[test]
fn lists_of_both_forms() {
    let mut other = sample();
    other["name"] = "folders/1/locations/global/entitlements/storage-admin".into();
    other["privilegedAccess"]["gcpIamAccess"]["resource"] =
        "//cloudresourcemanager.googleapis.com/folders/1".into();
    other["requesterJustificationConfig"] = serde_json::json!({"notMandatory": {}});
    other.as_object_mut().unwrap().remove("approvalWorkflow");
    for list in [
        serde_json::json!([sample(), other]),
        serde_json::json!({"entitlements": [sample(), other]}),
    ] {
        let imported = read(&list);
        let [first, second] = &imported.drafts[..] else {
            panic!("{}", told(&imported));
        };
        assert_eq!(
            (first.id.as_str(), second.id.as_str()),
            ("storage-admin", "storage-admin-2")
        );
        assert_eq!(second.approval, DraftApproval::NONE);
        assert_eq!(second.privileges[0].resource, "folders/1");
        assert!(!second.justification.as_ref().unwrap().required);
    }
}

/// What would give more than before is not carried over at all.
#[test]
fn a_restriction_that_is_lost_costs_the_entitlement() {
    let changes: [fn(&mut Value); 9] = [
        |one| {
            one["approvalWorkflow"]["manualApprovals"]["steps"][0]["approvers"][0]["principals"] =
                serde_json::json!(["allUsers"]);
        },
        |one| one["approvalWorkflow"]["manualApprovals"]["steps"][0]["approvalsNeeded"] = 0.into(),
        |one| {
            one["approvalWorkflow"]["manualApprovals"]["steps"][0]["approvalsNeeded"] =
                "many".into();
        },
        |one| one["approvalWorkflow"]["manualApprovals"]["steps"] = serde_json::json!([]),
        |one| one["approvalWorkflow"] = serde_json::json!({"automaticApprovals": {}}),
        |one| one["maxRequestDuration"] = "0s".into(),
        |one| one["eligibleUsers"] = serde_json::json!([]),
        |one| {
            one["privilegedAccess"]["gcpIamAccess"]["roleBindings"] =
                serde_json::json!([{"role": "roles/owner"}]);
        },
        |one| one["state"] = "DELETING".into(),
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut one = sample();
        change(&mut one);
        let imported = read(&one);
        assert!(imported.drafts.is_empty(), "{index}: {}", told(&imported));
        assert!(!imported.is_wrong(), "{index}");
        assert!(
            imported
                .notes
                .iter()
                .any(|note| note.weight == Weight::Left),
            "{index}"
        );
    }
}

#[test]
fn what_is_no_entitlement() {
    for text in ["", "{", "5", "{}", "[[\"x\"]]"] {
        assert!(import(&[source("x", text)]).is_wrong(), "{text}");
    }
    let mut one = sample();
    one["eligibleUsers"] = "user:a@example.com".into();
    assert!(read(&one).is_wrong());
}

/// A condition is never widened: one that cannot be kept costs the entitlement.
#[test]
fn a_condition_that_breaks_out_of_its_brackets() {
    let mut one = sample();
    one["privilegedAccess"]["gcpIamAccess"]["roleBindings"][2]["conditionExpression"] =
        "true) || (true".into();
    let imported = read(&one);
    assert!(imported.drafts.is_empty());
    assert!(
        imported
            .notes
            .iter()
            .all(|note| note.weight == Weight::Left),
        "{}",
        told(&imported)
    );
}

/// A role that is listed several times is given once: on any of the conditions, or on none where one has none.
#[test]
fn a_role_that_is_given_on_several_conditions() {
    let with = |bindings: Value| {
        let mut one = sample();
        one["privilegedAccess"]["gcpIamAccess"]["roleBindings"] = bindings;
        let imported = read(&one);
        let joined: Vec<String> = imported
            .notes
            .iter()
            .filter(|note| note.weight == Weight::Changed)
            .map(ToString::to_string)
            .collect();
        let privileges = imported
            .drafts
            .first()
            .map(|draft| draft.privileges.clone());
        (privileges, joined)
    };
    let viewer = |condition: Option<&str>| {
        let mut binding = serde_json::json!({"role": "roles/logging.viewer"});
        if let Some(text) = condition {
            binding["conditionExpression"] = text.into();
        }
        binding
    };
    let given = |condition: Option<&str>| {
        Some(vec![DraftPrivilege {
            resource: "projects/acme-prod".into(),
            roles: vec!["roles/logging.viewer".into()],
            condition: condition.map(str::to_owned),
        }])
    };
    let (a, b) = ("resource.name == 'a'", "resource.name == 'b' && true");
    let (privileges, joined) = with(serde_json::json!([
        viewer(Some(a)),
        viewer(Some(b)),
        viewer(Some(a))
    ]));
    assert_eq!(
        privileges,
        given(Some(
            "(resource.name == 'a') || (resource.name == 'b' && true)"
        ))
    );
    insta::assert_snapshot!(joined.join("\n"), @"pam.json: privilegedAccess.gcpIamAccess.roleBindings[1]: roles/logging.viewer on projects/acme-prod is given on 2 conditions: they are joined by ||");
    let (privileges, joined) = with(serde_json::json!([viewer(Some(a)), viewer(None)]));
    assert_eq!(privileges, given(None));
    insta::assert_snapshot!(joined.join("\n"), @"pam.json: privilegedAccess.gcpIamAccess.roleBindings[1]: roles/logging.viewer on projects/acme-prod is given without a condition, too, so the condition has no effect");
    // Joined, both would be lexically sound; the one that breaks out of its brackets still costs the entitlement.
    let (privileges, joined) = with(serde_json::json!([
        viewer(Some(a)),
        viewer(Some("true) || (true"))
    ]));
    assert_eq!((privileges, joined), (None, Vec::new()));
    // What is too long to be joined is left out, not cut.
    let many: Vec<Value> = (0..20)
        .map(|number| viewer(Some(&format!("resource.name == 'bucket-{number}'"))))
        .collect();
    assert_eq!(with(many.into()).0, None);
}
